// SPDX-License-Identifier: GPL-3.0-or-later
// replay.h — a recorded job once more, in virtual time, under the tracker that servers run.
//
// Data flow: struct trace → feed → tracker → struct snapshot, ten times a second of the trace's
// own time, whatever the rate at which samples are wanted. So two replays of one trace are the
// same to the last bit, and a sample does not depend on the rate.
//
// Pure. Ownership: borrows the trace and the model. Threads: none of its own.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "job/benchmark.h"
#include "job/trace.h"
#include "progress/model.h"

#define REPLAY_STEP_NS INT64_C(100000000)
enum { REPLAY_MAX_STEPS = 36000000 }; // of one trace: a thousand hours

struct replay_options {
    const struct model *model; // NULL: the shipped prior alone
    int64_t every_ns;          // between two samples; a multiple of REPLAY_STEP_NS
    double idle_s;             // since the deployment's job before ended; negative: not known
    // Called with each sample, in order: at 0, every_ns, … before the end, at the end as it was
    // shown until then, and where the bar has glided to (a complete job only). May be NULL.
    void (*on_sample)(void *context, int64_t t_ns, const struct snapshot *now,
                      const struct features *known);
    void *context;
};

// The same step by step. A copy goes its own way from there on.
struct replay;

struct replay_sample {
    int64_t t_ns;
    bool last_shown;            // at the end: what stood there until then
    bool told;                  // the end has been heard of: first at its own time, then glided
    const struct snapshot *now; // until the next step
    const struct features *known;
};

// options->on_sample is not called. ERR_LIMIT as below.
MUST_USE enum status replay_new(const struct trace *trace, const struct replay_options *options,
                                struct replay **ret, struct error *err);
struct replay *replay_copy(const struct replay *replay);
void replay_free(struct replay *replay);
AUTO_DEFINE(struct replay, replay_free)
// One step of the trace's time. False when there is no further one.
bool replay_next(struct replay *replay, struct replay_sample *ret);
// Is this step one of those that on_sample() gets?
bool replay_is_sample(const struct replay *replay, const struct replay_sample *at);
// What the job teaches, after the last step; meaningless when the trace is censored.
void replay_record(const struct replay *replay, struct benchmark *ret);
// From now on nothing is heard of the job until to_ns, and then all at once; its end, too. After
// REPLAY_SILENCE_NS the receiver says that it does not know, as a server does. Until then steps are
// of a second.
void replay_cut(struct replay *replay, int64_t to_ns);

#define REPLAY_SILENCE_NS INT64_C(10000000000)

// Replays the trace. *ret is what the job teaches; meaningless when the trace is censored.
// ERR_LIMIT: it lasts longer than REPLAY_MAX_STEPS. `ret` may be NULL.
MUST_USE enum status replay_run(const struct trace *trace, const struct replay_options *options,
                                struct benchmark *ret, struct error *err);
