// SPDX-License-Identifier: GPL-3.0-or-later
// normal.h — the standard normal distribution. Pure.
#pragma once

// Φ(x), the share below x.
double normal_cdf(double x);
// Φ⁻¹(p); p is clamped to [1e-12, 1 − 1e-12]. Relative error below 2e-9 (P. J. Acklam's rational
// approximation).
double normal_quantile(double p);
// λ(a) = φ(a) / (1 − Φ(a)), the mean of a standard normal above a (inverse Mills ratio).
double normal_mean_above(double a);
