// SPDX-License-Identifier: GPL-3.0-or-later
// timeline.h — which source frame each output frame shows, known before any frame is touched.
//
// In: the wanted part of the source, the speeds, when the source's frames are on screen.
// Out: pieces of constant speed (the audio follows them), the number of output frames, and the
// distinct source frames in order with how often each is shown (the work of the upscaler).
//
// The rules:
//   output duration   Σ over pieces of (length / speed)
//   output frames     output duration × fps, rounded to the nearest, at least 1
//   output frame k    is at output time k / fps; the pieces map that to a source time; it shows
//                     the source frame whose time span holds that time
//   steady sources    where every frame begins within half a frame of a regular beat at the
//                     source's rate (constant rate, time stamps rounded to milliseconds, a
//                     phone's jitter), the spans are those of the beat. So a whole source at
//                     its own rate and speed 1 gives each frame exactly once. Other sources
//                     (truly variable rate) are sampled by their own spans.
//   exact boundaries  a frame counts as begun TIMELINE_EPSILON_S early, so that rounding in a
//                     time stamp, a trim or k / fps cannot show the frame before
//
// Pure. Units: *_s is seconds; of the source's own clock unless the name says output or clip.
// Ownership: a struct timeline owns its arrays. Threads: a built timeline is never changed.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "job/frame_times.h"
#include "job/rational.h"

enum {
    TIMELINE_MAX_SEGMENTS = 10000,
    TIMELINE_MAX_FPS = 60,
    TIMELINE_MAX_FRAMES = 20000000, // of output; 92 hours at 60 fps
};
#define TIMELINE_EPSILON_S 1e-4
#define SPEED_MIN 0.1
#define SPEED_MAX 10.0

// A stretch of the source with its own speed; 2 is twice as fast. No segment covers: speed 1.
struct segment {
    double start_s;
    double end_s;
    double speed; // SPEED_MIN…SPEED_MAX
};

// The part of the source that is wanted; all-zero means the whole.
struct trim {
    double start_s;
    bool has_end;
    double end_s; // meaningless unless has_end
};

// What is wanted. All-zero: the whole source at its own speed and rate, at most 60 fps.
struct timeline_wish {
    struct trim trim;
    const struct segment *segments; // ascending, not overlapping
    size_t segment_count;
    bool has_fps;
    struct rational fps; // of the output
};

// What there is. `times` may cover only the wanted part (plus whatever lies around it).
struct timeline_source {
    const struct frame_times *times; // at least one frame
    size_t first_index;              // the source's number of times->start_s[0]
    double duration_s;               // of the whole source
    struct rational fps;             // its average rate
};

// A stretch of the output that plays one stretch of the source at one speed. Pieces follow one
// another without gap in both.
struct timeline_piece {
    double source_start_s;
    double source_end_s;
    double speed;
    double output_start_s;
    double output_duration_s;
};

// One source frame and how many output frames in a row show it.
struct timeline_run {
    size_t source_index; // number in the source, strictly ascending from run to run
    uint32_t repeats;    // ≥ 1
    double clip_time_s;  // when the frame begins, from the clip's start; ≥ 0; for the crop path
};

struct timeline {
    double start_s, end_s; // the wanted part, clamped to the source
    struct timeline_piece *pieces;
    size_t piece_count;
    struct rational fps;    // of the output
    uint64_t output_frames; // = Σ repeats
    double output_duration_s;
    struct timeline_run *runs; // the distinct source frames
    size_t run_count;
};

// Checks speeds, lengths and order; ERR_INVALID names the entry: "segments[2].start: …".
MUST_USE enum status segments_check(const struct segment *segments, size_t count,
                                    struct error *err);

// Does the trim fit a source of this duration, with `slack_s` of forgiveness at its end?
// ERR_INVALID names the field and the duration.
MUST_USE enum status trim_check(const struct trim *trim, double duration_s, double slack_s,
                                struct error *err);

// Fills *ret; free with timeline_done(), also after a failure (then it is empty).
// ERR_INVALID: trim.start at or behind the end of the source, or trim.end more than half a frame
// behind it (less is clamped), or bad segments. ERR_LIMIT: more than TIMELINE_MAX_FRAMES.
MUST_USE enum status timeline_build(const struct timeline_wish *wish,
                                    const struct timeline_source *source, struct timeline *ret,
                                    struct error *err);
// Releases the arrays and zeroes the struct. NULL is allowed.
void timeline_done(struct timeline *timeline);
