// SPDX-License-Identifier: GPL-3.0-or-later
// pixel_classes.h — frames of different size as classes of cost: the network's work goes with
// pixels.
//
// At most PLAN_MAX_CLASSES, evenly spaced by ratio between the smallest and the largest frame, each
// named by its mean cost against that of the smallest ("x1", "x2.25"; progress/prior.h reads it).
// Frames of about the same size are one class, which needs no name.
// Usage: widen with every frame, then count every frame, then finish. Pure.
#pragma once

#include <stdint.h>

#include "progress/plan.h"

// All-zero to begin with.
struct pixel_classes {
    uint64_t least, most;    // pixels of a frame
    uint64_t frames, pixels; // of all
    int count;               // classes; 0: one that needs no name
    struct plan_class classes[PLAN_MAX_CLASSES];
    // -- by place between least and most
    uint64_t class_frames[PLAN_MAX_CLASSES], class_pixels[PLAN_MAX_CLASSES];
    int index[PLAN_MAX_CLASSES]; // in classes
};

void pixel_classes_widen(struct pixel_classes *c, uint64_t pixels);
void pixel_classes_count(struct pixel_classes *c, uint64_t pixels);
void pixel_classes_finish(struct pixel_classes *c);
// The class of a frame that was counted; NULL when there is but one.
const char *pixel_classes_name(const struct pixel_classes *c, uint64_t pixels);
