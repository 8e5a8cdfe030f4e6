// SPDX-License-Identifier: GPL-3.0-or-later
// remux.h — copies a range of a video into an MP4, packet for packet, without decoding it.
//
// Range:   begins with the frame on screen at start_s and ends before the first frame at or behind
//          end_s. Packets are copied from the keyframe at or before the start, and to the last one
//          that a frame in the range leans on; an edit list hides what lies outside, so that
//          players show the range alone. Picture and sound keep their distance to each other.
// Exact:   nothing hidden in front: the frames between the start and the next IDR picture are
//          encoded anew in the stream's own form (av_reencoder.h), the rest is copied. Where no IDR
//          picture comes before the end all frames are encoded anew.
// Packets: bit-identical to the source's, with one exception. A 4:4:4 H.264 stream says only in
//          its first packet by which x264 it was made, and decoders need that; a copy that begins
//          later carries this SEI unit in its own first packet.
// Output:  the index (moov) in front, in reserved room; see film.h for how it is written.
// Threads: one owner. The reader is borrowed, and nothing else may read from it meanwhile.
// Errors:  ERR_MEDIA when an MP4 cannot hold a codec: names it. The byte source's and the sink's
//          own errors come out unchanged; ERR_CANCELLED within one packet.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/byte_io.h"
#include "base/memory.h"
#include "media/reader.h"

struct remux;

struct remux_options {
    bool has_start; // else from the very first packet
    double start_s; // seconds from the first frame shown, as in reader.h
    bool has_end;   // else to the last packet
    double end_s;
    bool audio; // false: the picture only
    bool exact; // needs remux_can_cut()
    bool best;  // of the frames encoded anew: slower and finer
    int threads;
    // Called whenever a frame was encoded anew, with the number of them so far. NULL for none.
    void (*on_encoded)(void *context, int64_t frames);
    void *on_encoded_context;
};

// What will be done; known before anything is written.
struct remux_plan {
    double start_s;           // of the first frame that is shown
    double keyframe_offset_s; // how much before it the copied keyframe is shown; 0: they are one
    bool has_copy;            // false: all frames of the range are encoded anew
    uint64_t frames_encoded;  // anew
};

struct remux_result {
    uint64_t bytes;
    int64_t frames;    // shown
    double duration_s; // likewise
};

// Can the source's picture (and sound, if wanted) stand in an MP4 as it is?
bool remux_fits(const struct reader *reader, bool audio);
// And can its beginning be encoded such that it fits in front of the rest?
bool remux_can_cut(const struct reader *reader, bool audio);

// Finds the keyframe: reads the packets around the start (exact: the times of all frames).
// ERR_INVALID: the start is behind the end of the source.
MUST_USE enum status remux_open(struct reader *reader, const struct remux_options *options,
                                struct remux **ret, struct error *err);
void remux_free(struct remux *remux);
AUTO_DEFINE(struct remux, remux_free)

const struct remux_plan *remux_plan(const struct remux *remux);

// Does it, once. On failure the bytes in the sink are no film.
MUST_USE enum status remux_run(struct remux *remux, struct byte_sink *sink,
                               struct remux_result *ret, struct error *err);
