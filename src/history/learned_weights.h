// SPDX-License-Identifier: GPL-3.0-or-later
// learned_weights.h — the weight set `learned`: mean shares of the phases over a deployment's
// records. Errors: those of db.h.
#pragma once

#include "base/error.h"
#include "history/db.h"
#include "job/weights_file.h"

// Types without records have no ranges and 0 samples; `at_ms` is that of the newest record.
MUST_USE enum status learned_weights(struct db *db, struct weights_file *ret, struct error *err);
