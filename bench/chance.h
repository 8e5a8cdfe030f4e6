// SPDX-License-Identifier: GPL-3.0-or-later
// chance.h — random numbers that are the same everywhere: splitmix64 from a seed.
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline double uniform(struct rng *rng, double low, double high)
{
    uint64_t z = rng->state += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    z ^= z >> 31;
    return low + (high - low) * ((double)(z >> 11) * 0x1p-53);
}

static inline bool chance(struct rng *rng, double p)
{
    return uniform(rng, 0, 1) < p;
}

static inline double log_uniform(struct rng *rng, double low, double high)
{
    return exp(uniform(rng, log(low), log(high)));
}

static inline double normal(struct rng *rng)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform(rng, 0, 1);
    return sum;
}

// Pareto with mean 1: most are a little under it, a few several times as long.
static inline double heavy_tail(struct rng *rng)
{
    double alpha = 2.5;
    return 0.6 + 0.4 * pow(uniform(rng, 1e-6, 1), -1 / alpha) * (alpha - 1) / alpha;
}
