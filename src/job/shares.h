// SPDX-License-Identifier: GPL-3.0-or-later
// shares.h — which part of the work each phase is, over many records of one export type.
//
// A phase's share is its own seconds (busy, where told) over those of all the worker's phases;
// QUEUE, STARTUP and FINALIZE, which no worker has, are left out. Phases overlap, so the shares are
// of the work, not of the clock. Pure; a plain value, all zero to begin with.
#pragma once

#include <stdint.h>

#include "progress/record.h"
#include "progress/weights.h"

struct shares {
    uint64_t records;
    double mean[PHASE_COUNT];    // in [0, 1]; 0 for a phase that a record does not have
    double squares[PHASE_COUNT]; // Σ (share − mean)²
};

// The shares of one record. False, and all zero, when it tells no seconds.
bool shares_of(const struct record *r, double ret[static PHASE_COUNT]);
void shares_add(struct shares *s, const double share[static PHASE_COUNT]);
// Standard deviation of the share of phase k; 0 with fewer than two records.
double shares_spread(const struct shares *s, enum phase k);
// Puts the mean shares into the set as ranges of its type.
void shares_weights(const struct shares *s, enum export_type type, struct weight_set *set);
