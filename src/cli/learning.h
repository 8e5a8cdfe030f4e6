// SPDX-License-Identifier: GPL-3.0-or-later
// learning.h — a command that runs jobs learns from them: the history before and after a job.
//
// What goes wrong with the history is warned of, once, and never fails a job: then the bar
// starts from the shipped prior, and nothing is stored.
#pragma once

#include <stdbool.h>

#include "base/memory.h"
#include "job/benchmark.h"
#include "progress/model.h"

struct learning {
    char *path;            // of the database; NULL: nothing is learned
    struct model *model;   // for local_job_options; NULL: the shipped prior
    struct features known; // at submit
};

// `path` NULL: the user's own history; `off`: none at all.
void learning_begin(struct learning *l, const char *path, bool off);
// The job is complete, and left this record. Says when the machine has left its model.
void learning_end(struct learning *l, const struct benchmark *record);
void learning_done(struct learning *l);
#define LEARNING_AUTO __attribute__((cleanup(learning_done))) = {0}
