// SPDX-License-Identifier: GPL-3.0-or-later
// grid.c — see grid.h.
#include "vision/grid.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static int blocks(const struct grid *g)
{
    return (g->channels + g->block - 1) / g->block;
}

static size_t element_bytes(const struct grid *g)
{
    return g->bf16 ? 2 : 4;
}

// First channel of block b at (x, y).
static char *at(const struct grid *g, int b, int y, int x)
{
    size_t pixel = ((size_t)b * g->height + y) * g->width + x;
    return (char *)g->data + pixel * g->block * element_bytes(g);
}

static float *plane_row(const struct grid *g, int c, int y)
{
    assert(g->block == 1 && !g->bf16);
    return (float *)(void *)at(g, c, y, 0);
}

size_t grid_bytes(const struct grid *g)
{
    return (size_t)blocks(g) * g->block * g->height * g->width * element_bytes(g);
}

void grid_load(const struct grid *dst, const struct image *src, struct rect from)
{
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < dst->height; y++) {
            float *row = plane_row(dst, c, y);
            size_t n = y < from.height ? (size_t)from.width : 0;
            if (n)
                memcpy(row, image_row(src, c, from.y + y) + from.x, n * sizeof *row);
            memset(row + n, 0, ((size_t)dst->width - n) * sizeof *row);
        }
}

void grid_store(struct image *dst, int x, int y, const struct grid *src, struct rect from)
{
    for (int c = 0; c < 3; c++)
        for (int row = 0; row < from.height; row++)
            memcpy(image_row(dst, c, y + row) + x, plane_row(src, c, from.y + row) + from.x,
                   (size_t)from.width * sizeof(float));
}

static float bf16_to_float(uint16_t v)
{
    uint32_t bits = (uint32_t)v << 16;
    float f = 0;
    memcpy(&f, &bits, sizeof f);
    return f;
}

// Round to nearest, ties to even. Finite values only.
static uint16_t float_to_bf16(float f)
{
    uint32_t bits = 0;
    memcpy(&bits, &f, sizeof bits);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static float load(const struct grid *g, const char *pixel, int c)
{
    return g->bf16 ? bf16_to_float(((const uint16_t *)(const void *)pixel)[c])
                   : ((const float *)(const void *)pixel)[c];
}

void grid_convert(const struct grid *dst, const struct grid *src)
{
    assert(dst->channels == src->channels && dst->width == src->width);
    assert(dst->height == src->height);
    for (int c = 0; c < dst->channels; c++)
        for (int y = 0; y < dst->height; y++)
            for (int x = 0; x < dst->width; x++) {
                float v = load(src, at(src, c / src->block, y, x), c % src->block);
                void *to = at(dst, c / dst->block, y, x);
                if (dst->bf16)
                    ((uint16_t *)to)[c % dst->block] = float_to_bf16(v);
                else
                    ((float *)to)[c % dst->block] = v;
            }
}

void grid_clear_margin(const struct grid *g, int width, int height, int reach)
{
    size_t pixel = (size_t)g->block * element_bytes(g);
    int columns = g->width - width < reach ? g->width - width : reach;
    int rows = g->height - height < reach ? g->height - height : reach;
    for (int b = 0; b < blocks(g); b++) {
        for (int y = 0; columns > 0 && y < height; y++)
            memset(at(g, b, y, width), 0, (size_t)columns * pixel);
        if (rows > 0)
            memset(at(g, b, height, 0), 0, (size_t)rows * g->width * pixel);
    }
}

void grid_prelu(const struct grid *g, const float *slopes)
{
    assert(!g->bf16);
    size_t n = (size_t)g->width * g->height;
    for (int b = 0; b < blocks(g); b++) {
        int left = g->channels - b * g->block;
        int used = left < g->block ? left : g->block;
        float *pixel = (float *)(void *)at(g, b, 0, 0);
        for (size_t i = 0; i < n; i++, pixel += g->block)
            for (int c = 0; c < used; c++)
                pixel[c] *= pixel[c] > 0 ? 1 : slopes[b * g->block + c];
    }
}

void grid_nearest(const struct grid *dst, const struct grid *src, int factor)
{
    assert(dst->block == src->block && dst->bf16 == src->bf16);
    size_t pixel = (size_t)src->block * element_bytes(src);
    for (int b = 0; b < blocks(src); b++)
        for (int y = 0; y < src->height; y++) {
            const char *from = at(src, b, y, 0);
            char *first = at(dst, b, y * factor, 0), *to = first;
            for (int x = 0; x < src->width; x++, from += pixel)
                for (int k = 0; k < factor; k++, to += pixel)
                    memcpy(to, from, pixel);
            for (int k = 1; k < factor; k++)
                memcpy(at(dst, b, y * factor + k, 0), first, (size_t)dst->width * pixel);
        }
}

void grid_pixel_shuffle(const struct grid *dst, const struct grid *src, int factor)
{
    for (int c = 0; c < src->channels; c++) {
        int sub = c % (factor * factor);
        for (int y = 0; y < src->height; y++) {
            const char *from = at(src, c / src->block, y, 0);
            float *to = plane_row(dst, c / (factor * factor), y * factor + sub / factor);
            to += sub % factor;
            size_t pixel = (size_t)src->block * element_bytes(src);
            for (int x = 0; x < src->width; x++)
                to[(size_t)x * factor] = load(src, from + x * pixel, c % src->block);
        }
    }
}

// -- bicubic

struct taps {
    int at[4];
    float weight[4];
};

static float cubic(float d) // the kernel of Keys with a = −0.75
{
    const float a = -0.75F;
    d = fabsf(d);
    if (d <= 1)
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? a * (((d - 5) * d + 8) * d - 4) : 0;
}

static struct taps taps_for(int i, int factor, int divisor, int n)
{
    double centre = (i + 0.5) * divisor / factor - 0.5;
    int first = (int)floor(centre) - 1;
    struct taps t;
    for (int k = 0; k < 4; k++) {
        int p = first + k;
        t.weight[k] = cubic((float)(centre - p));
        t.at[k] = p < 0 ? 0 : p >= n ? n - 1 : p;
    }
    return t;
}

static void bicubic_row(float *to, const struct grid *src, int c, struct taps v, int width,
                        int factor, int divisor)
{
    for (int x = 0; x < width * factor / divisor; x++) {
        struct taps h = taps_for(x, factor, divisor, width);
        float sum = 0;
        for (int j = 0; j < 4; j++) {
            const float *row = plane_row(src, c, v.at[j]);
            float line = 0;
            for (int k = 0; k < 4; k++)
                line += h.weight[k] * row[h.at[k]];
            sum += v.weight[j] * line;
        }
        to[x] = sum;
    }
}

void grid_bicubic(const struct grid *dst, const struct grid *src, int width, int height, int factor,
                  int divisor)
{
    for (int c = 0; c < src->channels; c++)
        for (int y = 0; y < height * factor / divisor; y++)
            bicubic_row(plane_row(dst, c, y), src, c, taps_for(y, factor, divisor, height), width,
                        factor, divisor);
}
