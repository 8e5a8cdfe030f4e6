// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/scores.h"

#include <math.h>
#include <stdlib.h>

#include "progress/normal.h"

static const double aim_low = 0.1, aim_high = 0.9;
static const double first_low = 0.08, first_high = 0.92; // ends of few scores lie too far inside
static const double adaptation = 0.02;                   // γ of Gibbs and Candès, for one run
static const uint32_t ripe_scores = 40; // before that, errors are those of a model that is young
static const double least_level = 0.02; // and 1 − that
static const double neighbour_weight = 0.25; // a score of the eighth beside
static const double gaussian_spread = 1.2;   // few scores know their own tails
static const double gaussian_weight = 6;     // of all GAUSSIANS together
enum { GAUSSIANS = 16, POOL = 3 * SCORES_KEPT + GAUSSIANS };

void scores_init(struct scores *s)
{
    *s = (struct scores){.low_level = (float)first_low, .high_level = (float)first_high};
}

struct weighted {
    double score, weight;
};

static int ascending(const void *a, const void *b)
{
    double x = ((const struct weighted *)a)->score;
    double y = ((const struct weighted *)b)->score;
    return (x > y) - (x < y);
}

struct pool {
    struct weighted items[POOL];
    int count;
    double weight;
};

static void pool_add(struct pool *p, double score, double weight)
{
    p->items[p->count++] = (struct weighted){score, weight};
    p->weight += weight;
}

static void pool_fill(struct pool *p, const struct scores *s, int eighth)
{
    *p = (struct pool){.count = 0};
    for (int i = eighth - 1; i <= eighth + 1; i++) {
        if (i < 0 || i >= RECORD_CHECKS)
            continue;
        int kept = s->count[i] < SCORES_KEPT ? (int)s->count[i] : SCORES_KEPT;
        for (int j = 0; j < kept; j++)
            pool_add(p, (double)s->score[i][j], i == eighth ? 1 : neighbour_weight);
    }
    for (int i = 0; i < GAUSSIANS; i++)
        pool_add(p, gaussian_spread * normal_quantile((i + 0.5) / GAUSSIANS),
                 gaussian_weight / GAUSSIANS);
    qsort(p->items, (size_t)p->count, sizeof(p->items[0]), ascending);
}

// Between the middles of neighbouring weights the quantile is read linearly. Of n scores the i-th
// lies at i / (n + 1) of all that will come, hence the 1 and the half.
static double pool_quantile(const struct pool *p, double level)
{
    double target = level * p->weight;
    double before = 0;
    for (int i = 0; i < p->count; i++) {
        double middle = before + p->items[i].weight / 2;
        if (middle >= target || i + 1 == p->count) {
            if (i == 0 || middle < target)
                return p->items[i].score;
            double last = before - p->items[i - 1].weight / 2;
            double way = (target - last) / fmax(middle - last, 1e-12);
            return p->items[i - 1].score + way * (p->items[i].score - p->items[i - 1].score);
        }
        before += p->items[i].weight;
    }
    return 0;
}

void scores_calibrate(const struct scores *s, struct calibration *ret)
{
    calibration_init(ret);
    for (int i = 0; i < RECORD_CHECKS; i++) {
        struct pool pool;
        ret->learnt = ret->learnt || s->count[i] > 0;
        pool_fill(&pool, s, i);
        ret->low[i] = (float)pool_quantile(&pool, (double)s->low_level);
        ret->middle[i] = (float)pool_quantile(&pool, 0.5);
        ret->high[i] = (float)pool_quantile(&pool, (double)s->high_level);
    }
}

static double clamp_level(double level)
{
    return fmin(fmax(level, least_level), 1 - least_level);
}

// The score of one check; false when it is none.
static bool score_of(const struct record *r, int eighth, double *ret)
{
    const struct record_check *c = &r->checks[eighth];
    double left_s = r->total_s - (double)c->elapsed_s;
    if (!(c->left_s > 0) || !(c->sigma > 0) || left_s <= 0)
        return false;
    *ret = fmin(fmax(log(left_s / (double)c->left_s) / (double)c->sigma, -20), 20);
    return true;
}

int scores_learn(struct scores *s, const struct record *record)
{
    struct calibration now;
    double below = 0, above = 0, score;
    int n = 0, ripe = 0;
    scores_calibrate(s, &now);
    for (int i = 0; i < RECORD_CHECKS; i++) {
        if (!score_of(record, i, &score))
            continue;
        n++;
        ripe += s->count[i] >= ripe_scores;
        below += score < (double)now.low[i] ? 1 : 0;
        above += score > (double)now.high[i] ? 1 : 0;
        s->score[i][s->count[i]++ % SCORES_KEPT] = (float)score;
    }
    if (ripe > 0) {
        s->low_level = (float)clamp_level((double)s->low_level +
                                          adaptation * (aim_low - below / n));
        s->high_level = (float)clamp_level((double)s->high_level +
                                           adaptation * (above / n - (1 - aim_high)));
    }
    return n;
}
