// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/display.h"

#include <math.h>

static const double ceiling = 0.998; // approached, never reached while the end is not confirmed
static const double slowest = 0.15;  // of the natural speed
static const double fastest = 3;
static const double limit_per_s = 0.02; // for jobs of a minute and more
static const double long_job_s = 60;
static const double shortest_s = 1e-3;

void display_step(struct display *x, double dt_s, double elapsed_s, double remaining_s)
{
    double remaining = fmax(remaining_s, shortest_s);
    double total = fmax(elapsed_s, 0) + remaining;
    double gap = fmax(elapsed_s, 0) / total - x->d;
    double pull_s = fmax(0.3, 0.08 * total);
    double natural = (1 - x->d) / remaining;
    double limit = limit_per_s * fmax(1, pow(long_job_s / total, 1.5));
    // over a long dt the gap closes exponentially, it is not overshot
    double pull = dt_s > 0 ? gap * -expm1(-dt_s / pull_s) / dt_s : gap / pull_s;
    double v = fmin(fmax(natural + pull, slowest * natural), fastest * natural);
    v = fmin(v, limit);
    double brake_s = fmax(0.1, 0.01 * total);
    double headroom = fmax(0, ceiling - x->d);
    v = fmin(v, dt_s > 0 ? headroom * -expm1(-dt_s / brake_s) / dt_s : headroom / brake_s);
    x->d = fmax(x->d, fmin(ceiling, x->d + v * fmax(dt_s, 0)));
    x->v = v;
}

double display_coast(double d, double v, double since_s, double due_s)
{
    double on_time = fmin(fmax(since_s, 0), due_s);
    double overdue = fmax(since_s - due_s, 0);
    return fmax(d, fmin(ceiling, d + v * (on_time + slowest * overdue)));
}
