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

#include "progress/cusum.h"
#include "progress/habits.h"
#include "progress/levels.h"
#include "progress/prior.h"
#include "progress/record.h"
#include "progress/scores.h"

enum {
    MODEL_VERSION = 9,
    MODEL_DEVICES = 4, // per export type; the first stands for all forgotten ones
    MODEL_DEVICE_NAME = sizeof(((struct features *)0)->device),
};

// A deployment that has left its model: the same phase, several jobs in a row, in one direction.
struct drift {
    enum export_type type;
    char device[MODEL_DEVICE_NAME];
    enum phase phase;
    double factor;    // times as long as the model had it, so far
    int64_t since_ms; // end of the first job that was off
    int64_t at_ms;    // end of the one at which it was noticed
    uint32_t jobs;    // from the one to the other; 0: no drift
};

// What the jobs of one export type on one device have taught.
struct model_leaf {
    char device[MODEL_DEVICE_NAME];
    char engine[sizeof(((struct features *)0)->engine)]; // of the newest
    bool has_remote, remote;                             // of the newest
    uint32_t records;                                    // 0: unused
    int64_t at_ms;                                       // end of the newest
    struct level_row rows[LEVEL_ROWS];
    double products[PRIOR_PAIRS]; // Σ z_i z_j of standardised errors of one job
    double pair_count[PRIOR_PAIRS];
    struct cusum watches[PHASE_COUNT];
};

struct model_type {
    uint32_t present;   // phases that jobs of the type were seen to have
    struct drift drift; // the newest
    struct habits habits;
    struct scores scores;
    struct model_leaf leaves[MODEL_DEVICES];
};

struct model {
    uint32_t version;
    uint32_t size;    // of this struct, as its version defines it
    uint32_t records; // learnt
    uint32_t refused[RECORD_FLAW_COUNT];
    int64_t at_ms; // of the newest record
    struct cold_habit cold;
    struct ahead_habit ahead;
    struct after_habit after;
    struct current
        current[UNIT_COUNT]; // of the phases that count bytes, of those that count frames
    struct model_type types[EXPORT_TYPE_COUNT];
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
