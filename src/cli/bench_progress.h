// SPDX-License-Identifier: GPL-3.0-or-later
// bench_progress.h — how far a whole benchmark is: one job of our own tracker over many jobs.
//
// Its units are the milliseconds that the steps are expected to take, so a step that turns out
// longer than expected slows the bar as a slow frame does. Within a step its own fraction counts.
// Threads: one owner.
#pragma once

#include "cli/bar.h"
#include "progress/tracker.h"

struct bench_progress {
    struct tracker tracker;
    struct bar bar;
    double total_s, done_s; // expected seconds of all steps, of those that have ended
    double step_s;          // of the step that runs
};

// `total_s`: the expected seconds of all steps together.
void bench_progress_begin(struct bench_progress *p, double total_s, int64_t now_ns);
// The next step, expected to take so long, begins.
void bench_progress_step(struct bench_progress *p, double expected_s);
// It is so far (in [0, 1]) now; `text` says what it does.
void bench_progress_show(struct bench_progress *p, double fraction, const char *text,
                         int64_t now_ns);
// It has ended, or will not be done.
void bench_progress_end_step(struct bench_progress *p);
// Takes the bar off the terminal.
void bench_progress_end(struct bench_progress *p);
