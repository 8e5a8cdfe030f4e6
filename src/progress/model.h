// SPDX-License-Identifier: GPL-3.0-or-later
// model.h — what a deployment has learnt from its own finished jobs.
//
// Data flow: struct record of a finished job → model_learn() → model_prior() for the next one →
// tracker_init(). A log-linear model of the phase times with four levels, each shrinking to the
// one above: the shipped prior, the deployment, the export type in it, the device of that type
// (docs/progress.md, "What history teaches").
//
// Pure; no allocation. A struct model is one flat value without pointers: its bytes are its
// serialised form on this kind of machine, and model_load() takes only what it can trust.
// Threads: one owner; readers may copy it. Size: see sizeof; keep it off small stacks.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "progress/prior.h"
#include "progress/record.h"
#include "progress/ridge.h"

enum {
    MODEL_VERSION = 1,
    MODEL_DEVICES = 4,             // per export type; the first stands for all forgotten ones
    MODEL_ROWS = PHASE_COUNT + 1,  // the phases' seconds, and the bytes of the output
    MODEL_BYTES_OUT = PHASE_COUNT, // that row
};

// One line ln y = β · x of one device (or one phase's seconds, or output bytes).
struct model_row {
    struct ridge ridge; // of what the shipped prior does not explain
    double squares;     // Σ w r² of the errors of foresight, scaled
    double count;       // Σ w of those
};

// Page's two-sided CUSUM over the standardised errors of one phase.
struct model_watch {
    float up, down;
    float up_sum, down_sum; // Σ of the errors themselves, ln
    uint32_t up_jobs, down_jobs;
    int64_t up_ms, down_ms; // end of the first of those
};

// A deployment that has left its model: the same phase, several jobs in a row, in one direction.
struct drift {
    enum export_type type;
    char device[48];
    enum phase phase;
    double factor;    // times as long as the model had it, so far
    int64_t since_ms; // end of the first job that was off
    uint32_t jobs;    // that were off when it was noticed; 0: no drift
};

struct model_leaf {
    char device[48];
    uint32_t records; // 0: unused
    int64_t at_ms;    // of the newest
    struct model_row rows[MODEL_ROWS];
    double products[PRIOR_PAIRS]; // Σ r_i r_j of standardised errors of one job
    double pair_count[PRIOR_PAIRS];
    struct model_watch watches[PHASE_COUNT];
};

struct model {
    uint32_t version;
    uint32_t size;    // of this struct, as its version defines it
    uint32_t records; // learnt
    uint32_t refused[RECORD_FLAW_COUNT];
    uint32_t present[EXPORT_TYPE_COUNT];    // phases that jobs of the type were seen to have
    int64_t at_ms;                          // of the newest record
    struct drift drifts[EXPORT_TYPE_COUNT]; // the newest of each type
    struct model_leaf leaves[EXPORT_TYPE_COUNT][MODEL_DEVICES];
};

// A model that knows the shipped prior and nothing else.
void model_init(struct model *model);
// Takes `bytes` as a model when they are one of this version and sound; false leaves *ret alone.
bool model_load(struct model *ret, const void *bytes, size_t size);

// Learns from one finished job, in the order of their ends. A record that teaches nothing is
// refused, counted, and its flaw returned; RECORD_SOUND: learnt.
enum record_flaw model_learn(struct model *model, const struct record *record);

// The belief about a job of this type that is known so far by `features`. An unknown device is
// taken to be the one seen last. A job may be given a better prior when its worker has spoken
// (tracker_prior()).
void model_prior(const struct model *model, enum export_type type, const struct features *features,
                 struct prior *ret);

// The newest drift of a type, if there was one. False: its jobs are as the model has them.
bool model_drift(const struct model *model, enum export_type type, struct drift *ret);
