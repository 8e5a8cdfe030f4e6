// SPDX-License-Identifier: GPL-3.0-or-later
// retry.h — how long to wait before a request is tried again, and when to give up. Pure.
//
// The wait doubles from RETRY_FIRST_MS to RETRY_MOST_MS; the first half of it is fixed, the rest
// is chance, so that many clients that failed together do not come back together. What the store
// asked for (Retry-After) is waited at least, up to RETRY_ASKED_MS.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { RETRY_FIRST_MS = 100, RETRY_MOST_MS = 8000, RETRY_ASKED_MS = 60000 };

struct retry {
    int attempts; // at most, the first included
    int made;
    uint64_t chance; // state of the generator
};

void retry_init(struct retry *r, int attempts, uint64_t seed);
// An attempt has failed: may there be another, and after which wait? `asked_ms` is 0 when the store
// asked for nothing.
bool retry_again(struct retry *r, int64_t asked_ms, int64_t *ret_wait_ms);
// The last attempt got further than those before it: it counts as the first.
void retry_progressed(struct retry *r);
