// SPDX-License-Identifier: GPL-3.0-or-later
// tracker_record.c — what a finished job teaches, as far as its tracker saw it.
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "progress/outlook.h"
#include "progress/tracker.h"

// Bytes that the time from the last count to the end would have been enough for.
static double bytes_ahead(const struct tracker *t, enum phase k)
{
    const struct tracker_phase *p = &t->phases[k];
    double per_byte, variance;
    double tail_s = outlook_seconds(t->sent_ns, p->end_ns);
    if (k != PHASE_UPLOAD || t->sent_ns == 0 || p->total_units == 0)
        return 0;
    if (!pace_seconds_per_work(&p->pace, &per_byte, &variance))
        per_byte = outlook_seconds(p->pace.begin_ns, p->end_ns) / (double)p->total_units;
    double bytes = per_byte > 0 ? tail_s / per_byte : 0;
    return fmin(fmax(bytes, 1), (double)p->total_units);
}

static void record_phase(const struct tracker *t, enum phase k, struct record_phase *ret)
{
    const struct tracker_phase *p = &t->phases[k];
    if (p->state != PHASE_DONE)
        return;
    ret->present = true;
    ret->wall_s = outlook_seconds(p->begin_ns, p->end_ns);
    ret->units = p->has_total ? p->total_units : p->done_units;
    for (int i = 0; i < PACE_CHECKS; i++)
        ret->pace_s[i] = (double)p->pace_s[i];
    ret->lag = (double)p->lag;
    ret->ahead = bytes_ahead(t, k);
}

static void record_classes(const struct tracker *t, struct record_class ret[PLAN_MAX_CLASSES])
{
    int n = 0;
    for (int i = 0; i < t->class_count && n < PLAN_MAX_CLASSES; i++) {
        const struct tracker_class *c = &t->classes[i];
        double cost, units;
        if (!outlook_class_seen(t, c, &cost, &units))
            continue;
        text_copy(ret[n].name, sizeof(ret[n].name), c->name);
        ret[n].cost = cost;
        ret[n++].units = units;
    }
}

// Was all of it seen, in one go?
static bool is_whole(const struct tracker *t)
{
    for (int k = 0; k < PHASE_COUNT; k++) {
        if (t->phases[k].state == PHASE_RUNNING || t->phases[k].memory_s > 0)
            return false;
    }
    return t->finished && t->attempt == 1 && !t->lost && t->heard;
}

void tracker_record(const struct tracker *t, struct record *ret)
{
    *ret = (struct record){.type = t->type, .features = t->features, .outcome = t->outcome};
    outlook_features(t, &ret->features);
    ret->frames_guess = t->frames_told ? (double)t->frames_guess : 0; // else there is no truth
    ret->total_s = outlook_seconds(t->start_ns, t->finished ? t->finish_ns : t->now_ns);
    ret->simulated = t->simulated && !t->heard;
    ret->censored = !is_whole(t);
    for (int k = 0; k < PHASE_COUNT; k++)
        record_phase(t, (enum phase)k, &ret->phases[k]);
    record_classes(t, ret->classes);
    memcpy(ret->checks, t->checks, sizeof(ret->checks));
}
