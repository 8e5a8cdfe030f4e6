// SPDX-License-Identifier: GPL-3.0-or-later
// rational.h — frame rates as exact fractions: 30000/1001 is not 29.97. Plain value, pure.
//
// A valid rational has num > 0 and den > 0. Nothing here allocates; there are no threads.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rational {
    int32_t num;
    int32_t den;
};

bool rational_valid(struct rational r);
// num / den; r must be valid.
double rational_value(struct rational r);
// num / den in lowest terms; num and den must be > 0.
struct rational rational_reduced(struct rational r);
// The fraction that people mean by a decimal frame rate from 0.001 to 1000: a number within 0.005
// of n × 1000/1001 for n = 24, 30, 48, 60, 120 is that NTSC rate (23.976, 23.98, 29.97, 59.94 …);
// anything else is rounded to a thousandth.
struct rational rational_from_fps(double fps);
// "30000/1001" or "25": whole numbers from 1 to 1,000,000. False, and *ret unchanged, otherwise.
bool rational_parse(const char *text, struct rational *ret);
