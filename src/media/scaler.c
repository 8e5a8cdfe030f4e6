// SPDX-License-Identifier: GPL-3.0-or-later
// scaler.c — see scaler.h.
//
// Colour first, size second. RGB becomes Y'CbCr at 16 bits here, because libswscale's own
// conversion from RGB makes luma 0.4 steps too bright; libswscale then resamples and
// dithers to 8 bits. test_scaler.c holds both to the BT.709 formula and a double-precision Lanczos.
#include "media/scaler.h"

#include <assert.h>
#include <string.h>

#include <libavutil/opt.h>
#include <libswscale/swscale.h>

#include "media/av_pool.h"

enum {
    BLOCK = 4, // values at once; divides every image's stride (image.h)
};

struct scaler {
    int width, height; // of the pictures
    struct av_pool *pool;
    struct SwsContext *sws; // for images of in_width × in_height; NULL before the first
    int in_width, in_height;
    uint16_t *planes[3]; // Y, Cb, Cr of in_width × in_height, limited range at 16 bits
    size_t stride;       // of the planes, in samples
};

// What belongs to one size of image.
static void forget(struct scaler *s)
{
    sws_freeContext(s->sws);
    s->sws = NULL;
    free(s->planes[0]);
    s->planes[0] = NULL;
}

enum status scaler_new(int width, int height, struct scaler **ret_scaler, struct error *err)
{
    struct av_pool *pool = NULL;
    enum status status = av_pool_new(width, height, &pool, err);
    if (status != OK)
        return status;
    struct scaler *s = mem_new(struct scaler);
    s->width = width;
    s->height = height;
    s->pool = pool;
    *ret_scaler = s;
    return OK;
}

void scaler_free(struct scaler *s)
{
    if (!s)
        return;
    forget(s);
    av_pool_free(s->pool);
    free(s);
}

// The settings of one conversion; false when the library does not take one of them.
static bool configure(struct SwsContext *sws, const struct scaler *s, int in_width, int in_height)
{
    const struct {
        const char *name;
        int64_t value;
    } settings[] = {
        {"srcw", in_width},
        {"srch", in_height},
        {"src_format", AV_PIX_FMT_YUV444P16},
        {"dstw", s->width},
        {"dsth", s->height},
        {"dst_format", AV_PIX_FMT_YUV420P},
        {"sws_flags", SWS_LANCZOS | SWS_ACCURATE_RND},
        {"dst_h_chr_pos", 0},   // 256ths of a luma pixel: on the left of two columns
        {"dst_v_chr_pos", 128}, // halfway between two rows
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (av_opt_set_int(sws, settings[i].name, settings[i].value, 0) < 0)
            return false;
    return sws_init_context(sws, NULL, NULL) >= 0;
}

static enum status prepare(struct scaler *s, const struct image *image, struct error *err)
{
    if (s->sws && s->in_width == image->width && s->in_height == image->height &&
        s->stride == image->stride)
        return OK;
    forget(s);
    size_t plane = image->stride * (size_t)image->height;
    s->planes[0] = mem_try_array(3 * plane, sizeof *s->planes[0]);
    s->sws = sws_alloc_context();
    if (!s->planes[0] || !s->sws || !configure(s->sws, s, image->width, image->height)) {
        forget(s);
        return error_set(err, ERR_MEMORY, "cannot scale %d×%d to %d×%d pixels", image->width,
                         image->height, s->width, s->height);
    }
    s->planes[1] = s->planes[0] + plane;
    s->planes[2] = s->planes[1] + plane;
    s->stride = image->stride;
    s->in_width = image->width;
    s->in_height = image->height;
    return OK;
}

// Vectors of gcc and clang: the same code on every machine, and gcc does not find them by itself.
typedef float floats __attribute__((vector_size(BLOCK * sizeof(float))));
typedef int32_t integers __attribute__((vector_size(BLOCK * sizeof(int32_t))));
typedef uint16_t shorts __attribute__((vector_size(BLOCK * sizeof(uint16_t))));

// Loads BLOCK values clamped to [0, 1]; NaN becomes 0.
static inline floats load_clamped(const float *from)
{
    floats v;
    memcpy(&v, from, sizeof v);
    v = (floats)((integers)v & (v > 0));
    integers over = v > 1;
    return (floats)(((integers)v & ~over) | ((integers)((floats){0} + 1.0F) & over));
}

// Stores offset + gain × v, rounded.
static inline void store(uint16_t *to, float offset, float gain, floats v)
{
    integers whole = __builtin_convertvector(v * gain + (offset + 0.5F), integers);
    shorts narrow = __builtin_convertvector(whole, shorts);
    memcpy(to, &narrow, sizeof narrow);
}

// n samples of one row, n a multiple of BLOCK (the row's padding is converted too). BT.709-6 items
// 3.2 to 3.4, quantised as 8 bits are but 256 times finer.
static void convert_row(const float *red, const float *green, const float *blue, uint16_t *y,
                        uint16_t *cb, uint16_t *cr, size_t n)
{
    for (size_t i = 0; i < n; i += BLOCK) {
        floats r = load_clamped(red + i);
        floats g = load_clamped(green + i);
        floats b = load_clamped(blue + i);
        floats luma = r * 0.2126F + g * 0.7152F + b * 0.0722F;
        store(y + i, 256 * 16, 256 * 219, luma);
        store(cb + i, 256 * 128, 256 * 224 / 1.8556F, b - luma);
        store(cr + i, 256 * 128, 256 * 224 / 1.5748F, r - luma);
    }
}

static void convert(struct scaler *s, const struct image *image)
{
    assert(s->planes[0] && s->planes[1] && s->planes[2]); // prepare() made them
    for (int row = 0; row < image->height; row++) {
        size_t at = (size_t)row * s->stride;
        convert_row(image_row(image, 0, row), image_row(image, 1, row), image_row(image, 2, row),
                    s->planes[0] + at, s->planes[1] + at, s->planes[2] + at, s->stride);
    }
}

enum status scaler_picture(struct scaler *s, const struct image *image,
                           struct picture **ret_picture, struct error *err)
{
    enum status status = prepare(s, image, err);
    if (status != OK)
        return status;
    AVFrame *frame = NULL;
    status = av_pool_frame(s->pool, &frame, err);
    if (status != OK)
        return status;
    convert(s, image);
    const uint8_t *planes[4];
    int strides[4] = {0};
    for (int i = 0; i < 3; i++) {
        planes[i] = (const uint8_t *)s->planes[i];
        strides[i] = (int)(s->stride * sizeof *s->planes[i]);
    }
    planes[3] = NULL;
    int rc = sws_scale(s->sws, planes, strides, 0, image->height, frame->data, frame->linesize);
    if (rc != s->height) {
        av_frame_free(&frame);
        return error_set(err, ERR_INTERNAL, "scaling to %d×%d pixels gave %d rows", s->width,
                         s->height, rc);
    }
    *ret_picture = picture_new(frame);
    return OK;
}
