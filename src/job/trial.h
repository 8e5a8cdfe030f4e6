// SPDX-License-Identifier: GPL-3.0-or-later
// trial.h — a whole corpus of recorded jobs through every estimator, fairly.
//
// The jobs are gone through in the order of their submits, as one deployment would have seen them.
// Before each, a fresh model and a fresh fit of the baselines learn the `learn` jobs that ended
// last before this one was submitted, and nothing else; a job that had not ended by then teaches
// it nothing. So every job is judged with the same amount of history, and none with the future.
//
// Pure; deterministic. Ownership: borrows the traces.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "job/score.h"

enum { TRIAL_BINS = 20 };

// Nobody reads a bar that is gone within this time: such jobs are a stratum of their own and in no
// other figure.
#define TRIAL_BRIEF_S 2.0

// What a job was like: by these the results are told apart.
struct trial_traits {
    enum export_type type;
    bool cold;    // by its worker's hello
    bool retried; // more than one attempt
    bool cut;     // the stream of reports broke
    bool coarse;  // under 8 counts of the phase that counted most
    bool brief;   // over within TRIAL_BRIEF_S
    double total_s;
    char label[TRACE_MAX_LABEL];
};

struct trial_run {
    char id[EVENT_MAX_NAME];
    struct trial_traits traits;
    struct score scores[PANEL_COUNT];
    // mean |d − t / T| in each twentieth of T, where off_count says that there was a sample
    float off[PANEL_COUNT][TRIAL_BINS];
    float off_count[TRIAL_BINS];
};

struct trial_options {
    size_t learn;     // jobs that are learnt before each
    size_t least;     // judged only when so many, at least `learn`, had ended before
    int64_t every_ns; // between two samples
    size_t first;     // of the traces, the first that is judged
};

struct trial {
    struct trial_run *runs; // those judged: complete, from `first` on, with history enough
    size_t count;
    size_t censored;  // not judged: without an end, or not complete
    size_t too_early; // not judged: fewer jobs than `learn` had ended before
};

// `traces` in the order of their submits. ERR_LIMIT: a trace is too long to be replayed.
MUST_USE enum status trial_hold(const struct trace *traces, size_t count,
                                const struct trial_options *options, struct trial *ret,
                                struct error *err);
// Judges samples that were shown elsewhere, as lines (sample_line.h) of the traces named in them:
// scores[PANEL_TRACKER] alone is filled. ERR_INVALID names the line: no sample, of a trace that is
// not here, earlier than the one before, or the first one later than the submit.
MUST_USE enum status trial_lines(const struct trace *traces, size_t count, const char *text,
                                 size_t n, struct trial *ret, struct error *err);
void trial_done(struct trial *trial);

// Looks a trace through.
void trial_look(const struct trace *trace, struct trial_traits *ret);
