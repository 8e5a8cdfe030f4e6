// SPDX-License-Identifier: GPL-3.0-or-later
// records.h — the benchmark records of finished jobs, one row each.
//
// Only what can teach is kept: a record with a flaw (not stamped by the worker, of a simulated
// bar, cut short, of a job that did not complete, impossible) is refused, and counted by its
// flaw. A record that is there already (same job, same end) is not stored twice.
// Errors: those of db.h.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "history/db.h"
#include "job/benchmark.h"

// Stores it, or counts why not: then *ret_flaw is not RECORD_SOUND, which is no error. May stand
// inside a transaction of the caller's.
MUST_USE enum status records_add(struct db *db, const struct benchmark *b,
                                 enum record_flaw *ret_flaw, struct error *err);

// Calls fn with each record that was stored after the one of id `after` (0: with all), in the
// order of storing. A row of which the body cannot be read, of a newer program say, is passed over.
// fn must not change the database.
MUST_USE enum status records_each(struct db *db, int64_t after,
                                  void (*fn)(void *context, int64_t id, const struct benchmark *b),
                                  void *context, struct error *err);

// How many are stored, and when the last of those jobs ended (0 when there is none).
MUST_USE enum status records_count(struct db *db, uint64_t *ret_n, int64_t *ret_last_ms,
                                   struct error *err);
// How many were refused, by flaw.
MUST_USE enum status records_refused(struct db *db, uint64_t ret[static RECORD_FLAW_COUNT],
                                     struct error *err);
