// SPDX-License-Identifier: GPL-3.0-or-later
// spec_features.h — what a spec alone tells of how much work it is, before any source is opened.
//
// Good enough to place a job in a queue and to start its bar; the worker's plan replaces it. A rate
// that is not asked for is taken as 30 frames a second. Pure.
#pragma once

#include "job/spec.h"
#include "progress/plan.h"

void spec_features(const struct spec *spec, struct features *ret);
