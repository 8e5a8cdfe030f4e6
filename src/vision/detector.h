// SPDX-License-Identifier: GPL-3.0-or-later
// detector.h — finds the people in a picture with a NanoDet network.
//
// The network sees 416 × 416 pixels, so a person has to be some 15 of those high to be found
// (docs/detection.md has measured figures). Whoever has the picture scales it to the size that
// detector_fit() tells (media can, vision cannot), with its aspect kept.
// Results are the same for any number of threads, and from run to run.
// Ownership: a detector owns its weights and buffers. Threads: one caller at a time.
// Errors: ERR_MODEL (weights missing or damaged: says where it looked and how to fetch them),
// ERR_MEMORY, ERR_CANCELLED.
#pragma once

#include "base/image.h"
#include "sys/cancel.h"
#include "vision/backend.h"
#include "vision/boxes.h"

struct detector;

// All zero is the default.
struct detector_options {
    const char *model_dir; // as upscaler_options.model_dir
    int threads;           // 0: all that this process may use
    enum precision precision;
};

enum { DETECTOR_MAX_BOXES = 256 }; // of one picture; the least confident are dropped

MUST_USE enum status detector_new(const struct detector_options *options,
                                  const struct cancel *cancel, struct detector **ret,
                                  struct error *err);
void detector_free(struct detector *d);
AUTO_DEFINE(struct detector, detector_free)

// The path of its graph (in dst), which is there together with its weights.
MUST_USE enum status detector_model_find(const char *model_dir, char *dst, size_t size,
                                         struct error *err);

// Where a picture of this size lies in the square that the network sees.
struct letterbox detector_fit(const struct detector *d, int source_width, int source_height);

// The people in a picture, which is RGB in [0, 1] and has the size of `place`. Fills ret[0 …
// *ret_n − 1] in pixels of the source, the most confident first.
MUST_USE enum status detector_run(struct detector *d, const struct image *picture,
                                  const struct letterbox *place, double threshold,
                                  struct box ret[static DETECTOR_MAX_BOXES], size_t *ret_n,
                                  const struct cancel *cancel, struct error *err);
