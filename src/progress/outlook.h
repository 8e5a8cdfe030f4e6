// SPDX-License-Identifier: GPL-3.0-or-later
// outlook.h — what a tracker makes of its counts at one moment: private to tracker.c, split off
// to be read on its own. Pure; changes nothing in the tracker.
#pragma once

#include "progress/estimator.h"
#include "progress/tracker.h"

struct outlook {
    struct estimate estimate; // of the whole job from `now`
    struct estimate raw;      // the same before it was calibrated
    enum phase phase;         // the one that limits the job
    uint32_t at_work;         // bits of the phases that run and are not over
    enum health health;
    enum snapshot_source source;
};

// Seconds between two times; 0 when they are the wrong way round.
double outlook_seconds(int64_t from_ns, int64_t to_ns);

// What one unit of a class costs, in units of plain ones: from the times seen in flight, held
// near the prior's ratio until there are a few.
double outlook_class_cost(const struct tracker *t, const struct tracker_class *c);
// What was seen of that alone, and in how many units; false when there is nothing to compare.
bool outlook_class_seen(const struct tracker *t, const struct tracker_class *c, double *ret_cost,
                        double *ret_units);
// What is known of the job: totals told by the worker replace what was known at submit.
void outlook_features(const struct tracker *t, struct features *ret);
// The work of phase k in plain units: done and total (total 0 when it is not known).
void outlook_work(const struct tracker *t, enum phase k, double *ret_done, double *ret_total);
// At the pace seen, the seconds of the whole phase. False when there is none yet.
bool outlook_phase_pace(const struct tracker *t, enum phase k, double *ret_s, double *ret_variance);
// Is there nothing left to do in it (ended, empty, or passed over by the ones behind it)?
bool outlook_phase_over(const struct tracker *t, enum phase k);
// May phase k be waiting for the counted one before it, which still runs? (Bytes are used as they
// come, but an encoder may collect many frames before it says anything.)
bool outlook_phase_waits(const struct tracker *t, enum phase k);
// Of `done` bytes of an upload to a store, those that have left the buffers on the way.
double outlook_arrived(const struct tracker *t, enum phase k, uint64_t done);
// The phase that makes the frames which k works on or sends. False when there is none.
bool outlook_maker(const struct tracker *t, enum phase k, enum phase *ret);
// Before anything was seen: was phase a expected to need more time than phase b?
bool outlook_expected_slower(const struct tracker *t, enum phase a, enum phase b);

void outlook_at(const struct tracker *t, int64_t now_ns, struct outlook *ret);
