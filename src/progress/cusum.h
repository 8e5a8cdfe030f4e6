// SPDX-License-Identifier: GPL-3.0-or-later
// cusum.h — has a phase left its model? Two-sided cumulative sums (Page 1954). Pure; a plain value.
//
// Of the standardised errors z of foresight, one a job:  S ← max(0, S + min(z, 3) − 1), and the
// same of −z; noticed above 5.5. Three jobs far off are enough, one or two alone never are; a
// steady shift by two σ takes six.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cusum_side {
    float sum;        // S
    float errors;     // Σ of the errors themselves since S was last below 1, where a drift begins
    uint32_t jobs;    // since then
    int64_t since_ms; // end of the first of them
};

struct cusum {
    struct cusum_side up, down;
};

// Adds a job with error `off` (ln of seconds over seconds foreseen) of z standard deviations. True
// when that is enough: *ret is the side that was noticed, and both start again.
bool cusum_add(struct cusum *c, double z, double off, int64_t at_ms, struct cusum_side *ret);
