// SPDX-License-Identifier: GPL-3.0-or-later
// region_path.c — see region_path.h.
#include "job/region_path.h"

#include <math.h>
#include <stddef.h>

#include "job/spline.h"

double region_strength(double start_s, double end_s, double time_s)
{
    double fade_s = fmin(REGION_EXIT_FADE_S, (end_s - start_s) / 2);
    double left = fmin(fmax((end_s - time_s) / fade_s, 0), 1);
    return left * left;
}

// Ascending regions: the last one that starts at or before time_s.
static const struct region *region_at(const struct region *regions, size_t count, double time_s)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (regions[middle].start_s <= time_s)
            low = middle + 1;
        else
            high = middle;
    }
    bool inside = low > 0 && time_s < regions[low - 1].end_s;
    return inside ? &regions[low - 1] : NULL;
}

// Where a spline is, and the four keyframes that bend it there.
struct bend {
    const struct region_keyframe *k[4];
    double u;
};

// The property that lies `offset` bytes inside a keyframe.
static double follow(const struct bend *b, size_t offset, double low, double high)
{
    double values[4];
    for (int i = 0; i < 4; i++)
        values[i] = *(const double *)((const char *)b->k[i] + offset);
    return fmin(fmax(spline_value(values, b->u), low), high);
}

static double follow_radius(const struct bend *b, size_t offset)
{
    double from = *(const double *)((const char *)b->k[1] + offset);
    double to = *(const double *)((const char *)b->k[2] + offset);
    return follow(b, offset, fmin(from, to) / 2, INFINITY);
}

static uint32_t follow_colour(const struct bend *b)
{
    uint32_t rgb = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        double values[4];
        for (int i = 0; i < 4; i++)
            values[i] = b->k[i]->rgb >> shift & 0xFF;
        double value = fmin(fmax(spline_value(values, b->u), 0), 255);
        rgb |= (uint32_t)lround(value) << shift;
    }
    return rgb;
}

bool region_path_at(const struct region *regions, size_t count, double time_s, struct spot *ret)
{
    const struct region *r = region_at(regions, count, time_s);
    if (!r || r->keyframe_count == 0)
        return false;
    const struct region_keyframe *first = r->keyframes;
    struct spline_span span = spline_find(&first->time_s, sizeof(*first), r->keyframe_count,
                                          time_s);
    struct bend b = {
        {first + span.at[0], first + span.at[1], first + span.at[2], first + span.at[3]}, span.u};
    *ret = (struct spot){
        .x = follow(&b, offsetof(struct region_keyframe, x), -INFINITY, INFINITY),
        .y = follow(&b, offsetof(struct region_keyframe, y), -INFINITY, INFINITY),
        .radius_x = follow_radius(&b, offsetof(struct region_keyframe, radius_x)),
        .radius_y = follow_radius(&b, offsetof(struct region_keyframe, radius_y)),
        .fill_opacity = follow(&b, offsetof(struct region_keyframe, fill_opacity), 0, 1),
        .stroke_opacity = follow(&b, offsetof(struct region_keyframe, stroke_opacity), 0, 1),
        .rgb = follow_colour(&b),
        .strength = region_strength(r->start_s, r->end_s, time_s),
    };
    return true;
}

void region_spot_scale(struct spot *spot, double scale_x, double scale_y)
{
    spot->x *= scale_x;
    spot->radius_x *= scale_x;
    spot->y *= scale_y;
    spot->radius_y *= scale_y;
}
