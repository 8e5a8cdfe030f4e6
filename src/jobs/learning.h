// SPDX-License-Identifier: GPL-3.0-or-later
// learning.h — what finished jobs teach the next ones.
//
// Holds the model as of the newest finished job; the history in the database is the truth. What
// goes wrong with it is warned of and fails no job: then nothing is learned. Threads: one owner.
// Units: *_ms wall time.
#pragma once

#include "base/memory.h"
#include "job/job_record.h"
#include "progress/model.h"

struct learning;

// `path` of the database.
struct learning *learning_new(const char *path);
void learning_free(struct learning *l);
AUTO_DEFINE(struct learning, learning_free)

// The model; its contents change with learning_take(). Lives as long as the learning.
const struct model *learning_model(const struct learning *l);
// What is known of any job that is submitted now: how long ago the last one was. Other members of
// *features are left alone.
void learning_idle(const struct learning *l, int64_t now_ms, struct features *features);
// How often, since this start, the jobs of a type were seen to have left what was learned of them.
uint64_t learning_drifts(const struct learning *l);
// A job is complete. A drift is warned of.
void learning_take(struct learning *l, const struct job_end *end);
