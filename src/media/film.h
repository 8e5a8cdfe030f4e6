// SPDX-License-Identifier: GPL-3.0-or-later
// film.h — writes the output film: H.264 and AAC in one MP4 that plays while it loads.
//
// Video: H.264 high, yuv420p, bt709 limited range (in the stream and in the container),
// picture k is shown from exactly k × fps_den / fps_num seconds, a key frame at least every
// 2 s. Audio: AAC 192 kbit/s; the encoder's priming is taken out by an edit list, so sample 0
// sounds when picture 0 is shown. The index (moov) stands in front: room for it is reserved
// from `expected_frames`, so every write beyond film_head_bytes() goes strictly forward and
// only film_finish() goes back, into the head. The same pictures, samples and options at the
// same thread count give the same bytes.
//
// Feeding: give pictures and samples in step; whichever is ahead is held compressed until the
// other arrives, at most 10 s of film. Memory does not grow with the length otherwise.
// Threads: one owner, who also gets the calls of on_encoded. The encoder's own threads end with
//          film_finish() or film_free().
// Errors:  the sink's own error comes out unchanged (a full disk stays ERR_NO_SPACE);
//          ERR_CANCELLED within one frame's encoding time; more pictures or samples than
//          promised are ERR_INTERNAL, before anything unplayable is written. After any error
//          only film_free() makes sense.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/byte_io.h"
#include "base/memory.h"
#include "sys/cancel.h"

struct film;
struct picture;

enum film_quality {
    FILM_FAST, // crf 23, preset fast
    FILM_BEST, // crf 18, preset slow
    FILM_QUALITY_COUNT
};

// A part of the film that players offer to jump to.
struct film_chapter {
    const char *title; // UTF-8, at most FILM_MAX_CHAPTER_TITLE_BYTES
    double start_s, end_s;
};

struct film_options {
    int width, height;       // pixels, even, 16 to 8192
    int fps_num, fps_den;    // pictures a second, at most 240
    int64_t expected_frames; // ≥ 1; film_video() is called at most this often
    enum film_quality quality;
    bool has_audio;
    int sample_rate;                     // when has_audio: a rate AAC knows, 8000 to 96000
    int channels;                        // when has_audio: 1 or 2
    int threads;                         // of the video encoder; 0 = one for each core
    const char *title;                   // shown by players; NULL for none
    const struct film_chapter *chapters; // in order; read while the film is opened
    size_t chapter_count;
    // Called whenever a video packet has left the encoder, with the number of them so far: the true
    // progress of encoding, also while film_finish() empties the encoder. NULL for none.
    void (*on_encoded)(void *context, int64_t frames);
    void *on_encoded_context;
};

struct film_result {
    int64_t bytes;
    int64_t frames;
    double duration_s; // frames / fps
};

enum {
    FILM_MAX_SIDE = 8192,
    FILM_MAX_FPS = 240,
    FILM_MAX_INTERLEAVE_S = 10,
    FILM_MAX_CHAPTERS = 1000,
    FILM_MAX_CHAPTER_TITLE_BYTES = 255,
};

// The bytes at the start of the film within which film_finish() writes a second time.
// Pure; `options` must be valid. About 36 bytes a picture, 24 an AAC packet (1024 samples), 512 a
// chapter and 64 kB: the most that the tables of the MP4 index can need (ISO/IEC 14496-12, stbl).
int64_t film_head_bytes(const struct film_options *options);

// Opens the encoders and begins the file. `sink` and `cancel` (may be NULL) must outlive the
// film; `options` is copied. ERR_INVALID names the option that is out of range.
MUST_USE enum status film_open(struct byte_sink *sink, const struct film_options *options,
                               const struct cancel *cancel, struct film **ret_film,
                               struct error *err);

// Encodes the next picture (yuv420p of the film's size; scaler.h makes such). The film takes
// its own reference; the same picture may be given again and again.
MUST_USE enum status film_video(struct film *film, const struct picture *picture,
                                struct error *err);

// Encodes the next n_samples per channel: interleaved, `channels` floats a sample, in [-1, 1].
MUST_USE enum status film_audio(struct film *film, const float *samples, int64_t n_samples,
                                struct error *err);

// Encodes what is left and writes the index; the film must hold at least one picture.
// *ret_result is filled on success only. film_free() is still due.
MUST_USE enum status film_finish(struct film *film, struct film_result *ret_result,
                                 struct error *err);

// Releases everything. A film that is not finished is abandoned: the bytes in the sink are
// not a film, its owner removes them. NULL is allowed.
void film_free(struct film *film);
AUTO_DEFINE(struct film, film_free)

// Can this machine write films? Encodes one small picture and a few samples, keeps nothing
// (for `headway doctor`). OK, or the reason why not.
MUST_USE enum status film_self_test(struct error *err);
