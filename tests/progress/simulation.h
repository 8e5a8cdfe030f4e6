// SPDX-License-Identifier: GPL-3.0-or-later
// simulation.h — framing_ai jobs whose form is not the estimator's, in virtual time.
//
// Frame by frame: heavy-tailed frame times with slow drift, a slow first frame, a machine that
// throttles, an encoder that looks ahead and flushes at the end, bounded queues of frames, coarse
// reports (every 10 frames or 500 ms). From a seed; the same seed gives the same job.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "progress/model.h"
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

// One job as it will be.
struct simulated_job {
    int frames;
    double startup_s, init_s, frame_s, encode_s, chunk_s, upload_s, finalize_s;
    uint64_t frame_bytes, upload_bytes;
    double first_s;    // the first frame takes so much longer
    int lookahead;     // frames the encoder holds back
    int throttle_from; // frame
    double throttle;   // factor from there on
    double stall_s;    // a frame in the middle that takes so much longer
    struct features features;
};

struct simulated_event {
    double at_s;
    enum { SIM_PLAN, SIM_BEGIN, SIM_REPORT, SIM_END } kind;
    enum phase phase;
    uint64_t done;
};

struct simulation {
    struct simulated_job job;
    struct plan plan;
    struct simulated_event *events; // in order of time
    size_t count, room;
    double busy_s[PHASE_COUNT], wall_s[PHASE_COUNT];
    double total_s;
    double stall_from_s, stall_to_s; // 0: none
};

// A job of this kind; of a description.
void simulation_init(struct simulation *s, const struct simulation_kind *kind, uint64_t seed);
void simulation_run(struct simulation *s, const struct simulated_job *job, struct rng *rng);
void simulation_done(struct simulation *s);
// Feeds event i to a tracker whose job began at 0.
void simulation_feed(const struct simulation *s, size_t i, struct tracker *t);

enum { ETA_POINTS = 4 }; // 10, 25, 50, 75 % of T

// What a viewer saw of one job (docs/progress.md, "How it is judged").
struct honesty {
    double total_s;
    double linearity;                 // M1: mean |d − t/T|
    double worst;                     // M2: max |d − t/T|
    double eta_off[ETA_POINTS];       // M3: |R50 − R| / R
    double eta_off_whole[ETA_POINTS]; // M4: |R50 − R| / T
    double eta_error;                 // mean of M4
    bool covered;    // M5: R10 ≤ R ≤ R90 at a random moment; abstaining counts as not
    bool below_high; //     R ≤ R90
    double width;    // M6: (R90 − R10) / R there
    int falls;       // M7
    double jump;     // M8: largest Δd in 0.5 s
    double
        stall_s;  // M9: longest time with Δd below a thousandth (of a job of 100 s, else in scale)
    double cliff; // M10: 1 − d at the end
    double at_99; // M11: share of the time with d ≥ 0.99
    double churn; // M12: Σ |ΔR50 + Δt| / T
    bool stall_told;  // M15: slow or stalled during the injected stall
    bool false_alarm; //      stalled outside of it
};

struct viewer {
    const struct prior *prior; // NULL: the model's
    const struct model *model; // may be NULL
    double step_s;             // between two looks
    uint64_t seed;             // of the random moment
};
// `ret_record`: what the job teaches; may be NULL.
void simulation_judge(const struct simulation *s, const struct viewer *viewer, struct honesty *ret,
                      struct record *ret_record);
