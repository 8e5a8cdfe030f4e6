// SPDX-License-Identifier: GPL-3.0-or-later
// audio_track.h — the sound of the output timeline, pulled in step with its pictures.
//
// Each piece of the timeline gets exactly the samples of its place in the output, from
// round(output_start_s × rate) to where the next piece begins; its sound is read anew from
// the piece's own source time, so no error adds up over the pieces. Speed 1 copies samples; other
// speeds keep the pitch (audio_tempo.h). At every cut the sound that would have gone on fades over
// AUDIO_TRACK_FADE_MS into the new one, so that nothing clicks; first and last samples fade
// from and to silence.
//
// Units:     interleaved float, nominal ±1; a "sample" is one per channel.
// Ownership: `pieces` and the tape are borrowed and must outlive the track.
// Threads:   one owner.
// Errors:    those of the tape, unchanged.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "job/timeline.h"
#include "media/audio_tape.h"

struct audio_track;

enum { AUDIO_TRACK_FADE_MS = 5 };

struct audio_track_options {
    const struct timeline_piece *pieces; // at least one
    size_t piece_count;
    double duration_s; // of the film: output frames / fps; the last piece is cut there or goes on
    int rate_hz;
    int channels; // 1 or 2
};

// ERR_INVALID when a speed is out of range. Reads nothing yet.
MUST_USE enum status audio_track_new(struct audio_tape *tape,
                                     const struct audio_track_options *options,
                                     struct audio_track **ret_track, struct error *err);
void audio_track_free(struct audio_track *track);
AUTO_DEFINE(struct audio_track, audio_track_free)

// All samples that the track will give: round(duration_s × rate_hz).
int64_t audio_track_length(const struct audio_track *track);

// Writes the next n samples to dst, fewer only at the end. *ret_n says how many; 0 = the end.
MUST_USE enum status audio_track_read(struct audio_track *track, float *dst, size_t n,
                                      size_t *ret_n, struct error *err);
