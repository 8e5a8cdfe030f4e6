// SPDX-License-Identifier: GPL-3.0-or-later
// forecast.h — what we believe about the seconds each phase of a job takes.
//
// A joint Gaussian over y_k = ln T_k, T_k the seconds of phase k were it alone: mean and
// covariance, so that news of one phase moves the others (a slow machine slows them all).
// Made by a prior (prior.h), sharpened by what has been seen (docs/progress.md, "What we
// believe"). Pure; a plain value.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "progress/phase.h"

struct forecast {
    uint32_t present; // bit k: phase k is part of the job; others have mean 0, covariance 0
    double mean[PHASE_COUNT];
    double cov[PHASE_COUNT][PHASE_COUNT];
};

static inline bool forecast_has(const struct forecast *f, enum phase k)
{
    return (f->present >> k & 1) != 0;
}

// Condition on a noisy observation of ln T_k: value and variance (0: exact). Bayes for a
// Gaussian: gain g = C_kk / (C_kk + variance).
void forecast_observe(struct forecast *f, enum phase k, double ln_seconds, double variance);

// The same where only a limit was seen: T_k, with that noise, is not longer. By the first two
// moments of the truncated Gaussian.
void forecast_observe_limit(struct forecast *f, enum phase k, double ln_seconds, double variance);

// Condition the *other* phases on T_k > seconds, by the first two moments of the truncated
// Gaussian; phase k itself is left as it was, for forecast_quantile().
void forecast_survive_others(struct forecast *f, enum phase k, double seconds);
// The same for phase k as well: from now on it is Gaussian with those moments. `idle` in [0, 1):
// how likely it is that having survived tells nothing; weighed against how unlikely that is, so
// what all but cannot be moves nothing.
void forecast_survive(struct forecast *f, enum phase k, double seconds, double idle);

// The p-quantile of T_k given T_k > survived_s, in seconds:
//   exp(m + σ Φ⁻¹(F + p (1 − F))),  F = Φ((ln survived_s − m) / σ).
double forecast_quantile(const struct forecast *f, enum phase k, double survived_s, double p);

// P(T_k > seconds).
double forecast_survival(const struct forecast *f, enum phase k, double seconds);
