// SPDX-License-Identifier: GPL-3.0-or-later
// pace_trust.h — what a pace is worth: how far the whole's time will be from it.
//
// Of n jobs history knows what came of paces at four shares of the work (habits.h); that counts
// n / (n + 8). The rest is the pace's own scatter and a drift, φ² (1 − f) / f with φ² = restless /
// 10 (docs/progress.md). Private to outlook.c, split off to be read on its own. Pure.
#pragma once

#include "progress/estimator.h"
#include "progress/prior.h"

// Takes share, pace_s and pace_variance (that of the pace's own scatter); sets pace_bias,
// pace_variance and rest_variance. `k` is a phase that counts.
void pace_trust(const struct prior *prior, enum phase k, struct evidence *e);
