// SPDX-License-Identifier: GPL-3.0-or-later
// weights.h — fixed shares of the bar per phase: the plain way, kept beside the estimator.
//
// Three sets: `first`, the ranges that users of older systems start from; `measured`, from our
// own phase times (the shipped prior is their one source); `learned`, which a deployment fills
// from its history. The tracker does not use them; replays compare against them, and older
// clients ask for them. Pure; a set is a plain value. Percent are of the whole job, 0 to 100.
#pragma once

#include <stdbool.h>

#include "progress/phase.h"

struct weight {
    bool has_range;
    double start_percent;
    double end_percent;
};

struct weight_set {
    struct weight weights[EXPORT_TYPE_COUNT][PHASE_COUNT];
};

void weights_first(struct weight_set *ret);
void weights_measured(struct weight_set *ret);

// Sets the ranges of one type from the seconds its phases took (indexed by enum phase; phases
// that the type does not have are ignored). Ranges follow each other in the type's order and
// end at 100. All zero seconds leave the set as it was.
void weights_learn(struct weight_set *set, enum export_type type,
                   const double seconds[PHASE_COUNT]);

// The overall percent by wire names: start + phase_percent / 100 × (end − start). A type, or a
// phase, that the set does not know returns phase_percent itself. "modal_" prefixes are
// accepted. phase_percent is clamped to [0, 100].
double weights_overall(const struct weight_set *set, const char *type_name, const char *phase_name,
                       double phase_percent);
