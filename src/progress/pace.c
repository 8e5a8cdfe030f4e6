// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/pace.h"

#include <math.h>

const double pace_checks[PACE_CHECKS] = {1.0 / 16, 1.0 / 8, 1.0 / 4, 1.0 / 2};

static const double memory_share = 0.3; // of the age, the window's time constant
static const double memory_min_s = 1.5;
static const double recent_share = 0.075; // of those, the fast window's
static const double recent_min_s = 0.75;
static const double first_bound = 1.5; // the first step counts at most this × the later ones
static const double step_bound = 10;   // a later step at most this × what was expected
static const double scatter_prior = 0.15;
static const double scatter_prior_steps = 4;
static const double first_only_variance = 0.5;

void pace_begin(struct pace *p, int64_t now_ns)
{
    *p = (struct pace){.begin_ns = now_ns, .last_ns = now_ns};
}

void pace_start(struct pace *p, double work, int64_t now_ns)
{
    pace_begin(p, now_ns);
    p->work = work;
    p->scatter = (float)scatter_prior;
    p->steps = 1;
}

void pace_restart(struct pace *p, int64_t now_ns)
{
    double work = p->work;
    float step_s = p->step_s;
    pace_begin(p, now_ns);
    p->work = work;
    p->step_s = step_s;
}

static void remember(struct pace *p, double step_s, double step_work, double age_s)
{
    double usual = p->window_work > 0 ? (double)p->window_s / (double)p->window_work : 0;
    if (usual > 0 && p->steps > 4) {
        double expected = usual * step_work;
        step_s = fmin(step_s, step_bound * fmax(expected, 0.01));
        double off = step_s / fmax(expected, 1e-9) - 1;
        double gain = 1 / fmin(p->steps, 50.0);
        p->scatter += (float)(gain * (fmin(off * off, 25) - (double)p->scatter));
    }
    double keep = exp(-step_s / fmax(memory_min_s, memory_share * age_s));
    double keep_recent = exp(-step_s / fmax(recent_min_s, recent_share * age_s));
    p->recent_s = (float)((double)p->recent_s * keep_recent + step_s);
    p->recent_work = (float)((double)p->recent_work * keep_recent + step_work);
    p->window_s = (float)((double)p->window_s * keep + step_s);
    p->window_work = (float)((double)p->window_work * keep + step_work);
    p->window_steps = (float)((double)p->window_steps * keep + 1);
}

void pace_count(struct pace *p, double work, int64_t now_ns)
{
    if (!(work > p->work))
        return;
    double step_work = work - p->work;
    double step_s = (double)(now_ns - p->last_ns) * 1e-9;
    if (p->steps == 0) {
        p->first_s = (float)step_s;
        p->first_work = (float)step_work;
        p->scatter = (float)scatter_prior;
        p->step_s = (float)step_s;
    } else {
        remember(p, step_s, step_work, (double)(now_ns - p->begin_ns) * 1e-9);
        double gain = p->step_s > 0 ? 1 / fmin(p->steps + 1, 8.0) : 1; // 0: none was timed yet
        p->step_s += (float)(gain * (step_s - (double)p->step_s));
    }
    p->steps++;
    p->work = work;
    p->last_ns = now_ns;
}

// Has it changed its speed? Then the slow window is of another time: as far as the fast one is
// further from it than scatter explains, it counts instead.
static void follow_change(const struct pace *p, double scatter, double *s, double *variance)
{
    static const double usual = 1, surely = 2; // standard deviations
    double share = p->window_work > 0 ? (double)p->recent_work / (double)p->window_work : 0;
    double steps = share * (double)p->window_steps; // as if of equal work
    if (steps < 3 || p->recent_s <= 0)
        return;
    double off = log((double)p->recent_s / (double)p->recent_work / *s);
    double z = fabs(off) / sqrt(scatter / steps + *variance);
    double way = fmin(fmax((z - usual) / (surely - usual), 0), 1);
    *s *= exp(way * off);
    *variance += way * (scatter / steps - *variance);
}

bool pace_seconds_per_work(const struct pace *p, double *ret_s, double *ret_variance)
{
    double seconds = (double)p->window_s;
    double work = (double)p->window_work;
    if (p->steps == 0 || (seconds <= 0 && p->first_s <= 0))
        return false;
    double first = (double)p->first_s;
    if (work > 0 && p->steps > 2)
        first = fmin(first, first_bound * (double)p->first_work * seconds / work);
    // the first step fades like the rest of the window
    double fade = p->steps > 1 ? (double)p->window_steps / (p->steps - 1) : 1;
    seconds += fade * first;
    work += fade * (double)p->first_work;
    *ret_s = seconds / work;
    if (p->steps == 1) {
        *ret_variance = first_only_variance;
        return true;
    }
    double scatter = ((double)p->scatter * p->steps + scatter_prior * scatter_prior_steps) /
                     (p->steps + scatter_prior_steps);
    *ret_variance = scatter / fmax((double)p->window_steps, 1);
    follow_change(p, scatter, ret_s, ret_variance);
    return *ret_s > 0;
}

double pace_silent_s(const struct pace *p, int64_t now_ns)
{
    return fmax(0, (double)(now_ns - p->last_ns) * 1e-9);
}

double pace_patience_s(const struct pace *p)
{
    return 4 * (double)p->step_s + 3;
}
