// SPDX-License-Identifier: GPL-3.0-or-later
// scores.h — the errors of past estimates, and the interval that they ask for.
//
// Split conformal prediction (Vovk, Gammerman, Shafer 2005; Lei et al. 2018): the score of a check
// is s = ln(R / R50) / σ, taken from a run that the estimate had not learnt from; its quantiles
// over past runs are those of the next one. Each eighth of the bar has its own last 64 scores, lent
// some by its neighbours and some by the Gaussian until it has enough. The level at which they are
// read is adapted to what is covered in fact (Gibbs, Candès 2021). Pure; a plain value.
#pragma once

#include <stdint.h>

#include "progress/calibration.h"
#include "progress/record.h"

enum { SCORES_KEPT = 64 };

struct scores {
    float low_level, high_level;             // aimed at: 0.1, 0.9
    uint32_t count[RECORD_CHECKS];           // seen so far; the newest SCORES_KEPT are kept
    float score[RECORD_CHECKS][SCORES_KEPT]; // in a ring
};

void scores_init(struct scores *s);
// Learns from the checks of a finished run. Returns how many there were.
int scores_learn(struct scores *s, const struct record *record);
void scores_calibrate(const struct scores *s, struct calibration *ret);
