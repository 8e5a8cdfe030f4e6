// SPDX-License-Identifier: GPL-3.0-or-later
// bench_run.h — one cell of a benchmark: its clip is made, memory is made cold or warm, the export
// is run under the bar of the whole, its record is kept.
//
// Records go to the log of the folder, on the disk before the next cell begins, and to the history.
// Threads: one owner.
#pragma once

#include "cli/bench_cell.h"
#include "cli/bench_progress.h"
#include "cli/learning.h"
#include "job/spec.h"
#include "sys/cancel.h"

enum { BENCH_PATH = 1024 };

struct bench_run {
    // -- set by the owner
    const char *model_dir, *history_path;
    struct cancel *cancel;
    int threads;
    bool quick;
    bool no_history;   // not wanted; or cannot be used, which was warned of
    int at, count;     // which cell of how many
    double draw_share; // of what the cell is expected to take: drawing its source
    struct bench_progress progress;

    // -- of bench_run_begin()
    char clips[BENCH_PATH], log[BENCH_PATH], film[BENCH_PATH];
    // -- private
    bool warned;     // that sources stay in memory
    char step[160];  // what the step that runs is called
    int draw_frames; // of the source that is being drawn
};

// Makes the folder, where it is not there.
MUST_USE enum status bench_run_begin(struct bench_run *r, const char *folder, struct error *err);
// The export of a cell.
MUST_USE enum status bench_run_spec(const struct bench_run *r, const struct bench_cell *cell,
                                    struct spec **ret, struct error *err);
// Seconds that it is expected to take to draw the source of a cell; 0: it is there.
double bench_run_draw_s(const struct bench_run *r, const struct bench_cell *cell);
// What history knows. A history that cannot be used is warned of once.
void bench_run_consult(struct bench_run *r, struct learning *ret);
// Measures a cell. Its name for people is r->step afterwards.
MUST_USE enum status bench_run_cell(struct bench_run *r, const struct bench_cell *cell,
                                    struct error *err);
