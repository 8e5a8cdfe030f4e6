// SPDX-License-Identifier: GPL-3.0-or-later
// audio_tempo.h — plays sound faster or slower at the same pitch.
//
// Feed samples in, take samples out: `speed` input samples become one output sample. From
// speed 0.5 to 2 output sample k is what sounded within 20 ms of input sample k × speed; far slower
// ones smear a sharp sound over up to 10 ms / speed around its place. Nothing drifts at any speed.
// Pure but for memory; no libav. Units: interleaved float; a "sample" is one per channel.
// Threads: one owner.
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"

struct audio_tempo;

#define AUDIO_TEMPO_MIN 0.1
#define AUDIO_TEMPO_MAX 10.0
enum { AUDIO_TEMPO_MAX_FEED = 1024 };

// speed AUDIO_TEMPO_MIN…AUDIO_TEMPO_MAX, rate_hz 8000…192000 (ERR_INVALID otherwise); channels 1 or
// 2.
MUST_USE enum status audio_tempo_new(double speed, int rate_hz, int channels,
                                     struct audio_tempo **ret_tempo, struct error *err);
void audio_tempo_free(struct audio_tempo *tempo);
AUTO_DEFINE(struct audio_tempo, audio_tempo_free)

// Writes at most n samples to dst and returns how many. 0 for n > 0 means: feed more.
size_t audio_tempo_take(struct audio_tempo *tempo, float *dst, size_t n);
// Appends n ≤ AUDIO_TEMPO_MAX_FEED samples of input; only after audio_tempo_take() gave 0.
void audio_tempo_feed(struct audio_tempo *tempo, const float *samples, size_t n);
