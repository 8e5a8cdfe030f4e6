// SPDX-License-Identifier: GPL-3.0-or-later
// frame_times.h — when each frame of a source is on screen. Plain value, pure.
//
// media fills it from the container's own time stamps before anything is decoded; the
// timeline (job/timeline.h) asks it which frames an export needs. Constant and variable
// frame rates look the same here.
#pragma once

#include <stddef.h>

struct frame_times {
    double *start_s; // presentation time of each frame, ascending, seconds from the stream's start
    size_t count;
    double end_s; // when the last frame ends
};

// Releases the array and zeroes the struct. NULL is allowed.
void frame_times_done(struct frame_times *times);
