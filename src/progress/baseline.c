// SPDX-License-Identifier: GPL-3.0-or-later
// baseline.c — one row a way to show progress.
#include "progress/baseline.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "progress/weights.h"

static const double full = 0.99; // where such bars wait for the end

struct moment {
    const struct snapshot *now;
    const struct features *features;
    double elapsed_s;
};

typedef void show_fn(struct baseline *b, const struct moment *m, struct baseline_view *ret);

// The time left if everything goes on as so far.
static void extrapolate(const struct moment *m, struct baseline_view *ret)
{
    static const double too_early = 0.005;
    ret->has_eta = ret->fraction > too_early;
    if (ret->has_eta)
        ret->eta_s = m->elapsed_s * (1 - ret->fraction) / ret->fraction;
}

static double fraction_of(const struct moment *m, int k)
{
    const struct phase_view *p = &m->now->phases[k];
    return p->has_fraction ? p->fraction : 0;
}

// ---- by time ----

static void by_total(const struct moment *m, double total_s, struct baseline_view *ret)
{
    ret->fraction = fmin(m->elapsed_s / fmax(total_s, 1e-3), full);
    ret->has_eta = true;
    ret->eta_s = fmax(total_s - m->elapsed_s, m->elapsed_s * (1 - full));
}

static void show_simulated(struct baseline *b, const struct moment *m, struct baseline_view *ret)
{
    double frames = 0;
    bool known = baseline_frames(m->features, &frames);
    by_total(m, baseline_total_s(b->fit, m->now->type, known, frames), ret);
}

static void show_oracle_total(struct baseline *b, const struct moment *m, struct baseline_view *ret)
{
    double total_s = b->future->total_s;
    ret->fraction = fmin(m->elapsed_s / fmax(total_s, 1e-3), 1);
    ret->has_eta = true;
    ret->eta_s = fmax(total_s - m->elapsed_s, 0);
}

// ---- by phases ----

static void show_passes(struct baseline *b, const struct moment *m, struct baseline_view *ret)
{
    (void)b;
    double sum = 0;
    int count = 0;
    for (int k = PHASE_STARTUP + 1; k < PHASE_FINALIZE; k++) {
        if (m->now->phases[k].state == PHASE_ABSENT)
            continue;
        sum += fraction_of(m, k);
        count++;
    }
    ret->fraction = count > 0 ? sum / count : 0;
    extrapolate(m, ret);
}

// Σ w f / Σ w over the phases that the job has.
static bool weighted(const struct moment *m, const double weights[static PHASE_COUNT],
                     struct baseline_view *ret)
{
    double sum = 0;
    double done = 0;
    for (int k = 0; k < PHASE_COUNT; k++) {
        if (m->now->phases[k].state == PHASE_ABSENT)
            continue;
        sum += weights[k];
        done += weights[k] * fraction_of(m, k);
    }
    if (sum <= 0)
        return false;
    ret->fraction = done / sum;
    extrapolate(m, ret);
    return true;
}

static void ranges(const struct weight_set *set, enum export_type type,
                   double ret[static PHASE_COUNT])
{
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct weight *w = &set->weights[type][k];
        ret[k] = w->has_range ? w->end_percent - w->start_percent : 0;
    }
}

// A type without ranges shows the phases' own fractions.
static void show_first(struct baseline *b, const struct moment *m, struct baseline_view *ret)
{
    struct weight_set set;
    double weights[PHASE_COUNT];
    weights_first(&set);
    ranges(&set, m->now->type, weights);
    if (!weighted(m, weights, ret))
        show_passes(b, m, ret);
}

static void show_fixed(struct baseline *b, const struct moment *m, struct baseline_view *ret)
{
    struct weight_set set;
    double weights[PHASE_COUNT];
    if (!baseline_weights(b->fit, m->now->type, weights)) {
        weights_measured(&set);
        ranges(&set, m->now->type, weights);
    }
    if (!weighted(m, weights, ret))
        show_passes(b, m, ret);
}

static void show_oracle_weights(struct baseline *b, const struct moment *m,
                                struct baseline_view *ret)
{
    double weights[PHASE_COUNT];
    for (int k = 0; k < PHASE_COUNT; k++)
        weights[k] = record_own_s(b->future, (enum phase)k);
    if (!weighted(m, weights, ret))
        show_passes(b, m, ret);
}

// ---- by frames ----

// The phase whose count is the bar: frames where there are any, else bytes.
static const struct phase_view *counted_phase(const struct moment *m)
{
    static const enum phase wanted[] = {PHASE_UPSCALE, PHASE_PROCESS, PHASE_ENCODE, PHASE_UPLOAD,
                                        PHASE_DOWNLOAD};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        const struct phase_view *p = &m->now->phases[wanted[i]];
        if (p->state != PHASE_ABSENT && p->has_total && p->total_units > 0)
            return p;
    }
    return NULL;
}

static void show_frames(struct baseline *b, const struct moment *m, struct baseline_view *ret)
{
    static const double smoothing = 0.3; // tqdm's
    const struct phase_view *p = counted_phase(m);
    if (!p)
        return;
    double done = (double)p->done_units;
    double total = (double)p->total_units;
    if (done > b->counted) {
        bool first = b->ema_s <= 0;
        double keep = first ? 0 : 1 - smoothing;
        double take = first ? 1 : smoothing;
        b->ema_units = keep * b->ema_units + take * (done - b->counted);
        b->ema_s = keep * b->ema_s + take * (m->elapsed_s - b->counted_s);
        b->counted = done;
        b->counted_s = m->elapsed_s;
    } else if (done < b->counted) { // another attempt
        b->counted = done;
        b->counted_s = m->elapsed_s;
    }
    ret->fraction = p->has_fraction ? p->fraction : done / total;
    ret->has_eta = b->ema_units > 0;
    if (ret->has_eta)
        ret->eta_s = (total - done) * b->ema_s / b->ema_units;
}

// ---- the table ----

static const struct {
    const char *name;
    show_fn *show;
    bool oracle;
} rows[] = {
    [BASELINE_SIMULATED] = {"simulated", show_simulated, false},
    [BASELINE_FIRST] = {"first", show_first, false},
    [BASELINE_FIXED] = {"fixed", show_fixed, false},
    [BASELINE_FRAMES] = {"frames", show_frames, false},
    [BASELINE_PASSES] = {"passes", show_passes, false},
    [BASELINE_ORACLE_WEIGHTS] = {"oracle_weights", show_oracle_weights, true},
    [BASELINE_ORACLE_TOTAL] = {"oracle_total", show_oracle_total, true},
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == BASELINE_COUNT, "a row each");

const char *baseline_name(enum baseline_kind kind)
{
    assert((unsigned)kind < BASELINE_COUNT);
    return rows[kind].name;
}

bool baseline_from_name(const char *name, enum baseline_kind *ret)
{
    for (int i = 0; i < BASELINE_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *ret = (enum baseline_kind)i;
            return true;
        }
    }
    return false;
}

bool baseline_is_oracle(enum baseline_kind kind)
{
    assert((unsigned)kind < BASELINE_COUNT);
    return rows[kind].oracle;
}

void baseline_init(struct baseline *b, enum baseline_kind kind, const struct baseline_fit *fit,
                   const struct record *future)
{
    assert(!baseline_is_oracle(kind) || future);
    *b = (struct baseline){.kind = kind, .fit = fit, .future = future};
}

void baseline_show(struct baseline *b, const struct snapshot *now, const struct features *features,
                   struct baseline_view *ret)
{
    const struct moment m = {now, features, (double)now->elapsed_ns * 1e-9};
    *ret = (struct baseline_view){0};
    rows[b->kind].show(b, &m, ret);
    b->shown = fmax(b->shown, ret->fraction);
    ret->fraction = now->ended && now->outcome == OUTCOME_COMPLETE ? 1 : b->shown;
}
