// SPDX-License-Identifier: GPL-3.0-or-later
// job_record.c — see job_record.h.
#include "job/job_record.h"

#include "base/text.h"
#include "progress/tracker.h"

// The phases that the receiver times itself.
static const enum phase own_phases[] = {PHASE_QUEUE, PHASE_STARTUP, PHASE_FINALIZE};
enum { OWN_PHASES = sizeof(own_phases) / sizeof(own_phases[0]) };

static void take_phases(const struct job_end *end, struct record *r)
{
    for (int k = 0; k < PHASE_COUNT; k++) {
        r->phases[k] = end->result->timings[k];
        r->by_worker = r->by_worker || r->phases[k].present;
    }
    for (int i = 0; i < OWN_PHASES; i++) {
        enum phase k = own_phases[i];
        const struct phase_view *view = &end->last->progress.phases[k];
        if (view->state == PHASE_DONE)
            r->phases[k] = (struct record_phase){.present = true,
                                                 .wall_s = (double)view->wall_ns / 1e9};
    }
}

void job_record(const struct job_end *end, struct benchmark *ret)
{
    const struct job_snapshot *last = end->last;
    *ret = (struct benchmark){.has_estimate = end->estimated_s > 0,
                              .estimated_s = end->estimated_s,
                              .record = {
                                  .type = last->progress.type,
                                  .features = *tracker_features(end->tracker),
                                  .total_s = end->total_s,
                                  .outcome = last->progress.outcome,
                                  // What earlier attempts took is in the total, but in no phase.
                                  .censored = last->progress.attempt > 1,
                                  .at_ms = end->at_ms,
                              }};
    (void)text_copy(ret->job, sizeof(ret->job), last->job);
    struct features *f = &ret->record.features;
    f->has_bytes_out = true;
    f->bytes_out = end->result->bytes;
    take_phases(end, &ret->record);
    tracker_checks(end->tracker, ret->record.checks);
}
