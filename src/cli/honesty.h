// SPDX-License-Identifier: GPL-3.0-or-later
// honesty.h — how far the bar was from the truth, known once the job has ended.
//
// The truth at time t is t / T, T being the time until the result was usable. What the viewer
// saw is sampled as it is shown; at the end the differences are known. Metrics M1 and M2 of
// docs/progress.md. Threads: one owner.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct honesty_sample {
    int64_t elapsed_ns;
    double shown; // fraction
};

struct honesty {
    struct honesty_sample *samples; // one every HONESTY_STEP_NS at most
    size_t count, capacity;
};

#define HONESTY_STEP_NS INT64_C(100000000)

void honesty_add(struct honesty *h, int64_t elapsed_ns, double shown);
// Mean and largest |shown − elapsed / total| over the samples up to total_ns; 0 without samples.
void honesty_errors(const struct honesty *h, int64_t total_ns, double *ret_mean, double *ret_worst);
void honesty_done(struct honesty *h);
