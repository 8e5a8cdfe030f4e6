// SPDX-License-Identifier: GPL-3.0-or-later
// job_record.h — the benchmark record of a job that has ended, as its receiver knows it.
//
// The worker's own line tells what the worker saw. The receiver knows more: how long the worker
// took to come up, the time from submit on, what had been believed on the way. So history stores
// this one. Pure.
#pragma once

#include "job/benchmark.h"
#include "job/snapshot_json.h"

struct tracker;

struct job_end {
    const struct tracker *tracker;
    const struct job_snapshot *last;   // after the tracker was told the end
    const struct event_result *result; // what its worker said
    double total_s;                    // from submit to the verified output
    double estimated_s;                // the total expected when the plan was known; 0: nothing
    int64_t at_ms;                     // wall time of the end
};

void job_record(const struct job_end *end, struct benchmark *ret);
