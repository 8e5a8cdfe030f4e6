// SPDX-License-Identifier: GPL-3.0-or-later
// spline.h — values between keyframes by a uniform Catmull-Rom spline.
//
// Catmull and Rom, "A class of local interpolating splines" (1974), with the end points doubled:
// the curve passes through every keyframe, holds before the first and after the last, and one
// keyframe stands still. It may overshoot between two of them; whoever must not clamps.
//
// Pure. Used by crop_path.h and region_path.h.
#pragma once

#include <stddef.h>

// Where a moment lies: between keyframes at[1] and at[2], with their neighbours around them.
struct spline_span {
    size_t at[4];
    double u; // in [0, 1] from at[1] to at[2]
};

// `first_time_s` is the time of the first of `count` (≥ 1) keyframes, each `stride` bytes behind
// the one before; times ascend strictly.
struct spline_span spline_find(const double *first_time_s, size_t stride, size_t count,
                               double time_s);

// The curve through the values of the keyframes at[0] … at[3] of a span.
double spline_value(const double values[4], double u);
