// SPDX-License-Identifier: GPL-3.0-or-later
// lineup.h — how long those who wait in line will wait: N jobs, W workers.
//
// Plays the queue forward: whenever a worker is free, the first in line whose user has room takes
// it (list scheduling). How long each job takes is not known but forecast, so it is played for
// LINEUP_DRAWS fixed draws of the durations, half of their spread common to all jobs (one machine)
// and half each job's own; quantiles of the starts are the answer. Pure; seconds.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { LINEUP_DRAWS = 21, LINEUP_USERS = 64 };

// A job that runs (what is left of it) or waits (all of it).
struct lineup_job {
    double median_s;
    double sigma;  // of its logarithm
    uint32_t user; // a number below LINEUP_USERS
};

struct lineup {
    const struct lineup_job *running;
    size_t running_count;
    const struct lineup_job *waiting; // in the order in which they are taken
    size_t waiting_count;
    uint32_t workers;  // ≥ 1
    uint32_t per_user; // at once
};

struct lineup_wait {
    double low_s, median_s, high_s; // 10 %, 50 %, 90 % of the time until it starts
};

// ret[i] is the wait of waiting[i].
void lineup_forecast(const struct lineup *lineup, struct lineup_wait *ret);
