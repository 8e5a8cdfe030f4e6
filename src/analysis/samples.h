// SPDX-License-Identifier: GPL-3.0-or-later
// samples.h — benchmark records collected from logs, sorted by type and by the end of their jobs.
//
// Data flow: bytes of logs, split anywhere → lines → struct benchmark → samples (sorted) →
// analysis.h. A line that has the marker but no record that can be read is counted and the first
// few are named; it is never fatal, and neither is a log that is no text.
//
// Pure. Ownership: owns its samples. Threads: one owner.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "job/benchmark.h"
#include "progress/model.h"

enum { SAMPLES_MAX = 100000, SAMPLES_BROKEN = 10, SAMPLES_SOURCE = 64, SAMPLES_LINE = 65536 };

struct sample {
    struct benchmark b;
    uint64_t order; // in which it was read; settles ties of time
    // What the estimator would have said before the job, taught by the samples before it.
    bool has_foresight;
    double foresight_s, foresight_low_s, foresight_high_s;
};

// The newest, in the order in which they were noticed.
enum { DRIFTS_MAX = 3 };
struct drifts {
    struct drift all[DRIFTS_MAX];
    int count;
};

struct broken_line {
    char source[SAMPLES_SOURCE]; // file
    uint64_t line;               // from 1
    char why[160];
};

struct samples {
    struct sample *all;
    size_t count, capacity;
    uint64_t lines;                      // read
    uint64_t broken;                     // with a marker, but no record
    uint64_t left_out;                   // records beyond SAMPLES_MAX
    uint64_t refused[RECORD_FLAW_COUNT]; // that a history did not take, by reason
    struct broken_line broken_lines[SAMPLES_BROKEN];
    struct drifts drifts[EXPORT_TYPE_COUNT]; // that the model noticed

    // -- of the log that is being read
    char source[SAMPLES_SOURCE];
    uint64_t line;
    bool skipping; // to the end of a line that is too long for a record
    struct buffer partial;
};

void samples_init(struct samples *s);
void samples_done(struct samples *s);

// A log named `source` (for messages) begins; the one before it has ended.
void samples_begin(struct samples *s, const char *source);
// Its bytes, in any split.
void samples_bytes(struct samples *s, const char *bytes, size_t n);
// The log has ended: a last line without its line end counts.
void samples_end(struct samples *s);
// A record from elsewhere, a database say.
void samples_add(struct samples *s, const struct benchmark *b);
// Sorts by export type, then by the end of the jobs; fills in foresight and drifts. Call it once,
// when all is there.
void samples_finish(struct samples *s);
