// SPDX-License-Identifier: GPL-3.0-or-later
// region_path.h — where the spotlight is at any time, and how strong.
//
// A region is a stretch of time with keyframes of one ellipse. Inside the region each property
// follows a spline (spline.h) that holds before the first and after the last keyframe; radii
// that overshoot stay above half the smaller of the two keyframes they lie between, opacities
// and colours inside their range. Over the region's last min(0.25 s, half the region) the
// spotlight fades: its strength is the square of the share of that time which is left.
//
// Pure. Units: px of the picture, origin top left, sub-pixel; seconds from the clip's start;
// opacities and strength in [0, 1]. Ownership: nothing is owned. Threads: none of its own.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REGION_MAX_KEYFRAMES = 10000, REGION_MAX_COUNT = 1000 };
#define REGION_SLACK_S 0.04     // a keyframe may lie so far outside its region
#define REGION_EXIT_FADE_S 0.25 // at most half the region

// What a spotlight does to the picture, beside its outline.
enum region_effect {
    REGION_DARK_OVERLAY,     // outside the ellipse × (1 − dim)
    REGION_BRIGHTNESS_BOOST, // inside × (1 + fill_opacity)
    REGION_ORIGINAL,         // nothing
    REGION_EFFECT_COUNT
};

struct region_keyframe {
    double time_s; // strictly ascending from one to the next
    double x, y;   // the centre
    double radius_x, radius_y;
    double fill_opacity, stroke_opacity;
    uint32_t rgb; // 0xRRGGBB
};

struct region {
    double start_s, end_s; // end_s is not part of it
    struct region_keyframe *keyframes;
    size_t keyframe_count; // 0: nothing is drawn
};

// What to draw at one moment.
struct spot {
    double x, y;
    double radius_x, radius_y; // > 0
    double fill_opacity, stroke_opacity;
    uint32_t rgb;    // 0xRRGGBB
    double strength; // 1 before the exit fade, then falling to 0
};

// The spotlight at a time; false where there is none. `regions` ascend and do not overlap.
bool region_path_at(const struct region *regions, size_t count, double time_s, struct spot *ret);

// The strength of a region from start_s to end_s at a time inside it.
double region_strength(double start_s, double end_s, double time_s);

// Stretches the spot to another frame size: × scale_x across, × scale_y down.
void region_spot_scale(struct spot *spot, double scale_x, double scale_y);
