// SPDX-License-Identifier: GPL-3.0-or-later
// splice.h — clips one after the other in one film: who is shown when, and how strongly.
//
//   cut       each clip begins where the one before it ends
//   fade      the same places; at each inner edge the picture goes down to black over half of
//             the duration, and up from black over the other half
//   dissolve  each clip begins a duration before the one before it ends; both are mixed, with
//             shares that change evenly and add up to 1
// A duration is rounded to whole frames (length); sound follows the same shares. Never more than
// two clips are shown at a time: a clip between two dissolves must be as long as both.
//
// Pure. Units: frames of the film unless the name says otherwise.
// Ownership: a struct splice owns its places. Threads: never changed once built.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "job/rational.h"

enum transition_type {
    TRANSITION_CUT,
    TRANSITION_FADE,
    TRANSITION_DISSOLVE,
    TRANSITION_TYPE_COUNT
};

// All-zero is a cut.
struct transition {
    enum transition_type type;
    double duration_s;
};

const char *transition_name(enum transition_type type); // "dissolve"
// False when there is none of that name; *ret is then unchanged.
bool transition_from_name(const char *name, enum transition_type *ret);

struct splice_place {
    uint64_t first;    // its first frame in the film
    uint64_t frames;   // how many it is shown in
    uint64_t fade_in;  // of them, those over which it comes, and over which it goes
    uint64_t fade_out; //
};

struct splice {
    enum transition_type type;
    struct splice_place *places;
    size_t count;
    uint64_t frames; // of the film
};

// Places `count` ≥ 1 clips of so many `frames` (each ≥ 1). ERR_INVALID names the clip that is
// shorter than its transitions; *ret is then empty.
MUST_USE enum status splice_build(struct transition transition, struct rational fps,
                                  const uint64_t *frames, size_t count, struct splice *ret,
                                  struct error *err);
void splice_done(struct splice *splice);

// How much of frame `at` of the film is clip i, in [0, 1]; the rest is its neighbour or black.
// The clip must be shown then.
double splice_share(const struct splice *splice, size_t i, uint64_t at);
