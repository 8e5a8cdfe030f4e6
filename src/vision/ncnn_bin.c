// SPDX-License-Identifier: GPL-3.0-or-later
// ncnn_bin.c — the weights of an ncnn model. The format is in ncnn_model.h.
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "vision/half.h"
#include "vision/ncnn_model.h"

enum { FLAG_FP16 = 0x01306B47 };

struct reader {
    const unsigned char *at;
    size_t left;
};

static uint32_t little_u32(const unsigned char *b)
{
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static float float_of_bits(uint32_t bits)
{
    float f = 0;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static bool all_finite(const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(v[i]))
            return false;
    return true;
}

// n f32 values; NULL when the file ends before, or holds what is not a number.
static float *read_floats(struct reader *r, size_t n)
{
    if (n > r->left / 4)
        return NULL;
    float *v = mem_zeroed(n, sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = float_of_bits(little_u32(r->at + 4 * i));
    r->at += 4 * n;
    r->left -= 4 * n;
    if (all_finite(v, n))
        return v;
    free(v);
    return NULL;
}

static float *read_halves(struct reader *r, size_t n)
{
    size_t bytes = (2 * n + 3) / 4 * 4;
    if (bytes > r->left)
        return NULL;
    float *v = mem_zeroed(n, sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = float_of_half((uint16_t)(r->at[2 * i] | r->at[2 * i + 1] << 8));
    r->at += bytes;
    r->left -= bytes;
    if (all_finite(v, n))
        return v;
    free(v);
    return NULL;
}

static enum status read_op(struct reader *r, const struct network *net, struct op *op,
                           struct error *err)
{
    size_t out = (size_t)net->tensors[op->output].channels;
    size_t in = (size_t)net->tensors[op->inputs[0]].channels;
    bool complete = true;
    if (op->kind == OP_PRELU) {
        op->slopes = read_floats(r, out);
        complete = op->slopes;
    } else if (op->kind == OP_CONVOLUTION) {
        uint32_t flag = r->left >= 4 ? little_u32(r->at) : 0;
        if (flag != 0 && flag != FLAG_FP16)
            return error_set(err, ERR_MODEL, "model weights, layer %s: flag %08x is unknown",
                             op->name, flag);
        size_t n = out * in * (size_t)(op->kernel * op->kernel);
        r->at += r->left >= 4 ? 4 : 0;
        r->left -= r->left >= 4 ? 4 : 0;
        op->weights = flag ? read_halves(r, n) : read_floats(r, n);
        complete = op->weights;
        op->bias = op->has_bias && complete ? read_floats(r, out) : mem_zeroed(out, sizeof(float));
        complete = complete && op->bias;
    }
    if (!complete)
        return error_set(err, ERR_MODEL,
                         "model weights, layer %s: the file ends inside it, or "
                         "a weight is not a number",
                         op->name);
    return OK;
}

enum status ncnn_bin_parse(struct network *net, const void *bytes, size_t n, struct error *err)
{
    struct reader r = {bytes, n};
    for (int i = 0; i < net->n_ops; i++) {
        enum status s = read_op(&r, net, &net->ops[i], err);
        if (s != OK)
            return s;
    }
    if (r.left)
        return error_set(err, ERR_MODEL, "model weights: %zu bytes more than the graph needs",
                         r.left);
    return OK;
}
