// SPDX-License-Identifier: GPL-3.0-or-later
// models.h — the model that a deployment has learned from its records, kept between programs.
//
// The model is a fold over the records in the order in which they were stored; what is kept is its
// last state and the record it had come to. So two programs that store records at the same time
// cannot spoil it: whoever writes next folds in what is missing. A model of another version, or
// one that is damaged, is built anew from all records.
// Errors: those of db.h.
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "history/db.h"
#include "progress/model.h"

// The model as of the newest record; nothing is written. With no records: the shipped prior.
MUST_USE enum status models_load(struct db *db, struct model *ret, struct error *err);

// The same, and keeps it. now_ms: wall time, for the record of when it was learned.
MUST_USE enum status models_update(struct db *db, int64_t now_ms, struct model *ret,
                                   struct error *err);
