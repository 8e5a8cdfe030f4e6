// SPDX-License-Identifier: GPL-3.0-or-later
// summary.h — what is said at the end of an export: the film, the phases, the bar's own error.
// Pure: text in a buffer.
#pragma once

#include "base/buffer.h"
#include "cli/honesty.h"
#include "job/event.h"
#include "job/snapshot_json.h"
#include "sys/terminal.h"

struct summary {
    const struct job_snapshot *snapshot; // of a complete job
    const struct record_phase *timings;  // PHASE_COUNT of them, by the worker's stamps
    const struct honesty *honesty;
    int64_t total_ns; // from submit to the usable result
};

void summary_render(const struct summary *s, const struct terminal *terminal, struct buffer *out);
