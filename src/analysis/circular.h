// SPDX-License-Identifier: GPL-3.0-or-later
// circular.h — are the phase times measured, or are they a progress bar's own assumptions?
//
// A bar that is simulated from an estimate stamps "phase ended" when its own clock passes a step.
// Who learns weights from such times learns the steps again. Three traces of that are looked for:
//
//   weights   every record's shares are those of a weight set, to half a point
//   steps     the phases end where a known simulated bar has its steps, to 1 % of its estimate,
//             and the last phase takes what is left of the total
//   estimate  over several records, each phase but the last is a fixed fraction of one estimate
//             (told in the log, or one that nobody told), to 2 % of itself, and the last takes
//             what is left
//
// Pure; a plain value.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "analysis/samples.h"
#include "progress/weights.h"

struct named_weights {
    const char *name; // "first"
    const struct weight_set *set;
};

struct circular {
    const char *weights; // the set whose shares they are; NULL: none
    double weights_off;  // the largest difference, in points
    bool steps;          // of the known simulated bar
    double bar_estimate; // of the sample shown: its estimate, seconds
    size_t bar_sample;   // which of the samples
    bool estimate;       // fixed fractions of an estimate
    bool estimate_told;  // of estimated_s; else of one that the phases share
    double fractions[PHASE_COUNT];
    enum phase last; // that takes what is left
};

// Looks at n samples of one type; of those sets, the first that fits is named. False: no trace.
bool circular_check(const struct sample *samples, size_t n, const struct named_weights *sets,
                    size_t set_count, struct circular *ret);
// Says it in one sentence or two, with the arithmetic.
void circular_text(const struct circular *c, const struct sample *samples, char *dst, size_t size);
