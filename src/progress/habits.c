// SPDX-License-Identifier: GPL-3.0-or-later
// habits.c — see habits.h.
#include "progress/habits.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

static const double keep = 0.98;    // of what was usual, per job
static const double prior_jobs = 3; // what a shipped value is worth
static const double restless_jobs = 8;

// -- sizes

static void learn_usual(struct habits *h, const struct regression *reg)
{
    for (int r = 0; r < REG_COUNT; r++) {
        bool usual = (r >= REG_FRAMES_UPSCALE && r <= REG_BYTES_OUT) || r == REG_CONTENTION;
        if (!usual || reg->spread[r] > 0) // not told
            continue;
        double gain = 1 / (keep * h->count[r] + 1);
        double off = reg->x[r] - h->mean[r];
        h->count[r] = keep * h->count[r] + 1;
        h->mean[r] += gain * off;
        h->variance[r] = (1 - gain) * (h->variance[r] + gain * off * off);
    }
}

static void tell_usual(const struct habits *h, struct prior *ret)
{
    for (int r = 0; r < REG_COUNT; r++) {
        double n = h->count[r];
        double shipped = (double)ret->typical[r];
        double shipped2 = (double)ret->spread[r] * (double)ret->spread[r];
        if (n <= 0)
            continue;
        double share = n / (n + prior_jobs);
        double between = share * (1 - share) * (h->mean[r] - shipped) * (h->mean[r] - shipped);
        ret->typical[r] = (float)(shipped + share * (h->mean[r] - shipped));
        ret->spread[r] = (float)sqrt(share * h->variance[r] + (1 - share) * shipped2 +
                                     between / (1 + n));
    }
}

// -- paces that do not stay

// Of the phase that set the pace: how far its half-way pace was from its whole time. The second
// half's is off by twice as much.
static void learn_restless(struct habits *h, const struct record *r)
{
    static const double most = 0.25; // of one job: a wild one moves little
    int slowest = -1;
    for (int k = PHASE_DOWNLOAD; k < PHASE_FINALIZE; k++) {
        if (r->phases[k].half_s > 0 && r->phases[k].units >= 20 &&
            (slowest < 0 || record_own_s(r, (enum phase)k) > record_own_s(r, (enum phase)slowest)))
            slowest = k;
    }
    if (slowest < 0)
        return;
    double whole_s = record_own_s(r, (enum phase)slowest);
    if (whole_s < 0.5 * r->total_s) // something else set the pace
        return;
    double off = 2 * log(r->phases[slowest].half_s / whole_s);
    h->restless = keep * h->restless + fmin(off * off, most);
    h->restless_count = keep * h->restless_count + 1;
}

// -- who looks ahead

// A job that is shorter than the lag says only that it is at least so long.
static void learn_lag(struct habits *h, const struct record *r)
{
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct record_phase *p = &r->phases[k];
        if (!p->present || p->lag <= 0 || (double)p->units < 1.2 * p->lag)
            continue;
        h->lag_count[k] = keep * h->lag_count[k] + 1;
        h->lag[k] += (p->lag - h->lag[k]) / h->lag_count[k];
    }
}

static void tell_lag(const struct habits *h, struct prior *ret)
{
    for (int k = 0; k < PHASE_COUNT; k++) {
        double n = h->lag_count[k];
        ret->lag[k] = (float)((n * h->lag[k] + prior_jobs * (double)ret->lag[k]) /
                              (n + prior_jobs));
    }
}

// -- costs of classes

// "x2.25" says its cost itself and does not come again.
static bool learns_cost(const struct record_class *c)
{
    bool says = c->name[0] == 'x' && c->name[1] >= '0' && c->name[1] <= '9';
    return c->name[0] != '\0' && !says && c->units >= 3 && c->cost > 0.001 && c->cost < 1000;
}

static struct habit_class *class_slot(struct habits *h, const char *name)
{
    struct habit_class *lightest = &h->classes[0];
    for (int i = 0; i < HABIT_CLASSES; i++) {
        if (strcmp(h->classes[i].name, name) == 0)
            return &h->classes[i];
        if (h->classes[i].weight < lightest->weight)
            lightest = &h->classes[i];
    }
    *lightest = (struct habit_class){.weight = 0};
    text_copy(lightest->name, sizeof(lightest->name), name);
    return lightest;
}

static void learn_classes(struct habits *h, const struct record *r)
{
    for (int i = 0; i < HABIT_CLASSES; i++)
        h->classes[i].weight *= keep;
    for (int i = 0; i < PLAN_MAX_CLASSES; i++) {
        const struct record_class *c = &r->classes[i];
        if (!learns_cost(c))
            continue;
        struct habit_class *slot = class_slot(h, c->name);
        double weight = fmin(c->units / 20, 1);
        slot->weight += weight;
        slot->ln_cost += weight / slot->weight * (log(c->cost) - slot->ln_cost);
    }
}

static void tell_classes(const struct habits *h, struct prior *ret)
{
    int n = 0;
    for (int i = 0; i < HABIT_CLASSES && n < PLAN_MAX_CLASSES; i++) {
        const struct habit_class *c = &h->classes[i];
        if (c->name[0] == '\0' || c->weight < 0.1)
            continue;
        double shipped = log(prior_class_cost(c->name));
        double share = c->weight / (c->weight + 1);
        text_copy(ret->classes[n].name, sizeof(ret->classes[n].name), c->name);
        ret->classes[n++].cost = (float)exp(shipped + share * (c->ln_cost - shipped));
    }
}

void habits_learn(struct habits *h, const struct record *record)
{
    struct prior shipped;
    struct regression reg;
    prior_shipped(record->type, &shipped);
    prior_regress(&shipped, &record->features, &reg);
    learn_usual(h, &reg);
    learn_restless(h, record);
    learn_lag(h, record);
    learn_classes(h, record);
}

void habits_tell(const struct habits *h, struct prior *ret)
{
    double n = h->restless_count;
    tell_usual(h, ret);
    ret->restless = (float)((h->restless + restless_jobs * (double)ret->restless) /
                            (n + restless_jobs));
    tell_lag(h, ret);
    tell_classes(h, ret);
}

// -- cold starts

static int gap_of(const struct features *f)
{
    if (!f->has_idle)
        return HABIT_GAPS - 1;
    double steps = ceil(log(fmax(f->idle_s, 1) / 4) / log(4));
    return (int)fmin(fmax(steps, 0), HABIT_GAPS - 2);
}

void cold_habit_learn(struct cold_habit *h, const struct features *features)
{
    if (!features->has_cold)
        return;
    int gap = gap_of(features);
    h->jobs[gap] = keep * h->jobs[gap] + 1;
    h->cold[gap] = keep * h->cold[gap] + (features->cold ? 1 : 0);
}

// A gap borrows from its neighbours, all gaps from the whole.
double cold_habit_chance(const struct cold_habit *h, const struct features *features)
{
    static const double neighbour = 0.3, whole_jobs = 1;
    double jobs = 0, cold = 0;
    int gap = gap_of(features);
    for (int i = 0; i < HABIT_GAPS; i++) {
        jobs += h->jobs[i];
        cold += h->cold[i];
    }
    double whole = (cold + 0.5) / (jobs + 1);
    jobs = h->jobs[gap];
    cold = h->cold[gap];
    for (int i = gap - 1; i <= gap + 1 && gap < HABIT_GAPS - 1; i += 2) {
        if (i < 0 || i >= HABIT_GAPS - 1)
            continue;
        jobs += neighbour * h->jobs[i];
        cold += neighbour * h->cold[i];
    }
    return (cold + whole_jobs * whole) / (jobs + whole_jobs);
}

// -- buffers on the way

// A film that went into the buffers nearly whole says only that they hold at least so much.
void ahead_habit_learn(struct ahead_habit *h, const struct record *record)
{
    static const double whole = 0.8, most = 16e6;
    const struct record_phase *p = &record->phases[PHASE_UPLOAD];
    if (!record->features.has_remote || !record->features.remote || p->ahead <= 0)
        return;
    if (p->ahead > whole * (double)p->units && p->ahead <= h->bytes)
        return;
    h->jobs = keep * h->jobs + 1;
    h->bytes += (fmin(p->ahead, most) - h->bytes) / h->jobs;
}

void ahead_habit_tell(const struct ahead_habit *h, struct prior *ret)
{
    ret->ahead = (float)((h->jobs * h->bytes + prior_jobs * (double)ret->ahead) /
                         (h->jobs + prior_jobs));
}
