// SPDX-License-Identifier: GPL-3.0-or-later
// audio_tape.h — where a track's sound comes from: an endless tape, silent where the source is.
//
// An interface, so that the timeline's sound (audio_track.h) needs no file: tests give it
// a formula, an export gives it the reader of a source.
// Units: interleaved float, nominal ±1; a "sample" is one per channel; rate and channels are
// agreed between the tape and its user. Threads: one owner.
#pragma once

#include <stddef.h>

#include "base/error.h"

struct audio_reader;

struct audio_tape {
    // The next read begins at sample round(start_s × rate); start_s ≥ 0.
    enum status (*seek)(struct audio_tape *self, double start_s, struct error *err);
    // Writes exactly n samples and moves on by n.
    enum status (*read)(struct audio_tape *self, float *dst, size_t n, struct error *err);
};

// The tape that an audio_reader.h plays; lives in the caller's storage.
struct audio_reader_tape {
    struct audio_tape tape;
    struct audio_reader *reader; // borrowed
};
void audio_reader_tape_init(struct audio_reader_tape *tape, struct audio_reader *reader);
