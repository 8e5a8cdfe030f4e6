// SPDX-License-Identifier: GPL-3.0-or-later
// history.h — what a program that runs a job asks of the history: before it, and after it.
//
// Each call opens the database and closes it again, so nothing is held while a job runs, and any
// number of programs may do the same at once. A file that is missing is made.
// Errors: those of db.h. None of them is a reason not to run a job.
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "job/benchmark.h"
#include "progress/model.h"

// What the jobs so far have taught, and into *known how long ago the last of them ended (other
// members are left alone).
MUST_USE enum status history_load(const char *path, int64_t now_ms, struct model *ret,
                                  struct features *known, struct error *err);

// Stores a finished job and learns from it. A record that teaches nothing is counted; *ret_flaw
// tells why.
MUST_USE enum status history_learn(const char *path, const struct benchmark *b,
                                   enum record_flaw *ret_flaw, struct error *err);
