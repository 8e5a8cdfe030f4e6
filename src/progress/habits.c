// SPDX-License-Identifier: GPL-3.0-or-later
// habits.c — see habits.h.
#include "progress/habits.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

static const double keep = 0.98;    // of what was usual, per job
static const double prior_jobs = 3; // what a shipped value is worth
static const double restless_jobs = 8;
static const double student_nu = 4; // one wild job moves little

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

// -- frames that were guessed

// Whoever submits a job takes a film's length times a usual rate; the film may have another.
static void learn_guess(struct habits *h, const struct record *r)
{
    static const double most = 2;
    if (r->frames_guess <= 0 || !r->features.has_frames_output || r->features.frames_output == 0)
        return;
    double off = log((double)r->features.frames_output / r->frames_guess);
    h->guess_count = keep * h->guess_count + 1;
    h->guess += (fmin(fmax(off, -most), most) - h->guess) / h->guess_count;
}

// -- paces that do not stay

// Of the phase that set the pace: how far its half-way pace was from its whole time. The second
// half's is off by twice as much.
static void learn_restless(struct habits *h, const struct record *r)
{
    static const double most = 0.25; // of one job: a wild one moves little
    int slowest = -1;
    for (int k = PHASE_DOWNLOAD; k < PHASE_FINALIZE; k++) {
        if (r->phases[k].pace_s[PACE_CHECKS - 1] > 0 && r->phases[k].units >= 20 &&
            (slowest < 0 || record_own_s(r, (enum phase)k) > record_own_s(r, (enum phase)slowest)))
            slowest = k;
    }
    if (slowest < 0)
        return;
    double whole_s = record_own_s(r, (enum phase)slowest);
    if (whole_s < 0.5 * r->total_s) // something else set the pace
        return;
    double off = 2 * log(r->phases[slowest].pace_s[PACE_CHECKS - 1] / whole_s);
    h->restless = keep * h->restless + fmin(off * off, most);
    h->restless_count = keep * h->restless_count + 1;
}

// -- what comes of paces

// Of a phase that worked nearly all of its time: the pace of one that waits is another's.
static void learn_paces(struct habits *h, const struct record *r)
{
    static const double busy = 0.8, shortest_s = 0.3, most = 1.5;
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct record_phase *p = &r->phases[k];
        double own_s = record_own_s(r, (enum phase)k);
        int row = prior_counted((enum phase)k);
        if (row < 0 || own_s < shortest_s || own_s < busy * p->wall_s)
            continue;
        for (int i = 0; i < PACE_CHECKS; i++) {
            struct pace_habit *pace = &h->paces[row][i];
            if (p->pace_s[i] <= 0)
                continue;
            double error = fmin(fmax(log(own_s / p->pace_s[i]), -most), most) - pace->mean;
            double gain = 1 / (keep * pace->jobs + 1);
            pace->jobs = keep * pace->jobs + 1;
            pace->mean += gain * error;
            double z2 = pace->jobs > 4 ? error * error / fmax(pace->variance, 1e-4) : 1;
            double weight = (student_nu + 1) / (student_nu + z2);
            pace->variance = (1 - gain) * (pace->variance + gain * weight * error * error);
        }
    }
}

static void tell_paces(const struct habits *h, struct prior *ret)
{
    for (int row = 0; row < PRIOR_COUNTED; row++) {
        ret->pace_jobs[row] = (float)h->paces[row][PACE_CHECKS - 1].jobs;
        for (int i = 0; i < PACE_CHECKS; i++) {
            const struct pace_habit *pace = &h->paces[row][i];
            ret->pace_bias[row][i] = (float)(pace->mean * pace->jobs /
                                             (pace->jobs + restless_jobs));
            ret->pace_variance[row][i] = (float)pace->variance;
        }
    }
}

// -- who looks ahead

// A job that is shorter than the lag says only that it is at least so long.
static void learn_lag(struct habits *h, const struct record *r)
{
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct record_phase *p = &r->phases[k];
        if (k == PHASE_UPLOAD || !p->present || p->lag <= 0 || (double)p->units < 1.2 * p->lag)
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
    learn_guess(h, record);
    learn_restless(h, record);
    learn_paces(h, record);
    learn_lag(h, record);
    learn_classes(h, record);
}

void habits_tell(const struct habits *h, struct prior *ret)
{
    double n = h->restless_count;
    tell_usual(h, ret);
    ret->guess = (float)(h->guess * h->guess_count / (h->guess_count + prior_jobs));
    ret->restless = (float)((h->restless + restless_jobs * (double)ret->restless) /
                            (n + restless_jobs));
    tell_paces(h, ret);
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

// -- who is sent when it is whole

// The phase whose frames are sent; its units, or 0.
static double units_of_maker(const struct record *r)
{
    for (int k = PHASE_UPLOAD - 1; k > PHASE_DOWNLOAD; k--) {
        if (r->phases[k].present && phase_info((enum phase)k)->unit == UNIT_FRAMES)
            return (double)r->phases[k].units;
    }
    return 0;
}

void after_habit_learn(struct after_habit *h, const struct record *record)
{
    static const double whole = 0.9;
    const struct record_phase *p = &record->phases[PHASE_UPLOAD];
    double units = units_of_maker(record);
    if (!record->features.has_remote || !record->features.remote || !p->present || p->units == 0 ||
        units <= 0)
        return;
    int size = prior_size(log((double)p->units));
    h->jobs[size] = keep * h->jobs[size] + 1;
    h->after[size] = keep * h->after[size] + (p->lag >= whole * units ? 1 : 0);
}

void after_habit_tell(const struct after_habit *h, struct prior *ret)
{
    for (int i = 0; i < PRIOR_SIZES; i++) {
        ret->after[i] = (float)((h->after[i] + prior_jobs * (double)ret->after[i]) /
                                (h->jobs[i] + prior_jobs));
    }
}

// -- the moment

void current_learn(struct current *c, double off)
{
    static const double gain = 0.35, most = 1.5;
    double r = fmin(fmax(off, -most), most);
    c->agree = keep * c->agree + c->mean * r;
    c->squares = keep * c->squares + c->mean * c->mean;
    c->mean += gain * (r - c->mean);
}

// The regression of an error on the mean before it, held near 0 until there are a few jobs.
double current_tell(const struct current *c)
{
    static const double doubt = 0.6;
    return fmin(fmax(c->agree / (c->squares + doubt), 0), 1) * c->mean;
}
