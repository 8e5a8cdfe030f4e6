// SPDX-License-Identifier: GPL-3.0-or-later
// snapshot_phases.h — the phases of a job inside its snapshot's JSON. For snapshot_json.c.
//
// Pure. `phases` is always PHASE_COUNT rows, indexed by enum phase.
#pragma once

#include "base/json_read.h"
#include "base/json_write.h"
#include "progress/tracker.h"

// [{"phase", "label", "unit", "state", "done", "total", "fraction", "seconds"}], present ones only;
// total and fraction are null when not known.
void snapshot_phases_write(const struct phase_view phases[static PHASE_COUNT],
                           struct json_writer *w);
// Reads that; phases it does not name become absent.
MUST_USE enum status snapshot_phases_read(const struct jr *v,
                                          struct phase_view phases[static PHASE_COUNT],
                                          struct error *err);

// Appends ,"counts":{"upscale":["running",41,100]} to the object open in `line`: the phases of
// `now` whose state, done or total differ from `shown`, as many as fit into max_bytes; copies those
// into `shown`. Appends nothing when none differs or fits.
void snapshot_counts_add(struct phase_view shown[static PHASE_COUNT],
                         const struct phase_view now[static PHASE_COUNT], size_t max_bytes,
                         struct buffer *line);
// Reads such an object; other phases stay as they are.
MUST_USE enum status snapshot_counts_read(const struct jr *v,
                                          struct phase_view phases[static PHASE_COUNT],
                                          struct error *err);
