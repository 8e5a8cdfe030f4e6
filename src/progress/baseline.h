// SPDX-License-Identifier: GPL-3.0-or-later
// baseline.h — the usual ways to show progress, for comparison: the estimator is judged beside
// them on the same recorded jobs (`headway replay`, `headway score`).
//
// Each is given the bookkeeping that the tracker does anyway (counts made monotone, phases begun
// and ended, attempts) and is held from falling, so that it is seen at its best.
//
//   simulated       elapsed / (fixed + seconds per frame × frames), refitted
//   first           the fixed ranges of weights.h, each filled by its phase's own fraction
//   fixed           the same with shares refitted
//   frames          frames done / frames; the rate forgets exponentially, as tqdm has it
//   passes          the mean of the phases' fractions
//   oracle_weights  `fixed` with the shares that this very job will turn out to have
//   oracle_total    elapsed / the total that it will turn out to take
//
// The oracles know the future: they are bounds, not contenders. Pure; plain values.
#pragma once

#include "progress/baseline_fit.h"
#include "progress/tracker.h"

enum baseline_kind {
    BASELINE_SIMULATED,
    BASELINE_FIRST,
    BASELINE_FIXED,
    BASELINE_FRAMES,
    BASELINE_PASSES,
    BASELINE_ORACLE_WEIGHTS,
    BASELINE_ORACLE_TOTAL,
    BASELINE_COUNT
};

// One job under one of them.
struct baseline {
    enum baseline_kind kind;
    const struct baseline_fit *fit; // borrowed
    const struct record *future;    // borrowed; what oracles know, NULL for the others
    double shown;                   // the largest fraction so far
    // -- frames alone
    double counted, counted_s; // of the newest count, and when
    double ema_units, ema_s;
};

struct baseline_view {
    double fraction;
    bool has_eta;
    double eta_s;
};

const char *baseline_name(enum baseline_kind kind); // "simulated"
// False, and *ret unchanged, when there is none of that name.
bool baseline_from_name(const char *name, enum baseline_kind *ret);
bool baseline_is_oracle(enum baseline_kind kind);

void baseline_init(struct baseline *b, enum baseline_kind kind, const struct baseline_fit *fit,
                   const struct record *future);
// What it shows at the moment of the snapshot; moments must not run backwards.
void baseline_show(struct baseline *b, const struct snapshot *now, const struct features *features,
                   struct baseline_view *ret);
