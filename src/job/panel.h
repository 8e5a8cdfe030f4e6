// SPDX-License-Identifier: GPL-3.0-or-later
// panel.h — the samples of one replayed job, as each estimator would have shown them.
//
// One replay serves all: the tracker's own estimate is estimator 0, and the plain bars
// (progress/baseline.h) are functions of the same snapshots. Oracles look at the job's record, so
// they are asked when the replay is over. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "job/relay.h"
#include "job/replay.h"
#include "job/sample_line.h"
#include "progress/baseline.h"

enum { PANEL_TRACKER, PANEL_FIRST_BASELINE, PANEL_COUNT = PANEL_FIRST_BASELINE + BASELINE_COUNT };

const char *panel_name(int estimator); // "headway", "simulated", …
// False, and *ret unchanged, when there is none of that name.
bool panel_from_name(const char *name, int *ret);

struct panel_moment {
    int64_t t_ns;
    struct snapshot now;
    struct features known;
};

struct panel {
    struct panel_moment *moments;
    size_t count, room;
    struct benchmark benchmark; // of the job
    struct relay *relay;        // set by the owner: filled, too, of a job with an end; or NULL
    double moment;              // when its lines are cut; meaningless without
};

// Replays the trace and keeps its moments in *panel, which may hold those of another job before.
MUST_USE enum status panel_replay(struct panel *panel, const struct trace *trace,
                                  const struct model *model, int64_t every_ns, double idle_s,
                                  struct error *err);
// What the estimator showed at each moment: fills samples[panel->count].
void panel_show(const struct panel *panel, int estimator, const struct baseline_fit *fit,
                struct sample *samples);
// Appends the samples as lines (sample_line.h) of trace `id`.
void panel_write(const struct panel *panel, const char *id, int estimator,
                 const struct sample *samples, struct buffer *out);
void panel_done(struct panel *panel);
