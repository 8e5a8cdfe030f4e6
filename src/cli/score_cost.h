// SPDX-License-Identifier: GPL-3.0-or-later
// score_cost.h — what it costs to watch the recorded jobs, measured on this machine (M16).
//
// Each job is gone through three times, as a server does it: its lines alone; its lines and ten
// snapshots a second of its time; these and the messages that tell what changed. What each adds is
// the cost of one. On the other side, each line is made and written to a pipe as a worker does it.
// Figures of processor time: not the same twice. Threads: one.
#pragma once

#include "base/buffer.h"
#include "cli/corpus.h"

struct score_cost {
    double line_us;     // a worker's line read and taken in
    double snapshot_us; // a snapshot made
    double message_us;  // a message made of it
    double worker;      // of a job's time, what its worker spent on making and writing lines
    double lines, snapshots;
};

// ERR_INVALID when there are no lines.
MUST_USE enum status score_cost_measure(const struct corpus *corpus, struct score_cost *ret,
                                        struct error *err);
// Appends a table for people, or one JSON object on a line.
void score_cost_text(const struct score_cost *cost, struct buffer *out);
void score_cost_json(const struct score_cost *cost, struct buffer *out);
