// SPDX-License-Identifier: GPL-3.0-or-later
// estimator.h — the time left of a job, from a forecast and what has been seen of each phase.
//
// Every phase is described by what is known of it *now*; the estimator conditions the forecast
// on that, then finishes the job for 33 fixed, symmetric draws of the phase times: queue and
// startup one after the other, the worker's phases as an overlapping chain (pipeline.h) in which
// a silent phase (init) holds up the ones behind it, finalize last. Quantiles of the 33 sums are
// the answer (docs/progress.md, "How long is left"). Pure; seconds.
#pragma once

#include <stdbool.h>

#include "progress/forecast.h"

enum evidence_state { EVIDENCE_NONE, EVIDENCE_RUNNING, EVIDENCE_DONE };

struct evidence {
    enum evidence_state state;
    bool counted;     // it counts units, so it overlaps with its neighbours
    double share;     // done, by work, in [0, 1]
    double lag;       // share of the phase before that it usually lets pass before its first unit
    double after;     // of an upload: how likely it begins when all of it is made
    double elapsed_s; // since its begin, or from begin to end
    bool has_pace;
    double pace_s;        // seconds its whole work would take at the pace seen
    double pace_bias;     // ln of what usually comes of such a pace, over it
    double pace_variance; // of ln of the whole's time, given the pace
    double rest_variance; // what the rest may be off beside that
    bool has_memory;      // an earlier attempt of the same job went at
    double memory_s;      // this pace
    bool has_floor;       // so far without a count: it takes
    double floor_s;       // more than this
};

// Nobody knows yet whether the worker has to be started: some of the draws take it that it has.
struct cold_start {
    bool open;                 // else the forecast knows
    double chance;             // that it has, given that it is not up yet
    double survival;           // share of all startups that last so long
    double shift[PHASE_COUNT]; // ln: how much longer phases take then
};

struct job_evidence {
    const enum phase *order; // the worker's phases in the order of the pipeline
    int order_count;
    struct evidence phases[PHASE_COUNT];
    struct cold_start cold;
};

struct estimate {
    double low_s, median_s, high_s;   // 10 %, 50 %, 90 % of the time left
    double phase_left_s[PHASE_COUNT]; // of each phase alone, were it not waiting for another
};

// Conditions `forecast` in place. Phases that it does not have, and done ones, take no time.
void estimate(const struct job_evidence *job, struct forecast *forecast, struct estimate *ret);
