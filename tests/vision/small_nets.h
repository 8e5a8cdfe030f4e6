// SPDX-License-Identifier: GPL-3.0-or-later
// small_nets.h — networks of a few layers in ncnn's format, with made-up weights. Between them they
// use every kind of layer in the shapes that the real ones do.
#pragma once

#include "vision/ncnn_model.h"

// Like x4fast: convolutions, PReLU, pixel shuffle, nearest, sum; ×4.
static const char small_compact[] = "7767517\n9 10\n"
                                    "Input in 0 1 data\n"
                                    "Split s 1 2 data a b\n"
                                    "Convolution c1 1 1 b c1 0=32 1=3 4=1 5=1 6=864\n"
                                    "PReLU p1 1 1 c1 p1 0=32\n"
                                    "Convolution c2 1 1 p1 c2 0=64 1=3 4=1 5=1 6=18432\n"
                                    "PReLU p2 1 1 c2 p2 0=64\n"
                                    "Convolution c3 1 1 p2 c3 0=48 1=3 4=1 5=1 6=27648\n"
                                    "PixelShuffle ps 1 1 c3 ps 0=4\n"
                                    "Interp up 1 1 a up 0=1 1=4.0 2=4.0\n"
                                    "BinaryOp add 2 1 ps up out\n";
// Like x4plus: dense block with leaky ReLU, concatenation, weighted sum, enlarging inside; then
// bicubic back to ×1, like animevideov3-x2.
static const char small_dense[] =
    "7767517\n14 20\n"
    "Input in 0 1 data\n"
    "Convolution c0 1 1 data c0 0=64 1=3 4=1 5=1 6=1728\n"
    "Split s0 1 3 c0 a b c\n"
    "Convolution c1 1 1 a c1 0=32 1=3 4=1 5=1 6=18432 9=2 -23310=1,2.0e-01\n"
    "Split s1 1 2 c1 d e\n"
    "Concat k1 2 1 b d k1\n"
    "Convolution c2 1 1 k1 c2 0=64 1=3 4=1 5=1 6=55296\n"
    "Eltwise e1 2 1 c2 c e1 0=1 -23301=2,2.0e-01,1.0\n"
    "Interp up 1 1 e1 up 0=1 1=2.0 2=2.0\n"
    "Convolution c3 1 1 up c3 0=64 1=3 4=1 5=1 6=36864 9=2 -23310=1,2.0e-01\n"
    "Convolution c4 1 1 c3 c4 0=3 1=3 4=1 5=1 6=1728\n"
    "Interp down 1 1 c4 out 0=3 1=5.0e-01 2=5.0e-01\n";

// Parses one of the texts (its layer count is put right) and makes up weights that keep values
// near 1. network_free() the result.
static inline struct network *small_net(const char *text)
{
    char fixed[4096];
    int lines = -2;
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    const char *rest = strchr(strchr(text, '\n') + 1, '\n');
    int n = snprintf(fixed, sizeof fixed, "7767517\n%d 40%s", lines, rest);
    struct network *net = NULL;
    struct error err = {0};
    if (ncnn_param_parse(fixed, (size_t)n, &net, &err) != OK)
        fail_msg("%s", err.text);
    unsigned noise = 7;
    for (int i = 0; i < net->n_ops; i++) {
        struct op *op = &net->ops[i];
        size_t out = (size_t)net->tensors[op->output].channels;
        size_t taps = op->kernel ? (size_t)net->tensors[op->inputs[0]].channels *
                                       (size_t)(op->kernel * op->kernel)
                                 : 0;
        op->weights = mem_zeroed(out * taps, sizeof(float));
        op->bias = mem_zeroed(out, sizeof(float));
        op->slopes = mem_zeroed(out, sizeof(float));
        for (size_t k = 0; k < out * taps; k++)
            op->weights[k] = ((float)((noise = noise * 1664525 + 1013904223) >> 8) * 0x1p-24F -
                              0.45F) *
                             3.0F / sqrtf((float)taps);
        for (size_t k = 0; k < out; k++) {
            op->bias[k] = (float)(k % 5) * 0.05F - 0.1F;
            op->slopes[k] = (float)(k % 7) * 0.25F - 0.3F; // some below 0, some above 1
        }
    }
    return net;
}
