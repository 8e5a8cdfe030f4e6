// SPDX-License-Identifier: GPL-3.0-or-later
// naive.c — see naive.h.
#include "naive.h"

#include <assert.h>
#include <math.h>

struct planes {
    float *data;
    int channels, width, height;
};

static float *at(const struct planes *p, int c, int y, int x)
{
    return p->data + ((size_t)c * p->height + y) * p->width + x;
}

static float padded(const struct planes *p, int c, int y, int x)
{
    return y < 0 || x < 0 || y >= p->height || x >= p->width ? 0 : *at(p, c, y, x);
}

static float convolve(const struct op *op, const struct planes *in, int o, int y, int x)
{
    double sum = op->bias[o];
    const float *w = op->weights + (size_t)o * in->channels * op->kernel * op->kernel;
    for (int c = 0; c < in->channels; c++)
        for (int ky = 0; ky < op->kernel; ky++)
            for (int kx = 0; kx < op->kernel; kx++)
                sum += (double)*w++ * padded(in, c, y * op->stride + ky - op->kernel / 2,
                                             x * op->stride + kx - op->kernel / 2);
    return (float)(sum < 0 && op->has_leaky ? sum * op->leaky : sum);
}

static double keys(double d)
{
    d = fabs(d);
    if (d <= 1)
        return 1.25 * d * d * d - 2.25 * d * d + 1;
    return d < 2 ? -0.75 * (d * d * d - 5 * d * d + 8 * d - 4) : 0;
}

static int clamp(int v, int n)
{
    return v < 0 ? 0 : v >= n ? n - 1 : v;
}

static float bicubic(const struct op *op, const struct planes *in, int c, int y, int x)
{
    double cy = (y + 0.5) * op->divisor / op->factor - 0.5;
    double cx = (x + 0.5) * op->divisor / op->factor - 0.5, sum = 0;
    for (int j = (int)floor(cy) - 1; j <= (int)floor(cy) + 2; j++)
        for (int i = (int)floor(cx) - 1; i <= (int)floor(cx) + 2; i++)
            sum += keys(cy - j) * keys(cx - i) *
                   *at(in, c, clamp(j, in->height), clamp(i, in->width));
    return (float)sum;
}

static float largest(const struct op *op, const struct planes *in, int c, int y, int x)
{
    double most = -INFINITY;
    for (int ky = 0; ky < op->kernel; ky++)
        for (int kx = 0; kx < op->kernel; kx++) {
            int row = y * op->stride + ky - op->kernel / 2;
            int column = x * op->stride + kx - op->kernel / 2;
            if (row >= 0 && column >= 0 && row < in->height && column < in->width)
                most = fmax(most, *at(in, c, row, column));
        }
    return (float)most;
}

static float bilinear(const struct op *op, const struct planes *in, int c, int y, int x)
{
    double cy = (y + 0.5) * op->divisor / op->factor - 0.5;
    double cx = (x + 0.5) * op->divisor / op->factor - 0.5, sum = 0;
    for (int j = (int)floor(cy); j <= (int)floor(cy) + 1; j++)
        for (int i = (int)floor(cx); i <= (int)floor(cx) + 1; i++)
            sum += (1 - fabs(cy - j)) * (1 - fabs(cx - i)) *
                   *at(in, c, clamp(j, in->height), clamp(i, in->width));
    return (float)sum;
}

static float concatenated(const struct op *op, const struct planes *all, int c, int y, int x)
{
    int k = 0;
    while (c >= all[op->inputs[k]].channels)
        c -= all[op->inputs[k++]].channels;
    return *at(&all[op->inputs[k]], c, y, x);
}

static float value(const struct op *op, const struct planes *all, int c, int y, int x)
{
    const struct planes *in = &all[op->inputs[0]];
    int f = op->factor;
    switch (op->kind) {
    case OP_CONVOLUTION:
        return convolve(op, in, c, y, x);
    case OP_PRELU:
        return *at(in, c, y, x) * (*at(in, c, y, x) < 0 ? op->slopes[c] : 1);
    case OP_PIXEL_SHUFFLE:
        return *at(in, c * f * f + y % f * f + x % f, y / f, x / f);
    case OP_NEAREST:
        return *at(in, c, y / f, x / f);
    case OP_BICUBIC:
        return bicubic(op, in, c, y, x);
    case OP_ADD:
        return op->add_scale[0] * *at(in, c, y, x) +
               op->add_scale[1] * *at(&all[op->inputs[1]], c, y, x);
    case OP_CONCAT:
        return concatenated(op, all, c, y, x);
    case OP_MAX_POOL:
        return largest(op, in, c, y, x);
    case OP_BILINEAR:
        return bilinear(op, in, c, y, x);
    case OP_KIND_COUNT:
        break;
    }
    abort(); // an operation that this file does not know
}

static struct planes planes_for(const struct network *net, int t, const struct image *in)
{
    const struct tensor *shape = &net->tensors[t];
    struct planes p = {.channels = shape->channels,
                       .width = in->width * shape->scale_num / shape->scale_den,
                       .height = in->height * shape->scale_num / shape->scale_den};
    p.data = mem_zeroed((size_t)p.channels * p.width * p.height, sizeof(float));
    return p;
}

// Every tensor of the network; all_done() frees.
static struct planes *compute(const struct network *net, const struct image *in)
{
    struct planes *all = mem_zeroed((size_t)net->n_tensors, sizeof *all);
    for (int t = 0; t < net->n_tensors; t++)
        all[t] = planes_for(net, t, in);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < in->height; y++)
            for (int x = 0; x < in->width; x++)
                *at(&all[0], c, y, x) = image_row(in, c, y)[x];
    for (int i = 0; i < net->n_ops; i++) {
        const struct planes *p = &all[net->ops[i].output];
        for (int c = 0; c < p->channels; c++)
            for (int y = 0; y < p->height; y++)
                for (int x = 0; x < p->width; x++)
                    *at(p, c, y, x) = value(&net->ops[i], all, c, y, x);
    }
    return all;
}

static void all_done(const struct network *net, struct planes *all)
{
    for (int t = 0; t < net->n_tensors; t++)
        free(all[t].data);
    free(all);
}

void naive_run(const struct network *net, const struct image *in, struct image *out)
{
    struct planes *all = compute(net, in);
    const struct planes *last = &all[net->outputs[0]];
    assert(image_resize(out, last->width, last->height, NULL) == OK);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < out->height; y++)
            for (int x = 0; x < out->width; x++)
                image_row(out, c, y)[x] = *at(last, c, y, x);
    all_done(net, all);
}

float *naive_output(const struct network *net, const struct image *in, int k, size_t *ret_n)
{
    struct planes *all = compute(net, in);
    struct planes *p = &all[net->outputs[k]];
    float *data = p->data;
    *ret_n = (size_t)p->channels * (size_t)p->width * (size_t)p->height;
    p->data = NULL;
    all_done(net, all);
    return data;
}

void naive_noise(struct image *image, int width, int height, unsigned seed)
{
    assert(image_resize(image, width, height, NULL) == OK);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                image_row(image, c, y)[x] = (float)((seed = seed * 1664525 + 1013904223) >> 8) *
                                            0x1p-24F;
}

double naive_psnr(const struct image *a, const struct image *b)
{
    assert(a->width == b->width && a->height == b->height);
    double sum = 0;
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < a->height; y++)
            for (int x = 0; x < a->width; x++)
                sum += pow(image_row(a, c, y)[x] - image_row(b, c, y)[x], 2);
    return sum > 0 ? -10 * log10(sum / (3.0 * a->width * a->height)) : 200;
}

double naive_max_difference(const struct image *a, const struct image *b)
{
    assert(a->width == b->width && a->height == b->height);
    double most = 0;
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < a->height; y++)
            for (int x = 0; x < a->width; x++)
                most = fmax(most, fabs(image_row(a, c, y)[x] - image_row(b, c, y)[x]));
    return most;
}
