// SPDX-License-Identifier: GPL-3.0-or-later
// habits.h — what is usual for a deployment's jobs, whatever their times: sizes, cold starts, costs
// of classes, how far an encoder looks ahead, restless machines. Private to model.c, split off to
// be read on its own.
//
// All are means that forget slowly, held near the shipped values until there are a few jobs.
// Pure; plain values.
#pragma once

#include "progress/prior.h"
#include "progress/record.h"

enum { HABIT_CLASSES = 8, HABIT_GAPS = 9 };

struct habit_class {
    char name[PLAN_CLASS_NAME]; // "": free
    double ln_cost, weight;
};

// Errors of paces, ln, at one of pace_checks.
struct pace_habit {
    double jobs, mean, variance;
};

// Of the jobs of one export type.
struct habits {
    struct pace_habit paces[PRIOR_COUNTED][PACE_CHECKS];
    double count[REG_COUNT], mean[REG_COUNT], variance[REG_COUNT];
    double restless, restless_count;
    double guess, guess_count; // ln of the true frames over those told at submit, mean
    double lag[PHASE_COUNT], lag_count[PHASE_COUNT];
    struct habit_class classes[HABIT_CLASSES];
};

// Of all jobs: how many were cold after idle gaps of up to 4 s, 16 s, 64 s, … (the last: unknown).
struct cold_habit {
    double jobs[HABIT_GAPS], cold[HABIT_GAPS];
};

// Of all jobs whose results went to a store: how many bytes of an upload count before they are
// there.
struct ahead_habit {
    double jobs, bytes;
};

// Of the same jobs: how many began to be sent when all of it was made, by size.
struct after_habit {
    double jobs[PRIOR_SIZES], after[PRIOR_SIZES];
};

// How much slower than the model has it everything goes at the moment, ln: processors are shared, a
// network has its hours. Believed as far as it foretold the next job so far.
struct current {
    double mean;           // of the newest jobs' errors, forgetting fast
    double squares, agree; // Σ of the mean before a job, squared, and times that job's error
};

// Learns from a sound record.
void habits_learn(struct habits *h, const struct record *record);
// Sets what a prior has of them: typical, spread, guess, restless, paces, lag, classes.
void habits_tell(const struct habits *h, struct prior *ret);

void cold_habit_learn(struct cold_habit *h, const struct features *features);
// How likely a job with these features meets a cold worker; 0.5 without any history.
double cold_habit_chance(const struct cold_habit *h, const struct features *features);

// The same of sound records; set what a prior has of them: ahead, after.
void ahead_habit_learn(struct ahead_habit *h, const struct record *record);
void ahead_habit_tell(const struct ahead_habit *h, struct prior *ret);
void after_habit_learn(struct after_habit *h, const struct record *record);
void after_habit_tell(const struct after_habit *h, struct prior *ret);

// `off`: ln of a job's seconds over what the model alone foresaw.
void current_learn(struct current *c, double off);
// The same of the next job, as far as that is foretold.
double current_tell(const struct current *c);
