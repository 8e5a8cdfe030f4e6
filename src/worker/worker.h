// SPDX-License-Identifier: GPL-3.0-or-later
// worker.h — one job: spec in, lines out, one output object or one reason why not.
//
// Reads the spec from standard input to its end, says the protocol's lines (docs/protocol.md)
// on standard output, ends with a result or an error line and, after success, one
// BENCHMARK_DATA record on standard error. SIGTERM, SIGINT and a reader that went away
// cancel the job within a second; nothing of the output is left then.
#pragma once

#include <stdint.h>

struct worker_options {
    const char *job;       // at most EVENT_MAX_NAME - 1 bytes
    uint32_t attempt;      // from 1
    const char *model_dir; // NULL: the usual places
    int threads;           // 0: one for each core
};

// Runs the job; returns the exit code of the process (base/status.h).
int worker_run(const struct worker_options *options);
