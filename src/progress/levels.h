// SPDX-License-Identifier: GPL-3.0-or-later
// levels.h — one line of the model, ln y = β · x, believed at four levels. Private to model.c,
// split off to be read on its own.
//
// shipped prior → this deployment → the export type in it → the device of that type. A level's
// belief is the one above, widened by how far the two may be apart, and sharpened by the records
// that the level below does not have: so none counts twice. Pure; plain values.
#pragma once

#include "progress/prior.h"
#include "progress/ridge.h"

enum {
    LEVEL_ROWS = PHASE_COUNT + 1,  // the phases' seconds, and the bytes of the output
    LEVEL_BYTES_OUT = PHASE_COUNT, // that row
};

// What one device of one type has taught about a row.
struct level_row {
    struct ridge ridge; // of what the shipped prior does not explain
    double squares;     // Σ w e² of errors of foresight, each scaled to the scatter alone
    double count;       // of those, forgetting
};

// x of a row for a job: its own regressors, from their typical values.
void level_x(int row, const struct regression *reg, double x[static RIDGE_MAX]);
// What the records of another device are worth to the level above it, of their number: they all
// share what that device, and its type if it is another one, have of their own.
double level_worth(int row, double records, bool other_type);
// What the shipped prior has for the row: ln y, and how far another machine may be off.
double level_shipped(const struct prior *shipped, int row, const struct regression *reg);
double level_shipped_sigma(const struct prior *shipped, int row);

// Variance of ln y from job to job on one machine; `own` may be NULL: nothing seen.
//   s² = (Σ w e² + 4 s₀²) / (n + 4)
double level_scatter(const struct level_row *own, int row);

// The records of one row by where they come from; each without those of the ones after it.
struct level_pools {
    struct ridge types;          // of other export types
    struct ridge devices;        // of this type on other devices
    const struct level_row *own; // of this device; NULL: none
};
void level_believe(const struct level_pools *pools, int row, double shipped_sigma,
                   struct belief *ret);
// Adds what is believed to the coefficients of the shipped prior's row.
void level_tell(const struct belief *belief, int row, float *coefficients);
