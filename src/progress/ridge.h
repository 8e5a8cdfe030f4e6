// SPDX-License-Identifier: GPL-3.0-or-later
// ridge.h — Bayesian linear regression with a handful of coefficients, one record at a time.
//
// Holds the weighted sums Σ w x xᵀ and Σ w x y. Sums of two ridges add up, so records can be
// pooled, and a pool without some of its records is a difference. Together with a Gaussian belief
// about the coefficients they give the belief after those records:
//   V⁻¹ = V₀⁻¹ + A / s²,   β = V (V₀⁻¹ β₀ + b / s²).
// Pure; plain values.
#pragma once

enum { RIDGE_MAX = 6, RIDGE_PAIRS = RIDGE_MAX * (RIDGE_MAX + 1) / 2 };

struct ridge {
    double xx[RIDGE_PAIRS]; // lower triangle: (i, j), i ≥ j, at i (i + 1) / 2 + j
    double xy[RIDGE_MAX];
    double weight; // Σ w
};

// A Gaussian belief about n coefficients.
struct belief {
    int n;
    double mean[RIDGE_MAX];
    double cov[RIDGE_MAX][RIDGE_MAX];
};

void ridge_add(struct ridge *r, int n, const double *x, double y, double weight);
// r + factor × other.
void ridge_pool(struct ridge *r, const struct ridge *other, double factor);
// As if every y had been larger by `by`. x[0] must be 1.
void ridge_shift(struct ridge *r, double by);
void ridge_forget(struct ridge *r, double keep);

// The belief after the records of r, whose y scatter around the line with variance s2 > 0.
void belief_update(struct belief *b, const struct ridge *r, double s2);
// Each coefficient may be off by so much more.
void belief_widen(struct belief *b, const double *sigma);
double belief_mean(const struct belief *b, const double *x);
double belief_variance(const struct belief *b, const double *x); // of the line at x
