// SPDX-License-Identifier: GPL-3.0-or-later
// relay.h — a recorded job as its viewer sees it: by messages, over lines that break.
//
//   worker ── the first line ──▶ tracker, at the server ── the second line ──▶ viewer
//
// The job is replayed (job/replay.h). Ten times a second the newest snapshot goes to the viewer as
// a server sends it: whole when its state changes, else what changed (job/snapshot_json.h), and
// is read as a viewer reads it. Then it is done again with one of the lines cut for a while at a
// given moment: what a worker says meanwhile comes when the line is back; a viewer that is back is
// sent the whole newest snapshot. A viewer is correct when it knows each phase's state and counts,
// the attempt, and the end, as the viewer of the same job without a cut does at that time.
//
// Pure; seconds. Ownership: borrows trace and model.
#pragma once

#include <stdbool.h>

#include "job/replay.h"

enum { RELAY_CUTS = 3 };
extern const double relay_cuts_s[RELAY_CUTS]; // 1, 10, 60

struct relay {
    bool known;                     // someone has looked; else nothing below means anything
    double recovery_s[RELAY_CUTS];  // until a correct state, the longer of the two lines
    double lost;                    // ends that the viewer was not told of
    double falls;                   // fractions that were sent below the one before
    double messages, message_bytes; // those that say what changed, without a cut; mean size
};

// Looks on while somebody goes through a replay.
struct relay_watch;

// The cuts begin at `moment` in (0, 1) of the trace, which has an end. *ret is filled by the end.
struct relay_watch *relay_watch_new(const struct trace *trace, double moment, struct relay *ret);
// replay_next(), looked at.
bool relay_watch_next(struct relay_watch *watch, struct replay *replay, struct replay_sample *ret);
// After the last step: tries the cuts of the first line, which go their own way. Once.
void relay_watch_end(struct relay_watch *watch);
void relay_watch_free(struct relay_watch *watch);
AUTO_DEFINE(struct relay_watch, relay_watch_free)

// All of it. ERR_LIMIT as replay_new().
MUST_USE enum status relay_look(const struct trace *trace, const struct model *model, double idle_s,
                                double moment, struct relay *ret, struct error *err);
