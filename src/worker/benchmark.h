// SPDX-License-Identifier: GPL-3.0-or-later
// benchmark.h — the record of a finished export, from which weights and models are learned.
//
// One line "BENCHMARK_DATA: {json}": what was done, how much of it, how long each phase was
// busy and on the clock, stamped by the worker itself. Pure.
#pragma once

#include <stdint.h>

#include "base/buffer.h"
#include "job/event.h"

struct benchmark {
    enum export_type type;
    const char *job;
    struct features features; // engine, device and cold included
    struct phase_timing timings[PHASE_COUNT];
    uint64_t bytes_out;
    double total_s; // from the worker's start to the stored output
    int64_t at_ms;  // wall time of the end, since 1970
};

// Appends the line, without a line end.
void benchmark_write(const struct benchmark *b, struct buffer *out);
