// SPDX-License-Identifier: GPL-3.0-or-later
// job_features.h — what is known of a job (struct features of plan.h), as more is told. Pure.
#pragma once

#include "progress/plan.h"

// What is known now replaces what was known before; what is not leaves it.
void features_learn(struct features *f, const struct features *known);
