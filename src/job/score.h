// SPDX-License-Identifier: GPL-3.0-or-later
// score.h — how honest a bar was, on one job of which the end is known (docs/accuracy-method.md).
//
// T is the time from submit to the usable result, d the shown fraction, R the true time left, R10,
// R50, R90 what was said of it. Pure; seconds and shares.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/panel.h"
#include "job/relay.h"

enum { SCORE_POINTS = 4 };
extern const double score_points[SCORE_POINTS]; // 10, 25, 50, 75 % of T

struct score {
    double total_s;
    double linearity;               // M1: mean |d − t / T|
    double worst;                   // M2: max |d − t / T|
    bool told[SCORE_POINTS];        // was a time left said there?
    double eta_error[SCORE_POINTS]; // M3: |R50 − R| / R
    double eta_share[SCORE_POINTS]; // M4: |R50 − R| / T
    bool has_cover;                 // was an interval said at the random moment?
    bool below_high, inside;        // M5: R ≤ R90; R10 ≤ R ≤ R90
    bool has_width;
    double width;       // M6: mean (R90 − R10) / R over the points
    double falls;       // M7: samples with d below the one before
    double jump;        // M8: largest Δd in half a second before the end
    double stall_s;     // M9: longest time with Δd < 0.001
    double cliff;       // M10: 1 − d at the confirmed end
    double at99;        // M11: share of T with d ≥ 0.99
    double churn;       // M12: Σ |ΔR50 + Δt| / T
    bool stalled;       // M15: was the job ever said to hang?
    bool has_first;     // M13: was a time left ever said?
    double first_s;     // when first
    struct relay relay; // M14, M16: of the tracker alone
};

// Judges `count` samples in order of time, of a job that took end_ns > 0. `moment` in (0, 1) is the
// random share of T at which coverage is looked at. Samples behind the end are the last glide.
void score_samples(const struct sample *samples, size_t count, int64_t end_ns, double moment,
                   struct score *ret);
// A moment between 5 and 95 % that only depends on the name.
double score_moment(const char *name);
