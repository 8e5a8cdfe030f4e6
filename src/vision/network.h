// SPDX-License-Identifier: GPL-3.0-or-later
// network.h — a network that reads a picture, as a plain list of operations in the order they run.
//
// Knows no file format and no inference library: ncnn_model.h and tfjs_model.h fill one, a back
// end (backend.h) turns it into what its device runs. Tensors are images of `channels` planes
// whose sides are the input's times scale_num / scale_den. Convolutions have zero padding of
// half the kernel, so that with stride 1 sides are kept. An upscaler's network has one output, a
// picture; a detector's has several, of features.
// Pure apart from memory. Ownership: a network owns its ops, tensors and weights. Threads: read
// it from any number of threads once it is built.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"

enum op_kind {
    OP_CONVOLUTION, // output = weights * input + bias, then max(x, slope·x)-like leaky ReLU
    OP_PRELU,       // x > 0 ? x : slopes[c]·x; slopes may be negative or above 1
    OP_PIXEL_SHUFFLE, // factor²·c channels → c channels, sides × factor (channel c·f² + y·f + x)
    OP_NEAREST,       // sides × factor, each pixel repeated
    OP_BICUBIC,       // sides × num/den, cubic convolution with a = −0.75, half-pixel centres
    OP_ADD,           // add_scale[0]·input 0 + add_scale[1]·input 1
    OP_CONCAT,        // channels of the inputs one after the other
    OP_MAX_POOL,      // the largest of kernel × kernel, half the kernel beyond the border ignored
    OP_BILINEAR,      // sides × num/den, between the nearest 2 × 2, half-pixel centres
    OP_KIND_COUNT
};

enum {
    NETWORK_MAX_OPS = 2048,
    NETWORK_MAX_INPUTS = 8,
    NETWORK_MAX_OUTPUTS = 4,
    NETWORK_MAX_CHANNELS = 1024,
    NETWORK_MAX_SCALE = 8,
    NETWORK_INPUT = 0, // tensor 0 is the picture: 3 channels, scale 1
};

struct op {
    enum op_kind kind;
    char name[48]; // as the model file calls it, for messages
    int inputs[NETWORK_MAX_INPUTS];
    int n_inputs;
    int output;
    // -- OP_CONVOLUTION, OP_MAX_POOL
    int kernel; // side, odd
    int stride; // sides are divided by it
    // -- OP_CONVOLUTION
    float *weights; // [output channels][input channels][kernel][kernel]
    float *bias;    // [output channels]; zeros when the file has none
    bool has_bias;
    bool has_leaky;
    float leaky; // slope below zero; 0 is ReLU
    // -- OP_PRELU
    float *slopes; // [channels]
    // -- OP_PIXEL_SHUFFLE, OP_NEAREST; and OP_BICUBIC, OP_BILINEAR as factor / divisor
    int factor;
    int divisor;
    // -- OP_ADD
    float add_scale[2];
};

struct tensor {
    int channels;
    int scale_num, scale_den; // in lowest terms
};

struct network {
    struct op *ops;
    int n_ops;
    struct tensor *tensors;
    int n_tensors;
    int outputs[NETWORK_MAX_OUTPUTS]; // tensors
    int n_outputs;
    int width, height; // of the pictures that it is made for; 0: any
};

void network_free(struct network *net);
AUTO_DEFINE(struct network, network_free)

// Floating point operations (multiplications and additions) of the convolutions, per input pixel.
double network_flop_per_px(const struct network *net);
// How many input pixels away a pixel can still change an output pixel (rounded up): tiles that
// overlap by this much on each side give the whole picture's result.
int network_radius_px(const struct network *net);

// Where tensors may live so that few buffers are needed: slot_of[t] for each of n_tensors, two
// tensors sharing a slot never being needed at the same time. An OP_PRELU writes over its input
// when nobody reads that later. Returns the number of slots.
int network_assign_slots(const struct network *net, int *slot_of);
