// SPDX-License-Identifier: GPL-3.0-or-later
// retry.c — see retry.h.
#include "jobs/retry.h"

bool retry_after(const struct retry_policy *policy, uint32_t attempt, const struct error *error,
                 double random, int64_t *ret_wait_ms)
{
    if (!error->retryable || attempt >= policy->max_attempts)
        return false;
    int64_t wait_ms = policy->first_ms;
    for (uint32_t i = 1; i < attempt && wait_ms < policy->longest_ms; i++)
        wait_ms *= 2;
    if (wait_ms > policy->longest_ms)
        wait_ms = policy->longest_ms;
    *ret_wait_ms = wait_ms - (int64_t)((double)wait_ms / 2 * random);
    return true;
}
