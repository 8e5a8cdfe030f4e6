// SPDX-License-Identifier: GPL-3.0-or-later
// audio_mix.h — the sounds of several clips, one after the other and fading into one another.
//
// A tape (audio_tape.h) for the track of a whole film. Each part has its place; where two overlap
// both are heard, and even fades whose shares add up to 1 keep the level (equal gain). A part
// opens its track when its turn comes and gives it back when it is through, so a film of any
// number of clips holds two of them at most.
//
// Units:     samples of the film (one per channel), interleaved float, nominal ±1.
// Ownership: `parts` are borrowed; a track belongs to the one who opened it.
// Threads:   one owner, who gets the calls of open and close.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "media/audio_tape.h"
#include "media/audio_track.h"

struct audio_mix_part {
    int64_t begin, end;        // parts in order of both; a part overlaps its neighbours only
    int64_t fade_in, fade_out; // over so many samples from and to silence, evenly; 0: none
};

struct audio_mix_options {
    const struct audio_mix_part *parts;
    size_t part_count;
    int channels; // of every track
    // The track of a part, from its beginning; *ret stays NULL for silence.
    enum status (*open)(void *context, size_t part, struct audio_track **ret, struct error *err);
    // The part is through; called for each that was opened, except those that were not when the mix
    // is freed.
    void (*close)(void *context, size_t part);
    void *context;
};

struct audio_mix {
    struct audio_tape tape; // plays forward only: a seek must go to where it stands
    struct audio_mix_options o;
    int64_t position;
    size_t first;                 // the first part that is not through
    struct audio_track *track[2]; // of the parts first and first + 1, when they are open
    bool open[2];
};

void audio_mix_init(struct audio_mix *mix, const struct audio_mix_options *options);
