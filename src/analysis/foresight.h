// SPDX-License-Identifier: GPL-3.0-or-later
// foresight.h — what our own estimator would have said before each job, had it run then.
//
// A model that begins with the shipped prior learns from the samples one after the other; each is
// foretold from the model as it was before it, so nothing is judged by what it taught. Pure.
#pragma once

#include <stddef.h>

#include "analysis/samples.h"

// Fills the foresight of n samples, which are in the order of their ends. drifts: for each type,
// what the model noticed on the way (drift_news()).
void foresight_fill(struct sample *samples, size_t n,
                    struct drifts drifts[static EXPORT_TYPE_COUNT]);
