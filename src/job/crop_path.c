// SPDX-License-Identifier: GPL-3.0-or-later
// crop_path.c — see crop_path.h.
#include "job/crop_path.h"

#include <assert.h>
#include <math.h>

#include "job/spline.h"

enum { UPSCALE = 4, LONG_SIDE_MAX_PX = 2560, SHORT_SIDE_MAX_PX = 1440, SIDE_MIN_PX = 16 };

static double side_at(const double p[4], double u)
{
    return fmax(spline_value(p, u), 0.5 * fmin(p[1], p[2]));
}

static struct crop_rect clamp_inside(struct crop_rect r, double frame_width, double frame_height)
{
    double scale = fmin(1, fmin(frame_width / r.width, frame_height / r.height));
    struct crop_rect in = {r.x, r.y, r.width * scale, r.height * scale};
    // Shrinking keeps the centre.
    in.x += (r.width - in.width) / 2;
    in.y += (r.height - in.height) / 2;
    in.width = fmin(in.width, frame_width); // scale × width may round above the frame
    in.height = fmin(in.height, frame_height);
    in.x = fmax(0, fmin(in.x, frame_width - in.width));
    in.y = fmax(0, fmin(in.y, frame_height - in.height));
    return in;
}

static struct crop_rect centred(const struct crop_path *path)
{
    assert(path->aspect > 0);
    double width = fmin(path->frame_width, path->frame_height * path->aspect);
    double height = fmin(path->frame_height, path->frame_width / path->aspect);
    return (struct crop_rect){(path->frame_width - width) / 2, (path->frame_height - height) / 2,
                              width, height};
}

static struct crop_rect rect_of(const struct crop_keyframe *k)
{
    return (struct crop_rect){k->x, k->y, k->width, k->height};
}

static struct crop_rect unclamped(const struct crop_path *path, double time_s)
{
    const struct crop_keyframe *k = path->keyframes;
    if (path->count == 0)
        return centred(path);
    struct spline_span span = spline_find(&k->time_s, sizeof(*k), path->count, time_s);
    double x[4];
    double y[4];
    double width[4];
    double height[4];
    for (int j = 0; j < 4; j++) {
        x[j] = k[span.at[j]].x;
        y[j] = k[span.at[j]].y;
        width[j] = k[span.at[j]].width;
        height[j] = k[span.at[j]].height;
    }
    return (struct crop_rect){spline_value(x, span.u), spline_value(y, span.u),
                              side_at(width, span.u), side_at(height, span.u)};
}

struct crop_rect crop_path_at(const struct crop_path *path, double time_s)
{
    return clamp_inside(unclamped(path, time_s), path->frame_width, path->frame_height);
}

struct crop_rect crop_path_smallest(const struct crop_path *path)
{
    struct crop_rect smallest = crop_path_at(path, -INFINITY);
    for (size_t i = 1; i < path->count; i++) {
        struct crop_rect r = clamp_inside(rect_of(&path->keyframes[i]), path->frame_width,
                                          path->frame_height);
        if (r.width * r.height < smallest.width * smallest.height)
            smallest = r;
    }
    return smallest;
}

static int even_px(double side)
{
    int px = 2 * (int)lround(side / 2);
    return px < SIDE_MIN_PX ? SIDE_MIN_PX : px;
}

struct output_size output_size_for(struct crop_rect smallest, double aspect)
{
    assert(aspect > 0);
    double width = UPSCALE * fmax(smallest.width, smallest.height * aspect);
    double height = width / aspect;
    double max_width = aspect >= 1 ? LONG_SIDE_MAX_PX : SHORT_SIDE_MAX_PX;
    double max_height = aspect >= 1 ? SHORT_SIDE_MAX_PX : LONG_SIDE_MAX_PX;
    double scale = fmin(1, fmin(max_width / width, max_height / height));
    return (struct output_size){even_px(width * scale), even_px(height * scale)};
}
