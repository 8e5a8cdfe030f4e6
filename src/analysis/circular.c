// SPDX-License-Identifier: GPL-3.0-or-later
// circular.c — see circular.h.
#include "analysis/circular.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "job/shares.h"

static const double share_slack = 0.5; // points
static const double step_slack = 0.01;
static const double fraction_slack = 0.02;
static const double least_variation = 0.05; // of the totals, for fractions to mean anything
enum { LEAST_SAMPLES = 3 };

// The bar from which the published table of framing_ai comes: an estimate of so many seconds a
// frame and a constant, steps at these percents of it; the last phase lasts until the work is done.
static const struct {
    double frame_s, constant_s;
    double steps[4];
} known_bar = {0.8, 10, {10, 15, 80, 95}};
enum { CLOCK_STEPS = sizeof(known_bar.steps) / sizeof(known_bar.steps[0]) };

// ---- weights ----

static bool any_range(const struct weight_set *set, enum export_type type)
{
    for (int k = 0; k < PHASE_COUNT; k++) {
        if (set->weights[type][k].has_range)
            return true;
    }
    return false;
}

// The largest difference between the shares of a record and the set, in points.
static double points_off(const struct record *r, const struct weight_set *set)
{
    double share[PHASE_COUNT];
    double most = 0;
    if (!shares_of(r, share))
        return INFINITY;
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct weight *w = &set->weights[r->type][k];
        double wanted = w->has_range ? w->end_percent - w->start_percent : 0;
        most = fmax(most, fabs(100 * share[k] - wanted));
    }
    return most;
}

static void check_weights(const struct sample *samples, size_t n, const struct named_weights *sets,
                          size_t set_count, struct circular *ret)
{
    enum export_type type = samples[0].b.record.type;
    for (size_t i = 0; i < set_count && !ret->weights; i++) {
        double most = any_range(sets[i].set, type) ? 0 : INFINITY;
        for (size_t j = 0; j < n && most <= share_slack; j++)
            most = fmax(most, points_off(&samples[j].b.record, sets[i].set));
        if (most <= share_slack) {
            ret->weights = sets[i].name;
            ret->weights_off = most;
        }
    }
}

// ---- steps ----

static bool keeps_steps(const struct record *r, double *ret_estimate)
{
    const struct export_info *info = export_info(r->type);
    const struct features *f = &r->features;
    if (info->phase_count != CLOCK_STEPS + 1 || !f->has_frames_upscale || f->frames_upscale == 0)
        return false;
    double estimate = known_bar.frame_s * (double)f->frames_upscale + known_bar.constant_s;
    double at = 0;
    for (int i = 0; i < CLOCK_STEPS; i++) {
        at += record_own_s(r, info->phases[i]);
        if (fabs(at - known_bar.steps[i] / 100 * estimate) > step_slack * estimate)
            return false;
    }
    *ret_estimate = estimate;
    at += record_own_s(r, info->phases[CLOCK_STEPS]);
    return fabs(at - r->total_s) <= step_slack * r->total_s;
}

static void check_steps(const struct sample *samples, size_t n, struct circular *ret)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        double estimate;
        if (!keeps_steps(&samples[i].b.record, &estimate))
            continue;
        ret->bar_sample = i;
        ret->bar_estimate = estimate;
        kept++;
    }
    ret->steps = 2 * kept > n; // the rest may be jobs that were faster than the bar
}

// ---- fractions of an estimate ----

struct running {
    double n, mean, squares;
};

static void running_add(struct running *s, double x)
{
    double before = x - s->mean;
    s->n++;
    s->mean += before / s->n;
    s->squares += before * (x - s->mean);
}

// Standard deviation over mean.
static double variation(const struct running *s)
{
    return s->mean > 0 ? sqrt(s->squares / s->n) / s->mean : INFINITY;
}

// The estimate of a sample: as told, or the sum of all phases but the last.
static double estimate_of(const struct sample *s, bool told)
{
    const struct export_info *info = export_info(s->b.record.type);
    double sum = 0;
    if (told)
        return s->b.has_estimate ? s->b.estimated_s : 0;
    for (int i = 0; i < info->phase_count - 1; i++)
        sum += record_own_s(&s->b.record, info->phases[i]);
    return sum;
}

// Do all phases but the last keep their fraction of the estimate, though the totals vary?
static bool keeps_fractions(const struct sample *samples, size_t n, bool told,
                            double fractions[static PHASE_COUNT])
{
    const struct export_info *info = export_info(samples[0].b.record.type);
    struct running totals = {0};
    struct running phases[PHASE_COUNT] = {0};
    for (size_t i = 0; i < n; i++) {
        double estimate = estimate_of(&samples[i], told);
        if (!(estimate > 0))
            return false;
        running_add(&totals, samples[i].b.record.total_s);
        for (int k = 0; k < info->phase_count - 1; k++)
            running_add(&phases[k], record_own_s(&samples[i].b.record, info->phases[k]) / estimate);
    }
    for (int k = 0; k < info->phase_count - 1; k++) {
        fractions[info->phases[k]] = phases[k].mean;
        if (!(variation(&phases[k]) <= fraction_slack))
            return false;
    }
    return variation(&totals) >= least_variation;
}

static void check_estimate(const struct sample *samples, size_t n, struct circular *ret)
{
    const struct export_info *info = export_info(samples[0].b.record.type);
    if (n < LEAST_SAMPLES || info->phase_count < 3)
        return;
    ret->last = info->phases[info->phase_count - 1];
    ret->estimate_told = keeps_fractions(samples, n, true, ret->fractions);
    ret->estimate = ret->estimate_told || keeps_fractions(samples, n, false, ret->fractions);
}

bool circular_check(const struct sample *samples, size_t n, const struct named_weights *sets,
                    size_t set_count, struct circular *ret)
{
    *ret = (struct circular){0};
    if (n == 0 || export_info(samples[0].b.record.type)->phase_count == 0)
        return false;
    check_weights(samples, n, sets, set_count, ret);
    check_steps(samples, n, ret);
    check_estimate(samples, n, ret);
    return ret->weights || ret->steps || ret->estimate;
}

// ---- words ----

// "20.1/10.0/122.5 " with one decimal.
static void add_list(struct buffer *out, const double *values, int n)
{
    for (int i = 0; i < n; i++)
        buffer_printf(out, "%s%.1f", i ? "/" : "", values[i]);
}

static void say_steps(const struct circular *c, const struct record *r, struct buffer *out)
{
    const struct export_info *info = export_info(r->type);
    double bar_s[CLOCK_STEPS + 1];
    double log_s[CLOCK_STEPS + 1];
    for (int i = 0; i <= CLOCK_STEPS; i++) {
        double from = i ? known_bar.steps[i - 1] : 0;
        double to = i < CLOCK_STEPS ? known_bar.steps[i] : 0;
        bar_s[i] = i < CLOCK_STEPS ? (to - from) / 100 * c->bar_estimate
                                   : r->total_s - from / 100 * c->bar_estimate;
        log_s[i] = record_own_s(r, info->phases[i]);
    }
    buffer_printf(out,
                  "; they are the clock of a simulated bar: its estimate of %.1f s × %llu "
                  "frames + %.0f s = %.0f s with steps at 10/15/80/95 %% gives ",
                  known_bar.frame_s, (unsigned long long)r->features.frames_upscale,
                  known_bar.constant_s, c->bar_estimate);
    add_list(out, bar_s, CLOCK_STEPS + 1);
    buffer_text(out, " s, the log says ");
    add_list(out, log_s, CLOCK_STEPS + 1);
    buffer_text(out, " s");
}

static void say_estimate(const struct circular *c, enum export_type type, struct buffer *out)
{
    const struct export_info *info = export_info(type);
    double percent[PHASE_COUNT];
    for (int i = 0; i < info->phase_count - 1; i++)
        percent[i] = 100 * c->fractions[info->phases[i]];
    buffer_printf(out, "; the phases before %s are fixed fractions of %s (",
                  phase_info(c->last)->name, c->estimate_told ? "the estimate" : "an estimate");
    add_list(out, percent, info->phase_count - 1);
    buffer_printf(out, " %%%s), and %s takes what is left", c->estimate_told ? "" : " of their sum",
                  phase_info(c->last)->name);
}

void circular_text(const struct circular *c, const struct sample *samples, char *dst, size_t size)
{
    struct buffer out BUFFER_AUTO;
    const struct record *r = &samples[c->bar_sample].b.record;
    buffer_init(&out, 2048);
    if (c->weights)
        buffer_printf(&out, "; the shares are those of the weights `%s`, at most %.1f points off",
                      c->weights, c->weights_off);
    if (c->steps)
        say_steps(c, r, &out);
    if (c->estimate)
        say_estimate(c, r->type, &out);
    (void)snprintf(dst, size, "circular%s. Only the totals are measurements", buffer_string(&out));
    if (dst[8] == ';')
        dst[8] = ':';
}
