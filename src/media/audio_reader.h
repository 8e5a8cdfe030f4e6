// SPDX-License-Identifier: GPL-3.0-or-later
// audio_reader.h — the sound of a source as plain samples, from any moment on.
//
// Decodes the first audio stream, converts it to one rate and channel count, and places every
// sample by its time stamp: gaps and the time before the sound begins and after it ends are
// silence, so the reader is an endless tape whose sample k is at k / rate_hz seconds.
// It has its own byte source and demuxer, so sound and picture can be read by two threads.
//
// Units:     seconds from the source's first *video* frame (as everywhere in media); samples
//            are interleaved float, nominal ±1; a "sample" is one per channel.
// Ownership: the byte source is borrowed and must outlive the reader.
// Threads:   one owner at a time.
// Errors:    ERR_MEDIA (no sound, no decoder, damaged), the byte source's own errors unchanged,
//            ERR_CANCELLED.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/byte_io.h"
#include "base/error.h"
#include "base/memory.h"
#include "sys/cancel.h"

struct audio_reader;

struct audio_reader_options {
    const char *name; // of the source, for messages; copied
    int rate_hz;      // 0: 48000
    int channels;     // 1 or 2; 0: 2
    double origin_s;  // media_info.origin_s of the same source: the shared zero
    struct cancel *cancel;
};

// Opens the sound of `source`, positioned at 0 s. ERR_MEDIA when it has none (ask
// media_info.has_audio first).
MUST_USE enum status audio_reader_open(struct byte_source *source,
                                       const struct audio_reader_options *options,
                                       struct audio_reader **ret, struct error *err);
void audio_reader_free(struct audio_reader *reader);
AUTO_DEFINE(struct audio_reader, audio_reader_free)

int audio_reader_rate_hz(const struct audio_reader *reader);
int audio_reader_channels(const struct audio_reader *reader);

// The next sample read will be number round(start_s × rate_hz). Cheap when that is where it stands
// or a little ahead; otherwise seeks in the file. start_s ≥ 0.
MUST_USE enum status audio_reader_seek(struct audio_reader *reader, double start_s,
                                       struct error *err);
// Writes exactly n samples (n × channels floats) to dst and moves on by n. Silence where there is
// no sound.
MUST_USE enum status audio_reader_read(struct audio_reader *reader, float *dst, size_t n,
                                       struct error *err);
