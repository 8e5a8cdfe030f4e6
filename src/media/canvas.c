// SPDX-License-Identifier: GPL-3.0-or-later
// canvas.c — see canvas.h.
//
// Most sources have the film's colours and size already: then luma is copied and chroma copied or
// averaged from a finer grid by libswscale. Everything else takes the exact way through floats that
// framing has: a cut of the whole frame, scaled to the canvas.
#include "media/canvas.h"

#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include "media/av_colour.h"
#include "media/av_pool.h"
#include "media/cropper.h"
#include "media/scaler.h"

struct canvas {
    int width, height;
    struct av_pool *pool;
    struct cropper *cropper;
    struct scaler *scaler;
    struct image image;
    struct SwsContext *thin; // chroma from the format `thin_from`; NULL before the first
    int thin_from;
};

enum status canvas_new(int width, int height, struct canvas **ret, struct error *err)
{
    *ret = NULL;
    AUTO(canvas_free) struct canvas *c = mem_new(struct canvas);
    c->width = width;
    c->height = height;
    enum status status = av_pool_new(width, height, &c->pool, err);
    if (status == OK)
        status = scaler_new(width, height, &c->scaler, err);
    if (status != OK)
        return status;
    c->cropper = cropper_new();
    *ret = c;
    c = NULL;
    return OK;
}

void canvas_free(struct canvas *c)
{
    if (!c)
        return;
    sws_freeContext(c->thin);
    image_done(&c->image);
    scaler_free(c->scaler);
    cropper_free(c->cropper);
    av_pool_free(c->pool);
    free(c);
}

// Three planes of 8 bits with the film's colours, upright and of the canvas' size?
static bool is_near(const struct canvas *c, const struct picture *source)
{
    const AVFrame *f = source->frame;
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(f->format);
    return format && format->nb_components == 3 && format->comp[0].depth == 8 &&
           (format->flags & AV_PIX_FMT_FLAG_PLANAR) && !(format->flags & AV_PIX_FMT_FLAG_RGB) &&
           format->comp[1].plane == 1 && format->comp[2].plane == 2 && av_colour_is_film(f) &&
           source->rotation == 0 && f->width == c->width && f->height == c->height &&
           source->width == c->width && source->height == c->height;
}

static bool is_like_film(const AVFrame *f)
{
    return f->format == AV_PIX_FMT_YUV420P && av_colour_chroma_x(f, 1) == 0 &&
           av_colour_chroma_y(f, 1) == 0.5;
}

// The converter of chroma from the frame's grid to the film's; positions in 256ths of a luma pixel.
static bool prepare_thinning(struct canvas *c, const AVFrame *f)
{
    if (c->thin && c->thin_from == f->format)
        return true;
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(f->format);
    const struct {
        const char *name;
        int64_t value;
    } settings[] = {
        {"srcw", c->width},
        {"srch", c->height},
        {"src_format", f->format},
        {"dstw", c->width},
        {"dsth", c->height},
        {"dst_format", AV_PIX_FMT_YUV420P},
        {"sws_flags", SWS_BILINEAR | SWS_ACCURATE_RND},
        {"src_h_chr_pos", (int64_t)(256 * av_colour_chroma_x(f, format->log2_chroma_w))},
        {"src_v_chr_pos", (int64_t)(256 * av_colour_chroma_y(f, format->log2_chroma_h))},
        {"dst_h_chr_pos", 0},
        {"dst_v_chr_pos", 128},
    };
    sws_freeContext(c->thin);
    c->thin = sws_alloc_context();
    c->thin_from = f->format;
    bool good = c->thin != NULL;
    for (size_t i = 0; good && i < sizeof settings / sizeof *settings; i++)
        good = av_opt_set_int(c->thin, settings[i].name, settings[i].value, 0) >= 0;
    return good && sws_init_context(c->thin, NULL, NULL) >= 0;
}

static enum status take_samples(struct canvas *c, const AVFrame *f, struct picture **ret,
                                struct error *err)
{
    AVFrame *frame = NULL;
    enum status status = av_pool_frame(c->pool, &frame, err);
    if (status != OK)
        return status;
    int rc = 0;
    if (is_like_film(f))
        rc = av_frame_copy(frame, f);
    else if (!prepare_thinning(c, f))
        rc = AVERROR(ENOMEM);
    else
        rc = sws_scale(c->thin, (const uint8_t *const *)f->data, f->linesize, 0, f->height,
                       frame->data, frame->linesize);
    if (rc < 0) {
        av_frame_free(&frame);
        return av_error(err, NULL, rc, "copy a picture of %d×%d pixels", c->width, c->height);
    }
    *ret = picture_new(frame);
    return OK;
}

static enum status convert(struct canvas *c, const struct picture *source, struct picture **ret,
                           struct error *err)
{
    const struct crop_wish whole = {
        .rect = {.width = source->width, .height = source->height},
        .width = source->width,
        .height = source->height,
    };
    enum status status = cropper_cut(c->cropper, source, &whole, &c->image, err);
    return status == OK ? scaler_picture(c->scaler, &c->image, ret, err) : status;
}

enum status canvas_picture(struct canvas *c, const struct picture *source, struct picture **ret,
                           struct error *err)
{
    return is_near(c, source) ? take_samples(c, source->frame, ret, err)
                              : convert(c, source, ret, err);
}
