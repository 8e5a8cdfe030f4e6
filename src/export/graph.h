// SPDX-License-Identifier: GPL-3.0-or-later
// graph.h — stages that run at the same time, each on a thread of its own.
//
// A stage is a function that moves items from its input to its output until there are no
// more. The first stage that fails fires the graph's cancel, which wakes every queue, so the
// others end too; graph_run() returns that first error, never the echo of it in the others.
// When the cancel is fired from outside, the result is ERR_CANCELLED.
#pragma once

#include "base/error.h"
#include "sys/cancel.h"

struct stage {
    const char *name; // for debuggers: at most 15 characters
    enum status (*run)(void *context, struct error *err);
    void *context;
};

enum { GRAPH_MAX_STAGES = 8 };

// Runs all stages and waits until each has ended.
MUST_USE enum status graph_run(const struct stage *stages, int count, struct cancel *cancel,
                               struct error *err);
