// SPDX-License-Identifier: GPL-3.0-or-later
// past.h — what the commands that replay have learnt before they begin.
//
// Files of traces, or logs with BENCHMARK_DATA records (job/benchmark.h); all are learnt in the
// order of their ends. A recorded job is itself replayed with what was known by then, so that it
// also teaches how well it had been foreseen. Ownership: owns what it reads and the models.
// Threads: one owner.
#pragma once

#include "cli/corpus.h"
#include "progress/baseline_fit.h"
#include "progress/model.h"

struct past {
    struct model *model;
    struct baseline_fit *fit;
    // -- private
    struct corpus corpus;
    struct record *records;
    size_t record_count;
};

void past_init(struct past *past);
// Reads a file, or a folder of traces. ERR_INVALID when nothing in it can teach.
MUST_USE enum status past_add(struct past *past, const char *path, struct error *err);
// Learns all that was added; once.
MUST_USE enum status past_learn(struct past *past, struct error *err);
void past_done(struct past *past);
#define PAST_AUTO __attribute__((cleanup(past_done))) = {0}
