// SPDX-License-Identifier: GPL-3.0-or-later
// spread.h — how some numbers are spread: mean, deviation, median and what 8 of 10 lie between.
//
// Pure; a plain value.
#pragma once

#include <stddef.h>

struct spread {
    size_t n; // 0: all others are 0
    double mean;
    double deviation;         // standard, of a sample; 0 with fewer than two
    double low, median, high; // quantiles 0.1, 0.5, 0.9, interpolated
};

// Sorts `values`.
void spread_of(double *values, size_t n, struct spread *ret);
