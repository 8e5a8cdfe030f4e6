// SPDX-License-Identifier: GPL-3.0-or-later
// mixer.c — see mixer.h. Shares are counted in 256ths of 256ths, so a product fits 32 bits.
#include "media/mixer.h"

#include <assert.h>
#include <math.h>

#include "media/av.h"
#include "media/av_pool.h"

enum { WHOLE = 1 << 16 };

struct mixer {
    struct av_pool *pool;
};

enum status mixer_new(int width, int height, struct mixer **ret, struct error *err)
{
    *ret = NULL;
    struct av_pool *pool = NULL;
    enum status status = av_pool_new(width, height, &pool, err);
    if (status != OK)
        return status;
    *ret = mem_new(struct mixer);
    (*ret)->pool = pool;
    return OK;
}

void mixer_free(struct mixer *m)
{
    if (!m)
        return;
    av_pool_free(m->pool);
    free(m);
}

// A row of n samples; without b the other side is `black` everywhere.
static void mix_row(uint8_t *dst, const uint8_t *a, const uint8_t *b, uint32_t black, size_t n,
                    uint32_t share)
{
    uint32_t rest = WHOLE - share;
    uint32_t even = rest * black + WHOLE / 2;
    if (b) {
        for (size_t i = 0; i < n; i++)
            dst[i] = (uint8_t)((a[i] * share + b[i] * rest + WHOLE / 2) / WHOLE);
    } else {
        for (size_t i = 0; i < n; i++)
            dst[i] = (uint8_t)((a[i] * share + even) / WHOLE);
    }
}

enum status mixer_mix(struct mixer *m, const struct picture *a, const struct picture *b,
                      double share, struct picture **ret, struct error *err)
{
    AVFrame *frame = NULL;
    enum status status = av_pool_frame(m->pool, &frame, err);
    if (status != OK)
        return status;
    assert(a->frame->width == frame->width && a->frame->height == frame->height);
    assert(!b || (b->frame->width == frame->width && b->frame->height == frame->height));
    for (int p = 0; p < 3; p++) {
        int rows = p == 0 ? frame->height : frame->height / 2;
        size_t n = (size_t)(p == 0 ? frame->width : frame->width / 2);
        for (int y = 0; y < rows; y++)
            mix_row(frame->data[p] + (ptrdiff_t)y * frame->linesize[p],
                    a->frame->data[p] + (ptrdiff_t)y * a->frame->linesize[p],
                    b ? b->frame->data[p] + (ptrdiff_t)y * b->frame->linesize[p] : NULL,
                    p == 0 ? 16 : 128, n, (uint32_t)lround(share * WHOLE));
    }
    *ret = picture_new(frame);
    return OK;
}
