// SPDX-License-Identifier: GPL-3.0-or-later
// score.c — see score.h.
#include "job/score.h"

#include <assert.h>
#include <math.h>

#define HALF_SECOND_NS INT64_C(500000000)

const double score_points[SCORE_POINTS] = {0.10, 0.25, 0.50, 0.75};

static const double moved = 0.001; // by this much a bar is seen to move

double score_moment(const char *name)
{
    uint64_t hash = 14695981039346656037U; // FNV-1a, then the finaliser of splitmix64
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211U;
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebU;
    return 0.05 + 0.9 * ((double)(hash >> 11) * 0x1p-53);
}

// The newest sample at t_ns; there is one at 0.
static const struct sample *sample_at(const struct sample *samples, size_t count, double t_ns)
{
    size_t i = 0;
    while (i + 1 < count && (double)samples[i + 1].t_ns <= t_ns)
        i++;
    return &samples[i];
}

static void judge_line(const struct sample *samples, size_t count, double end_ns, struct score *ret)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        double off = fabs(samples[i].fraction - (double)samples[i].t_ns / end_ns);
        sum += off;
        ret->worst = fmax(ret->worst, off);
    }
    ret->linearity = sum / (double)count;
}

static void judge_motion(const struct sample *samples, size_t count, double end_ns,
                         struct score *ret)
{
    int64_t moved_ns = 0;
    double moved_d = samples[0].fraction;
    size_t back = 0; // the oldest sample of the last half second
    for (size_t i = 1; i < count; i++) {
        const struct sample *s = &samples[i];
        ret->falls += s->fraction < samples[i - 1].fraction;
        while (s->t_ns - samples[back].t_ns > HALF_SECOND_NS)
            back++;
        double from = samples[back < i ? back : i - 1].fraction;
        ret->jump = fmax(ret->jump, s->fraction - from);
        if (s->fraction - moved_d >= moved) {
            moved_d = s->fraction;
            moved_ns = s->t_ns;
        }
        ret->stall_s = fmax(ret->stall_s, (double)(s->t_ns - moved_ns) * 1e-9);
        ret->stalled |= s->stalled;
        if (samples[i - 1].fraction >= 0.99)
            ret->at99 += (double)(s->t_ns - samples[i - 1].t_ns) / end_ns;
    }
    ret->cliff = 1 - samples[count - 1].fraction;
}

static void judge_eta(const struct sample *samples, size_t count, double end_ns, struct score *ret)
{
    int told = 0;
    for (int i = 0; i < SCORE_POINTS; i++) {
        const struct sample *s = sample_at(samples, count, score_points[i] * end_ns);
        double left_s = (end_ns - (double)s->t_ns) * 1e-9;
        ret->told[i] = s->has_eta;
        if (!s->has_eta)
            continue;
        ret->eta_error[i] = fabs(s->eta_s - left_s) / left_s;
        ret->eta_share[i] = fabs(s->eta_s - left_s) / (end_ns * 1e-9);
        if (s->has_interval) {
            ret->width += (s->high_s - s->low_s) / left_s;
            told++;
        }
    }
    ret->has_width = told > 0;
    if (told > 0)
        ret->width /= told;
    const struct sample *before = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct sample *s = &samples[i];
        if (!s->has_eta)
            continue;
        if (!ret->has_first)
            ret->first_s = (double)s->t_ns * 1e-9;
        ret->has_first = true;
        if (before)
            ret->churn += fabs(s->eta_s - before->eta_s + (double)(s->t_ns - before->t_ns) * 1e-9) /
                          (end_ns * 1e-9);
        before = s;
    }
}

void score_samples(const struct sample *samples, size_t count, int64_t end_ns, double moment,
                   struct score *ret)
{
    assert(end_ns > 0);
    *ret = (struct score){.total_s = (double)end_ns * 1e-9};
    while (count > 0 && samples[count - 1].t_ns > end_ns)
        count--;
    assert(count > 0 && samples[0].t_ns == 0);
    judge_line(samples, count, (double)end_ns, ret);
    judge_motion(samples, count, (double)end_ns, ret);
    judge_eta(samples, count, (double)end_ns, ret);
    const struct sample *s = sample_at(samples, count, moment * (double)end_ns);
    double left_s = (double)(end_ns - s->t_ns) * 1e-9;
    ret->has_cover = s->has_interval;
    ret->below_high = left_s <= s->high_s;
    ret->inside = ret->below_high && left_s >= s->low_s;
}
