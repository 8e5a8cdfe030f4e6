// SPDX-License-Identifier: GPL-3.0-or-later
// foresight.c — see foresight.h. The forecast is that of a tracker that has been told the plan,
// which phases there will be and how large the job is, and not the size of its output.
#include "analysis/foresight.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "job/drift_news.h"
#include "progress/tracker.h"

// The worker's plan: its phases, and how much there is to count.
static struct plan plan_of(const struct record *r)
{
    struct plan plan = {0};
    for (int k = PHASE_DOWNLOAD; k <= PHASE_UPLOAD; k++) {
        const struct record_phase *p = &r->phases[k];
        plan.phases[k].present = p->present;
        // The bytes of an output are not known before there is one.
        plan.phases[k].has_total = p->units > 0 && k != PHASE_UPLOAD;
        plan.phases[k].total_units = p->units;
    }
    return plan;
}

static void foretell(const struct model *model, struct sample *s)
{
    const struct record *r = &s->b.record;
    const struct plan plan = plan_of(r);
    struct features known = r->features;
    struct prior prior;
    struct tracker tracker;
    struct snapshot snapshot;
    known.has_bytes_out = false;
    model_prior(model, r->type, &known, &prior);
    tracker_init(&tracker, r->type, &prior, &known, 0);
    if (!r->phases[PHASE_STARTUP].present) // such a record begins when the worker is there
        tracker_hello(&tracker, &known, 0);
    else
        tracker_begin(&tracker, PHASE_STARTUP, 0);
    tracker_plan(&tracker, &plan, 0);
    tracker_snapshot(&tracker, 0, &snapshot);
    s->has_foresight = snapshot.has_eta && snapshot.eta_ns > 0;
    s->foresight_s = (double)snapshot.eta_ns / 1e9;
    s->foresight_low_s = (double)snapshot.eta_low_ns / 1e9;
    s->foresight_high_s = (double)snapshot.eta_high_ns / 1e9;
}

// A model that is still on its way to a new pace notices it again: the same drift, gone further.
static bool goes_on(const struct drift *a, const struct drift *b)
{
    return a->phase == b->phase && (a->factor > 1) == (b->factor > 1) &&
           strcmp(a->device, b->device) == 0;
}

static void keep_drift(struct drifts *list, const struct drift *d)
{
    struct drift *last = list->count > 0 ? &list->all[list->count - 1] : NULL;
    if (last && goes_on(last, d)) {
        if (fabs(log(d->factor)) > fabs(log(last->factor)))
            last->factor = d->factor;
        return;
    }
    if (list->count == DRIFTS_MAX) {
        memmove(list->all, list->all + 1, sizeof(list->all) - sizeof(list->all[0]));
        list->count--;
    }
    list->all[list->count++] = *d;
}

void foresight_fill(struct sample *samples, size_t n,
                    struct drifts drifts[static EXPORT_TYPE_COUNT])
{
    struct model *model = mem_new(struct model);
    model_init(model);
    for (size_t i = 0; i < n; i++) {
        const struct record *r = &samples[i].b.record;
        struct drift drift;
        foretell(model, &samples[i]);
        if (model_learn(model, r) == RECORD_SOUND && drift_news(model, r, &drift))
            keep_drift(&drifts[r->type], &drift);
    }
    free(model);
}
