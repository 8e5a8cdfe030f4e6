// SPDX-License-Identifier: GPL-3.0-or-later
// calibration.h — how far the truth usually is from the estimate, in its own standard deviations.
//
// A small table, for each eighth of the bar: the 10 %, 50 % and 90 % quantiles of
// s = ln(R / R50) / σ over past jobs (scores.h learns them), R being the time that was really left.
// The estimate's three ends are moved there: R_p = R50 exp(σ q_p). Pure; a plain value.
#pragma once

#include <stdbool.h>

#include "progress/estimator.h"
#include "progress/record.h"

struct calibration {
    bool learnt; // false: leaves every estimate as it is
    float low[RECORD_CHECKS], middle[RECORD_CHECKS], high[RECORD_CHECKS];
};

// The quantiles of a Gaussian, not learnt.
void calibration_init(struct calibration *c);
// σ of ln R, as the ends of an estimate have it.
double calibration_sigma(const struct estimate *e);
// Moves the ends of an estimate, `share` of the expected whole time having passed; between the
// middles of two eighths the table is read linearly, so that nothing leaps.
void calibration_apply(const struct calibration *c, double share, struct estimate *e);
