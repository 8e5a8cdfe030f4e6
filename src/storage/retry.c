// SPDX-License-Identifier: GPL-3.0-or-later
// retry.c — see retry.h.
#include "storage/retry.h"

void retry_init(struct retry *r, int attempts, uint64_t seed)
{
    *r = (struct retry){.attempts = attempts, .chance = seed};
}

// splitmix64 (Steele, Lea, Flood 2014): any seed is fine.
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

bool retry_again(struct retry *r, int64_t asked_ms, int64_t *ret_wait_ms)
{
    r->made++;
    if (r->made >= r->attempts)
        return false;
    int64_t most_ms = RETRY_FIRST_MS;
    for (int i = 1; i < r->made && most_ms < RETRY_MOST_MS; i++)
        most_ms *= 2;
    if (most_ms > RETRY_MOST_MS)
        most_ms = RETRY_MOST_MS;
    int64_t wait_ms = most_ms / 2 + (int64_t)(next(&r->chance) % (uint64_t)(most_ms / 2 + 1));
    if (asked_ms > RETRY_ASKED_MS)
        asked_ms = RETRY_ASKED_MS;
    *ret_wait_ms = asked_ms > wait_ms ? asked_ms : wait_ms;
    return true;
}

void retry_progressed(struct retry *r)
{
    r->made = 0;
}
