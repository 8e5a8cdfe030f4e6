// SPDX-License-Identifier: GPL-3.0-or-later
// record.h — what one finished job teaches: its sizes, its phase times, and what we had believed.
//
// Data flow: the job's tracker (tracker_record()), over it the worker's own times from its result
// or BENCHMARK_DATA line → struct record → history (stored), model.h (learnt). Pure; a plain value,
// all zero to begin with; seconds.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "progress/pace.h"
#include "progress/phase.h"
#include "progress/plan.h"

enum outcome { OUTCOME_COMPLETE, OUTCOME_FAILED, OUTCOME_CANCELLED, OUTCOME_COUNT };

struct record_phase {
    bool present;
    double busy_s;  // working, waiting for other phases left out; 0 when nobody told
    double wall_s;  // from begin to end
    uint64_t units; // 0 when it counts none, or nobody told
    double lag;     // units of the phase before that were done at its first own; 0: not seen
    double ahead;   // bytes of an upload that counted before they had arrived; 0: not seen
    // What the tracker took the whole for at pace_checks, seconds; 0: it did not see it.
    double pace_s[PACE_CHECKS];
};

// What one cost class was seen to cost.
struct record_class {
    char name[PLAN_CLASS_NAME]; // "": no more classes
    double cost;                // of one unit, in plain ones
    double units;               // that were timed
};

// What the tracker believed at one moment, to be held against what came.
struct record_check {
    float elapsed_s; // since submit
    float left_s;    // median of the time left, before any calibration
    float sigma;     // of its logarithm
};

enum { RECORD_CHECKS = 8 }; // one for each eighth of the bar

struct record {
    enum export_type type;
    struct features features; // bytes_out: the true ones
    struct record_phase phases[PHASE_COUNT];
    double frames_guess; // of the output, as told at submit; 0: not told, or by nobody better
    double total_s;      // of the phases that are here: with QUEUE and STARTUP from submit on
    enum outcome outcome;
    bool by_worker; // the times were stamped by the worker itself ("src":"worker")
    bool simulated; // progress of this job was simulated: its times may be the simulation's
    bool censored;  // a phase is missing, or not known to its end (a retry, a lost stream)
    int64_t at_ms;  // wall time of the end, since 1970
    // What the job's tracker noticed by itself (tracker_record()); all zero when there was none. A
    // check with a left_s of 0: there was none in that eighth.
    struct record_check checks[RECORD_CHECKS];
    struct record_class classes[PLAN_MAX_CLASSES];
};

// Why a record teaches nothing.
enum record_flaw {
    RECORD_SOUND,
    RECORD_NOT_WORKERS, // times not stamped by the worker
    RECORD_SIMULATED,
    RECORD_CENSORED,
    RECORD_INCOMPLETE, // the job failed or was cancelled
    RECORD_NONSENSE,   // no phase, a time that is negative, not finite, or longer than the total
    RECORD_FLAW_COUNT
};

enum record_flaw record_flaw(const struct record *record);
const char *record_flaw_name(enum record_flaw flaw); // "not stamped by the worker"; "" when sound

// The seconds that phase k would have taken alone: busy when told, else wall. 0: nothing known.
double record_own_s(const struct record *record, enum phase k);
