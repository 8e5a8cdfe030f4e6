// SPDX-License-Identifier: GPL-3.0-or-later
// crop_path.h — where the moving crop is at any time, and what size follows from it.
//
// Between keyframes each of x, y, width, height follows a spline (spline.h); before the first and
// after the last keyframe the crop holds; one keyframe is a still crop; none is the largest
// centred crop of the output's aspect. The spline may overshoot: a side is never less than half
// the smaller of the two keyframes it lies between.
//
// The answer always lies inside the frame: a crop larger than the frame is shrunk with its
// aspect kept, then one that sticks out is moved, not cut.
//
// Pure. Units: px of the displayed source frame, origin top left, sub-pixel; seconds from the
// clip's start. Ownership: a path borrows its keyframes. Threads: none of its own.
#pragma once

#include <stddef.h>

enum { CROP_MAX_KEYFRAMES = 10000 };

struct crop_keyframe {
    double time_s; // strictly ascending from one to the next
    double x, y, width, height;
};

struct crop_rect {
    double x, y, width, height;
};

struct crop_path {
    const struct crop_keyframe *keyframes;
    size_t count;
    double frame_width, frame_height; // of the source, > 0
    double aspect;                    // width / height of the output; used when count is 0
};

struct crop_rect crop_path_at(const struct crop_path *path, double time_s);

// The smallest (by area) crop among the keyframes, each inside the frame; the centred one when
// there are no keyframes.
struct crop_rect crop_path_smallest(const struct crop_path *path);

struct output_size {
    int width, height; // even px
};

// The output size for a crop when none was asked for: the smallest box of `aspect` that holds the
// crop × 4, shrunk to 2560×1440 (landscape) or 1440×2560 (portrait), even, at least 16 × 16.
struct output_size output_size_for(struct crop_rect smallest, double aspect);
