// SPDX-License-Identifier: GPL-3.0-or-later
// estimator.c — condition, draw, finish, take quantiles.
//
// Two phases that keep pace with each other look alike from outside: one is slow, the other
// waits. Only the slower one's time may be taken as its own; for the other it is an upper bound.
// Which one that is, nobody can see; the forecast decides, and the total does not depend on it.
#include "progress/estimator.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "progress/normal.h"
#include "progress/pipeline.h"

enum { HALF = 16, DRAWS = 2 * HALF + 1 };

// Φ⁻¹((16.5 + i) / 33), i = 1…16: with their negatives and 0, the mid-quantiles of 33 equal shares.
static const double levels[HALF] = {0.0760, 0.1525, 0.2299, 0.3087, 0.3894, 0.4728, 0.5596, 0.6508,
                                    0.7479, 0.8525, 0.9674, 1.0968, 1.2478, 1.4342, 1.6906, 2.1661};

// One column a phase, one row a pair of draws ±: signed ranks into `levels`, so that each phase
// alone has exact quantiles; found by a search for small correlations (largest 0.062). The test
// recomputes that.
static const short ranks[HALF][PHASE_COUNT] = {
    {3, -4, 13, -7, 16, -11, -13, -14, -11, -5, 12, -1},
    {13, -10, -8, 8, -12, -15, -10, 4, 14, -7, -4, 2},
    {12, 6, -16, -16, 10, 7, 3, 3, -2, 9, 9, 6},
    {-16, -15, -7, -10, 2, -9, 5, 6, 10, 11, 13, 12},
    {15, -14, 5, 5, 1, 16, -9, 8, -1, -4, 1, 13},
    {9, 7, 6, -12, -14, 5, -2, -11, 7, 10, 14, -16},
    {2, -13, 4, 14, -5, 4, 4, -15, -6, 12, 15, 8},
    {-1, -5, 15, -2, -4, 8, 6, 16, -3, 13, 8, -5},
    {10, -1, 3, -3, -6, -2, -1, -9, 16, 6, -2, 7},
    {4, 8, -10, 15, 8, -12, -14, 13, -4, 15, 3, -9},
    {11, 12, -1, 13, 15, 1, 16, -1, 13, 8, 5, 4},
    {7, 9, 11, -4, -13, -14, 15, -2, -12, 1, -7, 10},
    {-14, 16, -2, 9, -9, 13, -12, -5, 8, -3, 11, 14},
    {-5, 3, 12, -6, 7, 6, -8, -10, 9, 16, -16, 3},
    {-8, -11, -14, 11, -3, 10, 11, -12, -5, 2, -10, -15},
    {-6, -2, 9, 1, 11, 3, 7, 7, 15, -14, 6, -11},
};

// -- conditioning

static const double timed_variance = 1e-4;  // of ln of a time that was measured to its end
static const double memory_variance = 0.09; // an earlier attempt may have run on another machine
static const double coarse = 0.002;         // workers that count many units at a time
static const double keeps_up = 1.2;         // so much slower is still the same pace

static void condition_timed(const struct job_evidence *job, struct forecast *f)
{
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct evidence *e = &job->phases[k];
        if (e->has_memory)
            forecast_observe(f, (enum phase)k, log(fmax(e->memory_s, 1e-6)), memory_variance);
        if (e->state == EVIDENCE_DONE && !e->counted && e->elapsed_s > 0)
            forecast_observe(f, (enum phase)k, log(e->elapsed_s), timed_variance);
        if (e->state == EVIDENCE_RUNNING && e->has_floor)
            forecast_survive(f, (enum phase)k, e->floor_s, coarse);
    }
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct evidence *e = &job->phases[k];
        bool open = k == PHASE_STARTUP && job->cold.open;
        if (e->state == EVIDENCE_RUNNING && !e->counted && !open)
            forecast_survive_others(f, (enum phase)k, e->elapsed_s);
    }
}

static void observe_pace(struct forecast *f, enum phase k, const struct evidence *e, bool own)
{
    double variance = e->pace_variance + 1e-4;
    double ln_s = log(fmax(e->pace_s, 1e-6));
    if (own)
        forecast_observe(f, k, ln_s + e->pace_bias, variance);
    else // of another's pace we only know that it is not slower
        forecast_observe_limit(f, k, ln_s, variance);
    f->cov[k][k] += e->rest_variance;
}

static bool paced(const struct evidence *e)
{
    return e->state != EVIDENCE_NONE && e->counted && e->has_pace;
}

// Does e go at the pace of the phase before it, as far as their scatter lets one tell? The first
// counts of an encoder that waits may come at any pace.
static bool keeps_pace(const struct evidence *e, const struct evidence *before)
{
    if (e->state != EVIDENCE_RUNNING || before->state != EVIDENCE_RUNNING)
        return false;
    double doubt = 2 * sqrt(e->pace_variance + before->pace_variance);
    return e->pace_s < keeps_up * before->pace_s * exp(fmin(doubt, 1));
}

// Runs of phases in pipeline order that keep pace with the one before; the one that is expected
// to be slowest sets it.
static void condition_paces(const struct job_evidence *job, struct forecast *f)
{
    enum phase group[PHASE_COUNT];
    int size = 0;
    double prior_mean[PHASE_COUNT];
    memcpy(prior_mean, f->mean, sizeof(prior_mean));
    for (int i = 0; i <= job->order_count; i++) {
        const struct evidence *e = i < job->order_count ? &job->phases[job->order[i]] : NULL;
        if (e != NULL && !paced(e))
            continue;
        bool joins = size > 0 && e != NULL && keeps_pace(e, &job->phases[group[size - 1]]);
        if (!joins) {
            int slowest = 0;
            for (int j = 1; j < size; j++) {
                if (prior_mean[group[j]] > prior_mean[group[slowest]])
                    slowest = j;
            }
            for (int j = 0; j < size; j++) {
                bool done = job->phases[group[j]].state == EVIDENCE_DONE;
                observe_pace(f, group[j], &job->phases[group[j]], j == slowest && !done);
            }
            size = 0;
        }
        if (e != NULL)
            group[size++] = job->order[i];
    }
}

// -- drawing

// Lower triangle L with L Lᵀ = C; rows of absent and settled phases are 0.
static void factor(const struct forecast *f, double l[PHASE_COUNT][PHASE_COUNT])
{
    memset(l, 0, sizeof(double) * PHASE_COUNT * PHASE_COUNT);
    for (int i = 0; i < PHASE_COUNT; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = f->cov[i][j];
            for (int k = 0; k < j; k++)
                sum -= l[i][k] * l[j][k];
            if (i == j)
                l[i][i] = sqrt(fmax(sum, 0));
            else
                l[i][j] = l[j][j] > 1e-9 ? sum / l[j][j] : 0;
        }
    }
}

struct draws {
    const struct job_evidence *job;
    const struct forecast *forecast;
    double l[PHASE_COUNT][PHASE_COUNT];
};

static bool to_do(const struct draws *d, enum phase k)
{
    return forecast_has(d->forecast, k) && d->job->phases[k].state != EVIDENCE_DONE;
}

// The drawn time ln_s of a phase with this mean, moved to the same quantile of those that last
// longer than elapsed_s already; what is left of it.
static double survivor_s(double mean, double variance, double ln_s, double elapsed_s)
{
    struct forecast f = {.present = 1, .mean = {mean}, .cov = {{fmax(variance, 1e-12)}}};
    double p = normal_cdf((ln_s - mean) / sqrt(f.cov[0][0]));
    return forecast_quantile(&f, (enum phase)0, elapsed_s, p) - elapsed_s;
}

static double level_of(int n, int column)
{
    int rank = n < 2 * HALF ? ranks[n % HALF][column] : 0;
    double z = rank > 0 ? levels[rank - 1] : rank < 0 ? -levels[-rank - 1] : 0;
    return n < HALF ? z : -z;
}

// The draws with the longest startups are the cold ones, as many as is likely; among each kind
// the startup is drawn anew.
static bool draw_cold(const struct cold_start *cold, double *z)
{
    double p = normal_cdf(*z);
    bool is_cold = p > 1 - cold->chance;
    *z = normal_quantile(is_cold ? (p - (1 - cold->chance)) / cold->chance
                                 : p / (1 - cold->chance));
    return is_cold;
}

// Seconds of all phases in draw n; of a running silent phase, those left.
static void draw_seconds(const struct draws *d, int n, double ret[PHASE_COUNT])
{
    const struct cold_start *cold = &d->job->cold;
    double z[PHASE_COUNT];
    for (int k = 0; k < PHASE_COUNT; k++)
        z[k] = level_of(n, k);
    bool is_cold = cold->open && draw_cold(cold, &z[PHASE_STARTUP]);
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct evidence *e = &d->job->phases[k];
        ret[k] = 0;
        if (!to_do(d, (enum phase)k))
            continue;
        double off = is_cold ? cold->shift[k] : 0;
        double ln_s = d->forecast->mean[k] + off;
        double mean = ln_s;
        for (int j = 0; j <= k; j++)
            ln_s += d->l[k][j] * z[j];
        if (e->state == EVIDENCE_RUNNING && !e->counted && e->elapsed_s > 0)
            ret[k] = survivor_s(mean, d->forecast->cov[k][k], ln_s, e->elapsed_s);
        else
            ret[k] = exp(fmin(ln_s, 25)); // e^25 s: three thousand years are enough
    }
}

static bool is_silent(enum phase k)
{
    return phase_info(k)->unit == UNIT_NONE;
}

// The chain of the worker's counted phases, with the silent ones as gates.
struct chain {
    int count;
    enum phase phases[PIPELINE_MAX_STAGES];
    int gates[PIPELINE_MAX_STAGES]; // phase, or -1
    double behind[PIPELINE_MAX_STAGES];
    int last_gate; // a silent phase with nothing behind it, or -1
};

static const double sequential_after =
    0.2; // unbegun when the one before is so much further than usual

static double stage_behind(const struct job_evidence *job, enum phase k, enum phase before,
                           bool gated, bool after)
{
    const struct evidence *e = &job->phases[k];
    const struct evidence *b = &job->phases[before];
    if (after && k == PHASE_UPLOAD && e->state == EVIDENCE_NONE)
        return 1;
    if (e->state == EVIDENCE_NONE || e->share <= 0)
        return !gated && b->share > e->lag + sequential_after ? 1 : e->lag;
    return fmin(fmax(b->share - e->share, 0), 1);
}

// `after`: its result is sent when it is whole.
static void build_chain(const struct draws *d, bool after, struct chain *c)
{
    const struct job_evidence *job = d->job;
    int gate = -1;
    *c = (struct chain){.last_gate = -1};
    for (int i = 0; i < job->order_count; i++) {
        enum phase k = job->order[i];
        if (!to_do(d, k))
            continue;
        if (is_silent(k)) {
            gate = (int)k;
            continue;
        }
        int n = c->count++;
        c->phases[n] = k;
        c->gates[n] = gate;
        c->behind[n] = n > 0 ? stage_behind(job, k, c->phases[n - 1], gate >= 0, after) : 0;
        gate = -1;
    }
    c->last_gate = gate;
}

static double chain_seconds(const struct chain *c, const struct job_evidence *job,
                            const double seconds[PHASE_COUNT])
{
    struct pipeline_stage stages[PIPELINE_MAX_STAGES];
    double stage_s[PIPELINE_MAX_STAGES];
    for (int n = 0; n < c->count; n++) {
        enum phase k = c->phases[n];
        stages[n] = (struct pipeline_stage){
            .share = fmin(job->phases[k].share, 1),
            .gate_s = c->gates[n] >= 0 ? seconds[c->gates[n]] : 0,
            .behind = c->behind[n],
        };
        stage_s[n] = seconds[k];
    }
    double last = c->last_gate >= 0 ? seconds[c->last_gate] : 0;
    return fmax(pipeline_seconds(stages, stage_s, c->count), last);
}

// In as many draws as is likely, spread over them.
static bool is_after(const struct job_evidence *job, int n)
{
    enum { STRIDE = 13 }; // has no divisor with DRAWS in common
    return (n * STRIDE % DRAWS + 0.5) / DRAWS < job->phases[PHASE_UPLOAD].after;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double sorted[DRAWS], double p)
{
    double at = p * DRAWS - 0.5;
    int i = (int)at;
    return sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]);
}

// Every phase alone, at the middle of what is believed.
static void phases_left(const struct draws *d, struct estimate *ret)
{
    draw_seconds(d, DRAWS - 1, ret->phase_left_s);
    for (int k = 0; k < PHASE_COUNT; k++)
        ret->phase_left_s[k] *= 1 - fmin(d->job->phases[k].share, 1);
}

void estimate(const struct job_evidence *job, struct forecast *forecast, struct estimate *ret)
{
    condition_timed(job, forecast);
    condition_paces(job, forecast);
    struct draws d = {.job = job, .forecast = forecast};
    factor(forecast, d.l);
    struct chain chains[2];
    build_chain(&d, false, &chains[false]);
    build_chain(&d, true, &chains[true]);
    double totals[DRAWS];
    for (int n = 0; n < DRAWS; n++) {
        double seconds[PHASE_COUNT];
        draw_seconds(&d, n, seconds);
        totals[n] = seconds[PHASE_QUEUE] + seconds[PHASE_STARTUP] +
                    chain_seconds(&chains[is_after(job, n)], job, seconds) +
                    seconds[PHASE_FINALIZE];
    }
    qsort(totals, DRAWS, sizeof(totals[0]), ascending);
    ret->low_s = quantile(totals, 0.1);
    ret->median_s = totals[HALF];
    ret->high_s = quantile(totals, 0.9);
    phases_left(&d, ret);
}
