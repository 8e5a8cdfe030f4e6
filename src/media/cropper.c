// SPDX-License-Identifier: GPL-3.0-or-later
//
// Everything geometric is one affine map from output pixels to luma positions: the rectangle,
// the wished rotation, the container's rotation and the shape of the pixels. Where it keeps the
// axes (also swapped), planes are resampled along them; at other angles in two dimensions, after
// which a shrinking cut is averaged down along the axes.
#include "media/cropper.h"

#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <math.h>

#include "media/av_colour.h"
#include "media/resample.h"

#define AXIS_TOLERANCE 1e-9 // an angle this small moves no pixel visibly

struct cropper {
    struct resampler resampler;
    struct SwsContext *converter; // for formats that are not read directly
    AVFrame *converted;
    struct image components; // raw sample values on the output's grid, possibly turned
    struct image uncut;      // at the source's scale, when a turned cut is shrunk
};

// How the frame's samples lie in memory.
struct layout {
    int count; // components that carry colour: 1 or 3
    bool is_rgb;
    int depth;
    struct plane planes[3];
    int shift_x[3]; // subsampling, as powers of two
    int shift_y[3];
};

struct cropper *cropper_new(void)
{
    return mem_new(struct cropper);
}

void cropper_free(struct cropper *cropper)
{
    if (!cropper)
        return;
    resampler_done(&cropper->resampler);
    sws_freeContext(cropper->converter);
    av_own_frame(cropper->converted);
    image_done(&cropper->components);
    image_done(&cropper->uncut);
    free(cropper);
}

// -- the samples

static bool is_readable(const AVPixFmtDescriptor *format)
{
    const uint64_t unreadable = AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL |
                                AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL |
                                AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT;
    int depth = format->comp[0].depth;
    return !(format->flags & unreadable) && depth >= 8 && depth <= 16 &&
           (format->nb_components < 3 || format->comp[1].depth == depth);
}

static void describe(const AVFrame *frame, const AVPixFmtDescriptor *format, struct layout *ret)
{
    *ret = (struct layout){.count = format->nb_components < 3 ? 1 : 3,
                           .is_rgb = format->flags & AV_PIX_FMT_FLAG_RGB,
                           .depth = format->comp[0].depth};
    for (int c = 0; c < ret->count; c++) {
        const AVComponentDescriptor *component = &format->comp[c];
        bool is_chroma = c > 0 && !ret->is_rgb;
        ret->shift_x[c] = is_chroma ? format->log2_chroma_w : 0;
        ret->shift_y[c] = is_chroma ? format->log2_chroma_h : 0;
        ret->planes[c] = (struct plane){
            .data = frame->data[component->plane] + component->offset,
            .stride = frame->linesize[component->plane],
            .step = component->step,
            .bytes = component->depth > 8 ? 2 : 1,
            .shift = component->shift,
            .width = AV_CEIL_RSHIFT(frame->width, ret->shift_x[c]),
            .height = AV_CEIL_RSHIFT(frame->height, ret->shift_y[c]),
        };
    }
}

// The rare formats (palettes, big endian, bits in bytes) become planar RGB of 16 bit.
static enum status convert(struct cropper *c, const AVFrame *frame, struct error *err)
{
    c->converter = sws_getCachedContext(c->converter, frame->width, frame->height, frame->format,
                                        frame->width, frame->height, AV_PIX_FMT_GBRP16LE,
                                        SWS_BICUBIC | SWS_ACCURATE_RND, NULL, NULL, NULL);
    av_own_frame(c->converted);
    c->converted = av_own_frame_new();
    int rc = c->converter ? sws_scale_frame(c->converter, c->converted, frame) : AVERROR(EINVAL);
    if (rc >= 0)
        return OK;
    const char *name = av_get_pix_fmt_name(frame->format);
    return av_error(err, NULL, rc, "pictures of the format %s cannot be read",
                    name ? name : "unknown");
}

static enum status lay_out(struct cropper *c, const AVFrame *frame, const AVFrame **ret_frame,
                           struct layout *ret, struct error *err)
{
    *ret_frame = frame;
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
    if (!format || !is_readable(format)) {
        enum status status = convert(c, frame, err);
        if (status != OK)
            return status;
        *ret_frame = c->converted;
        format = av_pix_fmt_desc_get(AV_PIX_FMT_GBRP16LE);
    }
    describe(*ret_frame, format, ret);
    return OK;
}

// -- the geometry

// Display position (px, from the top left corner) → the same place in the stored frame as shares of
// its width and height, for each container rotation: share = origin + x · by_x + y · by_y.
static const struct turn {
    double x_origin, x_by_x, x_by_y;
    double y_origin, y_by_x, y_by_y;
} turns[4] = {
    {0, 1, 0, 0, 0, 1},
    {0, 0, 1, 1, -1, 0},
    {1, -1, 0, 1, 0, -1},
    {1, 0, -1, 0, 1, 0},
};

// Output pixel (i, j) → position in luma samples, 0 at the first sample's centre.
static struct affine map_to_luma(const struct picture *picture, const struct crop_wish *wish,
                                 const AVFrame *frame)
{
    double step_x = wish->rect.width / wish->width;
    double step_y = wish->rect.height / wish->height;
    double angle = wish->rotation_deg * M_PI / 180;
    double cosine = cos(angle);
    double sine = sin(angle);
    double half_w = picture->width / 2.0;
    double half_h = picture->height / 2.0;
    // Of output pixel (0, 0), from the frame's centre, before the rotation is undone.
    double dx = wish->rect.x + step_x / 2 - half_w;
    double dy = wish->rect.y + step_y / 2 - half_h;
    // With y down, undoing a counter-clockwise turn: x' = x·cos − y·sin, y' = x·sin + y·cos.
    double x0 = (half_w + dx * cosine - dy * sine) / picture->width;
    double y0 = (half_h + dx * sine + dy * cosine) / picture->height;
    double x_by_i = step_x * cosine / picture->width;
    double x_by_j = -step_y * sine / picture->width;
    double y_by_i = step_x * sine / picture->height;
    double y_by_j = step_y * cosine / picture->height;
    const struct turn *t = &turns[picture->rotation / 90 % 4];
    double w = frame->width;
    double h = frame->height;
    return (struct affine){
        .x0 = (t->x_origin + t->x_by_x * x0 + t->x_by_y * y0) * w - 0.5,
        .xi = (t->x_by_x * x_by_i + t->x_by_y * y_by_i) * w,
        .xj = (t->x_by_x * x_by_j + t->x_by_y * y_by_j) * w,
        .y0 = (t->y_origin + t->y_by_x * x0 + t->y_by_y * y0) * h - 0.5,
        .yi = (t->y_by_x * x_by_i + t->y_by_y * y_by_i) * h,
        .yj = (t->y_by_x * x_by_j + t->y_by_y * y_by_j) * h,
    };
}

// The same map for a subsampled plane whose first sample sits at luma sample (at_x, at_y).
static struct affine map_to_plane(const struct affine *luma, int shift_x, int shift_y, double at_x,
                                  double at_y)
{
    double sx = ldexp(1, -shift_x);
    double sy = ldexp(1, -shift_y);
    return (struct affine){(luma->x0 - at_x) * sx, luma->xi * sx, luma->xj * sx,
                           (luma->y0 - at_y) * sy, luma->yi * sy, luma->yj * sy};
}

static struct affine swapped(const struct affine *a)
{
    return (struct affine){a->x0, a->xj, a->xi, a->y0, a->yj, a->yi};
}

enum way { ALONG, ACROSS, SLANTED };

static enum way way_of(const struct affine *a)
{
    if (fabs(a->xj) < AXIS_TOLERANCE && fabs(a->yi) < AXIS_TOLERANCE)
        return ALONG;
    if (fabs(a->xi) < AXIS_TOLERANCE && fabs(a->yj) < AXIS_TOLERANCE)
        return ACROSS;
    return SLANTED;
}

// -- the pixels

// Fills c->components (turned on its side when the way is ACROSS) with raw sample values.
static enum status sample(struct cropper *c, const AVFrame *frame, const struct layout *layout,
                          const struct affine *luma, const struct crop_wish *wish,
                          struct error *err)
{
    enum way way = way_of(luma);
    struct affine turned = way == ACROSS ? swapped(luma) : *luma;
    int width = way == ACROSS ? wish->height : wish->width;
    int height = way == ACROSS ? wish->width : wish->height;
    enum status status = image_resize(&c->components, width, height, err);
    for (int k = 0; k < layout->count && status == OK; k++) {
        bool subsampled = layout->shift_x[k] > 0 || layout->shift_y[k] > 0;
        double at_x = subsampled ? av_colour_chroma_x(frame, layout->shift_x[k]) : 0;
        double at_y = subsampled ? av_colour_chroma_y(frame, layout->shift_y[k]) : 0;
        struct affine at = map_to_plane(&turned, layout->shift_x[k], layout->shift_y[k], at_x,
                                        at_y);
        struct float_plane dst = {image_row(&c->components, k, 0), c->components.stride, width,
                                  height};
        status = way == SLANTED ? resample_affine(&c->resampler, &layout->planes[k], &at, &dst, err)
                                : resample_grid(&c->resampler, &layout->planes[k], &at, &dst, err);
    }
    return status;
}

static inline float unit_clamp(float value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

// One row (or, with step ≠ 1, one column) of components into RGB.
static void colour_line(const struct layout *layout, const struct av_colour *k,
                        const float *const in[3], size_t step, float *restrict const out[3], int n)
{
    for (int i = 0; i < n; i++) {
        size_t at = (size_t)i * step;
        float y = in[0][at] * k->luma_gain + k->luma_offset;
        if (layout->count == 1) {
            out[0][i] = out[1][i] = out[2][i] = unit_clamp(y);
        } else if (layout->is_rgb) {
            out[0][i] = unit_clamp(y);
            out[1][i] = unit_clamp(in[1][at] * k->luma_gain + k->luma_offset);
            out[2][i] = unit_clamp(in[2][at] * k->luma_gain + k->luma_offset);
        } else {
            float u = in[1][at] - k->chroma_zero;
            float v = in[2][at] - k->chroma_zero;
            out[0][i] = unit_clamp(y + v * k->red_v);
            out[1][i] = unit_clamp(y + u * k->green_u + v * k->green_v);
            out[2][i] = unit_clamp(y + u * k->blue_u);
        }
    }
}

static void colour(const struct cropper *c, const struct layout *layout,
                   const struct av_colour *colour, bool turned, struct image *out)
{
    for (int j = 0; j < out->height; j++) {
        const float *in[3];
        float *rgb[3];
        for (int k = 0; k < 3; k++) {
            in[k] = turned ? image_row(&c->components, k, 0) + j : image_row(&c->components, k, j);
            rgb[k] = image_row(out, k, j);
        }
        colour_line(layout, colour, in, turned ? c->components.stride : 1, rgb, out->width);
    }
}

static enum status cut(struct cropper *c, const struct picture *picture,
                       const struct crop_wish *wish, struct image *out, struct error *err)
{
    struct layout layout;
    const AVFrame *frame;
    enum status status = lay_out(c, picture->frame, &frame, &layout, err);
    if (status != OK)
        return status;
    struct affine luma = map_to_luma(picture, wish, frame);
    status = sample(c, frame, &layout, &luma, wish, err);
    if (status == OK)
        status = image_resize(out, wish->width, wish->height, err);
    if (status != OK)
        return status;
    struct av_colour k = av_colour_of(frame, layout.depth, layout.is_rgb);
    colour(c, &layout, &k, way_of(&luma) == ACROSS, out);
    return OK;
}

// A slanted cut that shrinks: first at the source's scale, then averaged down.
static enum status cut_and_shrink(struct cropper *c, const struct picture *picture,
                                  const struct crop_wish *wish, struct image *out,
                                  struct error *err)
{
    struct crop_wish large = *wish;
    large.width = (int)fmax(wish->width, ceil(wish->rect.width));
    large.height = (int)fmax(wish->height, ceil(wish->rect.height));
    enum status status = cut(c, picture, &large, &c->uncut, err);
    if (status == OK)
        status = image_resize(out, wish->width, wish->height, err);
    double x = (double)large.width / wish->width;
    double y = (double)large.height / wish->height;
    struct affine at = {(x - 1) / 2, x, 0, (y - 1) / 2, 0, y};
    for (int k = 0; k < 3 && status == OK; k++) {
        struct plane plane = {
            .data = (const uint8_t *)image_row(&c->uncut, k, 0),
            .stride = (ptrdiff_t)(c->uncut.stride * sizeof(float)),
            .bytes = sizeof(float),
            .width = large.width,
            .height = large.height,
        };
        struct float_plane dst = {image_row(out, k, 0), out->stride, out->width, out->height};
        status = resample_grid(&c->resampler, &plane, &at, &dst, err);
    }
    for (int row = 0; row < 3 * wish->height && status == OK; row++) {
        float *line = out->data + (size_t)row * out->stride;
        for (int i = 0; i < wish->width; i++)
            line[i] = unit_clamp(line[i]);
    }
    return status;
}

static bool is_near(double start, double length, double size)
{
    return isfinite(start) && isfinite(length) && length > 0 && start >= -size &&
           start + length <= 2 * size;
}

enum status cropper_cut(struct cropper *cropper, const struct picture *picture,
                        const struct crop_wish *wish, struct image *out, struct error *err)
{
    const struct crop_rect *rect = &wish->rect;
    if (!is_near(rect->x, rect->width, picture->width) ||
        !is_near(rect->y, rect->height, picture->height) || !isfinite(wish->rotation_deg))
        return error_set(err, ERR_INVALID,
                         "a crop of %g × %g pixels at (%g, %g) turned by %g° does not fit a frame "
                         "of %d × %d",
                         rect->width, rect->height, rect->x, rect->y, wish->rotation_deg,
                         picture->width, picture->height);
    if (wish->width < 1 || wish->height < 1 || wish->width > IMAGE_MAX_SIDE ||
        wish->height > IMAGE_MAX_SIDE)
        return error_set(err, ERR_LIMIT, "a crop cannot be %d × %d pixels large", wish->width,
                         wish->height);
    struct affine luma = map_to_luma(picture, wish, picture->frame);
    bool shrinks = rect->width > wish->width || rect->height > wish->height;
    return way_of(&luma) == SLANTED && shrinks ? cut_and_shrink(cropper, picture, wish, out, err)
                                               : cut(cropper, picture, wish, out, err);
}
