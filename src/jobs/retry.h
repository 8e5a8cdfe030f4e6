// SPDX-License-Identifier: GPL-3.0-or-later
// retry.h — may a failed attempt be tried again, and when? Pure; milliseconds.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct retry_policy {
    uint32_t max_attempts; // ≥ 1
    int64_t first_ms;      // before the second attempt; doubled for each further one
    int64_t longest_ms;    // no wait is longer; each is shortened by up to a half at random
};

// `attempt` (from 1) ended with `error`. `random` in [0, 1) spreads the retries of many jobs that
// failed together. False: this error, or the number of attempts, allows no other.
bool retry_after(const struct retry_policy *policy, uint32_t attempt, const struct error *error,
                 double random, int64_t *ret_wait_ms);
