// SPDX-License-Identifier: GPL-3.0-or-later
// spoken.h — which phase people are told of. Pure; a plain value, all zero at first.
//
// Phases that keep pace with each other limit a job in turns, by a little: told at each moment the
// message would flicker. So the one spoken of stays until it is over, until another has three times
// as much left, or until another has been the one for half a second and has a quarter more left.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "progress/phase.h"

struct spoken {
    bool begun; // a phase was told
    bool rivalled;
    uint8_t phase;    // enum phase: the one told
    int64_t rival_ns; // since when another has been the one; meaningless unless rivalled
};

// `limiting`: the phase that limits the job now; `at_work`: bits of those that run and are not
// over; left_s: what is left of each, in seconds. Returns the one to tell.
enum phase spoken_step(struct spoken *s, enum phase limiting, uint32_t at_work,
                       const double left_s[PHASE_COUNT], int64_t now_ns);
