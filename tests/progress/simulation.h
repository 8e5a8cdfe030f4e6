// SPDX-License-Identifier: GPL-3.0-or-later
// simulation.h — framing_ai jobs whose form is not the estimator's, in virtual time.
//
// Frame by frame: heavy-tailed frame times with slow drift, a slow first frame, a machine that
// throttles, an encoder that looks ahead and flushes at the end, bounded queues of frames, coarse
// reports (every 10 frames or 500 ms). From a seed; the same seed gives the same job.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "progress/tracker.h"

struct rng {
    uint64_t state;
};
double rng_uniform(struct rng *rng, double low, double high);
double rng_log_uniform(struct rng *rng, double low, double high);
double rng_normal(struct rng *rng);

struct simulation_kind {
    double speed_error_low, speed_error_high; // true frame time over the prior's
    double shortest_s, longest_s;             // wanted time of the upscaler, by the prior
    bool throttles;                           // slows down by 2 in the middle third
};

struct simulated_event {
    double at_s;
    enum { SIM_PLAN, SIM_BEGIN, SIM_REPORT, SIM_END } kind;
    enum phase phase;
    uint64_t done;
};

struct simulation {
    struct features features;
    struct plan plan;
    struct simulated_event *events; // in order of time
    size_t count, room;
    double total_s;
};

void simulation_init(struct simulation *s, const struct simulation_kind *kind, uint64_t seed);
void simulation_done(struct simulation *s);
// Feeds event i to a tracker whose job began at 0.
void simulation_feed(const struct simulation *s, size_t i, struct tracker *t);

// What a viewer saw of one job (docs/progress.md, "How it is judged").
struct honesty {
    double total_s;
    double linearity; // mean |d − t/T|
    double worst;     // max |d − t/T|
    double jump;      // largest Δd in 0.5 s
    double stall_s;   // longest time with Δd below a thousandth (of a job of 100 s, else in scale)
    double cliff;     // 1 − d at the end
    double eta_error; // mean |R50 − R| / T at 10, 25, 50, 75 % of T
    bool covered;     // R10 ≤ R ≤ R90 at a random moment; abstaining counts as not
};
void simulation_judge(const struct simulation *s, const struct prior *prior, uint64_t seed,
                      struct honesty *ret);
