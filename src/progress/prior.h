// SPDX-License-Identifier: GPL-3.0-or-later
// prior.h — from what is known of a job to a forecast of its phase times.
//
// A prior is a block of numbers: per phase k a line ln T_k = β_kᵀx + ε_k over the regressors
// below, and one covariance of ε over the phases (docs/progress.md, "What we believe"). The
// shipped prior fills it by rule of thumb; a model learnt from history fills the same block, so
// everything above works unchanged. A regressor that a job cannot tell takes its typical value
// and its usual spread widens every phase that leans on it, all in the same direction.
//
// Pure; plain values, free of pointers.
#pragma once

#include <stdint.h>

#include "progress/calibration.h"
#include "progress/forecast.h"
#include "progress/phase.h"
#include "progress/plan.h"

// x, in the order of the columns of β.
enum regressor {
    REG_ONE,            // 1
    REG_COLD,           // 1 when the worker or its model had to be started, else 0
    REG_FRAMES_UPSCALE, // ln frames the network sees
    REG_FRAMES_OUTPUT,  // ln frames of the film
    REG_PIXELS_IN,      // ln pixels of one frame as the network sees it
    REG_PIXELS_OUT,     // ln pixels of one output frame
    REG_BYTES_IN,       // ln bytes
    REG_BYTES_OUT,      // ln bytes; guessed from the output's pixels when not known
    REG_ENGINE,         // ln MFLOP per input pixel
    REG_QUALITY,        // ln of the encoder's cost at this setting / at "fast"
    REG_REMOTE,         // 1 when bytes go over a network, 0 when they are on this machine
    REG_CONTENTION,     // ln of threads that want a processor, ours among them, for each; 0: enough
    REG_DEVICE,         // ln seconds per MFLOP, from instruction set and cores
    REG_COUNT
};

enum { PRIOR_PAIRS = PHASE_COUNT * (PHASE_COUNT - 1) / 2 };

// Output bytes before the encoder has spoken: ln bytes = β · (1, ln frames, ln pixels of one, ln
// cost of the encoder's setting), as differences from their typical values.
enum { BYTES_OUT_TERMS = 4 };

// The phases that count, in their order; sizes of results: up to 1 MB, 4 MB, 16 MB, … (the last:
// more).
enum { PRIOR_COUNTED = 8, PRIOR_SIZES = 6 };

struct prior_class {
    char name[PLAN_CLASS_NAME]; // "": none
    float cost;
};

struct prior {
    uint32_t present; // bit k: jobs of this type have phase k, as far as history knows
    uint32_t records; // jobs it was learnt from; 0 for the shipped one
    float beta[PHASE_COUNT][REG_COUNT];
    float sigma[PHASE_COUNT];       // standard deviation of ε_k, in ln seconds
    float correlation[PRIOR_PAIRS]; // of ε: pair (i, j), i > j, at i (i − 1) / 2 + j
    float typical[REG_COUNT];       // x of a job that does not tell (REG_COLD: how likely it is)
    float spread[REG_COUNT];        // and its standard deviation
    float bytes_out[BYTES_OUT_TERMS], bytes_out_sigma;
    float lag[PHASE_COUNT];   // units of the phase before that it lets pass before its first own
    float after[PRIOR_SIZES]; // how likely an upload to a store begins when all of it is made
    float ahead;              // bytes of an upload that count before they have arrived at a store
    // What came of paces: how far ln of a phase's own time is from that of its pace at pace_checks,
    // the mean (held near 0), the variance around it, and of how many jobs.
    float pace_bias[PRIOR_COUNTED][PACE_CHECKS], pace_variance[PRIOR_COUNTED][PACE_CHECKS];
    float pace_jobs[PRIOR_COUNTED];
    float guess;    // ln of the true frames over those told at submit
    float restless; // variance of ln: how far the second half's pace is from the first one's
    struct prior_class classes[PLAN_MAX_CLASSES]; // learnt costs
    struct calibration calibration;               // of the interval
};

// The prior that comes with the program. QUEUE is not in it: a job waits only where one is told.
void prior_shipped(enum export_type type, struct prior *ret);
// For a job of which no history knows anything: 1.0 s per frame to upscale (or to process), as
// simulated bars have it, and little for the rest.
void prior_simulated(enum export_type type, struct prior *ret);

// x of a job, and how far each may be off.
struct regression {
    double x[REG_COUNT];
    double spread[REG_COUNT];
};
void prior_regress(const struct prior *prior, const struct features *features,
                   struct regression *ret);
// Its ln T_k, the middle of what is believed.
double prior_line(const struct prior *prior, enum phase k, const struct regression *reg);
// What x is for a job that does not tell, by the shipped prior; the origin of learnt lines.
double prior_typical(enum regressor r);
// The row of phase k among those that count; -1: it does not.
int prior_counted(enum phase k);
// The row of a result of so many bytes, ln.
int prior_size(double ln_bytes);
// Where the correlation of phases i ≠ j is kept.
int prior_pair(enum phase i, enum phase j);

// The forecast for a job.
void prior_forecast(const struct prior *prior, const struct features *features,
                    struct forecast *ret);

// What a unit of this cost class costs, in plain ones: as learnt, else prior_class_cost().
double prior_unit_cost(const struct prior *prior, const char *class_name);
// How much dearer a unit of this cost class usually is than a plain one: what is known of the name,
// or what it says itself ("x2.25"); 1 for other names.
double prior_class_cost(const char *class_name);
