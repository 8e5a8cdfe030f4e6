// SPDX-License-Identifier: GPL-3.0-or-later
// pace.h — how fast a counted phase goes, from the times of its counts.
//
// Work is in plain units (units × cost of their class). The window forgets with a time constant
// that is a share of the phase's age, so it is long enough to be steady and short enough to
// follow a machine that slows down. One slow first step (a model compiling itself) and single
// long steps count with a bound. Pure; a plain value; times are the caller's monotonic ns.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Shares of a phase's work at which its pace is held against what came of it: 1/16, 1/8, 1/4, 1/2.
enum { PACE_CHECKS = 4 };
extern const double pace_checks[PACE_CHECKS];

struct pace {
    int64_t begin_ns; // of the phase
    int64_t last_ns;  // of the newest count that grew; begin_ns before it
    double work;      // counted so far
    float first_s, first_work;
    float window_s, window_work, window_steps; // since the first step, forgetting
    float recent_s, recent_work;               // the same, forgetting four times as fast
    float scatter;                             // of step times around their mean, relative², mean
    float step_s;                              // usual time from one count to the next
    uint32_t steps;
};

void pace_begin(struct pace *p, int64_t now_ns);
// The absolute work done so far; ignored unless it grew.
void pace_count(struct pace *p, double work, int64_t now_ns);
// As the first count, but the time before it does not count: the phase may have waited.
void pace_start(struct pace *p, double work, int64_t now_ns);
// Forgets the window: from now on the phase may go at another speed.
void pace_restart(struct pace *p, int64_t now_ns);

// Seconds for one unit of work, and the variance of its logarithm. False before the first step.
bool pace_seconds_per_work(const struct pace *p, double *ret_s, double *ret_variance);

// Time since the newest count, and how much of it is more than patience allows:
// 4 expected steps + 3 s.
double pace_silent_s(const struct pace *p, int64_t now_ns);
double pace_patience_s(const struct pace *p);
