// SPDX-License-Identifier: GPL-3.0-or-later
// bench_clip.h — a film to measure exports with: moving shapes over noise, with a tone.
//
// Drawn and encoded here, so that a benchmark needs no file that somebody has to bring: the same
// options give the same picture everywhere. Shapes move as players do and the ground has the grain
// of a camera, so that the encoder has ordinary work. Blocks until it is written, whole or not at
// all.
#pragma once

#include "base/error.h"
#include "sys/cancel.h"

struct bench_clip {
    int width, height;
    int fps;
    int frames;
    // Called after each frame with the number of them so far; NULL for none.
    void (*on_frame)(void *context, int frames);
    void *context;
};

MUST_USE enum status bench_clip_make(const struct bench_clip *clip, const char *path,
                                     struct cancel *cancel, struct error *err);
