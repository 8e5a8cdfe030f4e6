// SPDX-License-Identifier: GPL-3.0-or-later
// bench_cell.h — the matrix of `headway bench`: which exports are measured, and as what specs.
//
// A cell is one export of one type, of one source, over so many seconds, cold or warm. Its name is
// its job's id, so the records that were written already tell which cells are done. Pure.
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "progress/phase.h"

enum { BENCH_NAME = 64, BENCH_LISTED = 16, BENCH_MAX_CELLS = 4096 };

// A film that exports are made from.
struct bench_source {
    char name[20]; // "720p", or that of a given file, cut
    int width, height;
    double duration_s; // that exports may take from it; 0: it is made as long as they need
    const char *path;  // of a given file; NULL: it is made
};

struct bench_cell {
    enum export_type type;
    struct bench_source source;
    int seconds;
    bool cold;
    int round; // from 1: how often the same is measured
};

struct bench_axes {
    int seconds[BENCH_LISTED], seconds_count;
    struct bench_source sources[BENCH_LISTED];
    int source_count;
    bool types[EXPORT_TYPE_COUNT];
    int rounds;
    bool quick; // small pictures and the small network
};

// Fills in the cells, shortest first, so that a matrix that was broken off has a bit of
// everything. Cells longer than their source are left out. Returns how many there are.
int bench_cells(const struct bench_axes *axes, struct bench_cell cells[static BENCH_MAX_CELLS]);

// "bench-overlay-5s-720p-cold-1"
void bench_cell_name(const struct bench_cell *cell, char dst[static BENCH_NAME]);

// Appends its spec as JSON.
void bench_cell_spec(const struct bench_cell *cell, const char *input, const char *output,
                     bool quick, struct buffer *out);
