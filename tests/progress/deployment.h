// SPDX-License-Identifier: GPL-3.0-or-later
// deployment.h — one machine and the jobs it gets, one after the other. Not of the model's form.
//
// What stays: how fast it is, super-linear frames, its network, how long a cold start takes and how
// soon a worker is put away. What changes from job to job: sizes, idle gaps, and a speed with
// heavy tails. From a seed.
#pragma once

#include "progress/model.h"
#include "simulation.h"

struct deployment {
    struct rng rng;
    double speed;        // frame time over the prior's
    double growth;       // frame time ∝ frames^growth
    double wobble;       // ln, of the speed from job to job
    double encode_share; // of the time of a small frame
    double compile_s;    // more for the first frame
    double bytes_per_s;  // of the network
    double warm_start_s, cold_start_s, load_s;
    double keeps_warm_s;
    double bytes_per_px;
    int lookahead;
    double longest_s;
    bool always_cold;
};

void deployment_init(struct deployment *d, uint64_t seed);
// The next job.
void deployment_next(struct deployment *d, struct simulation *ret);
// Runs n jobs, one after the other, and lets the model learn from them.
void deployment_teach(struct deployment *d, struct model *model, int n);
