// SPDX-License-Identifier: GPL-3.0-or-later
// forecast.c — conditioning a joint Gaussian over logarithms of seconds.
#include "progress/forecast.h"

#include <math.h>

#include "progress/normal.h"

static const double smallest_variance = 1e-6;
static const double smallest_s = 1e-6;

// Moves ln T_k to the moments (mean, variance) and drags the others along by their regression on
// k: y_i | y_k is untouched. `self` decides whether k's own row changes too.
static void move(struct forecast *f, enum phase k, double mean, double variance, bool self)
{
    double c_kk = f->cov[k][k];
    if (c_kk < smallest_variance)
        return;
    double shift = (mean - f->mean[k]) / c_kk;
    double shrink = (variance / c_kk - 1) / c_kk;
    double column[PHASE_COUNT];
    for (int i = 0; i < PHASE_COUNT; i++)
        column[i] = f->cov[i][k];
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (i == (int)k && !self)
            continue;
        f->mean[i] += column[i] * shift;
        for (int j = 0; j < PHASE_COUNT; j++) {
            if (j != (int)k || self)
                f->cov[i][j] += column[i] * column[j] * shrink;
        }
    }
}

void forecast_observe(struct forecast *f, enum phase k, double ln_seconds, double variance)
{
    if (!forecast_has(f, k))
        return;
    double c_kk = f->cov[k][k];
    double gain = c_kk / (c_kk + variance + smallest_variance);
    move(f, k, f->mean[k] + gain * (ln_seconds - f->mean[k]), c_kk * (1 - gain), true);
}

// `idle`: how likely it is that the survival tells nothing. It is weighed against how unlikely the
// survival is.
static void survive(struct forecast *f, enum phase k, double seconds, bool self, double idle)
{
    if (!forecast_has(f, k) || seconds <= smallest_s || f->cov[k][k] < smallest_variance)
        return;
    double sigma = sqrt(f->cov[k][k]);
    double a = (log(seconds) - f->mean[k]) / sigma;
    if (a < -4)
        return; // survived what everybody survives
    double above = normal_mean_above(a);
    double variance = fmax(1 - above * (above - a), 1e-3);
    double told = (1 - idle) * normal_cdf(-a);
    double weight = idle > 0 ? told / (told + idle) : 1; // told may be 0
    move(f, k, f->mean[k] + weight * sigma * above, f->cov[k][k] * (1 + weight * (variance - 1)),
         self);
}

void forecast_survive_others(struct forecast *f, enum phase k, double seconds)
{
    survive(f, k, seconds, false, 0);
}

void forecast_survive(struct forecast *f, enum phase k, double seconds, double idle)
{
    survive(f, k, seconds, true, idle);
}

void forecast_observe_limit(struct forecast *f, enum phase k, double ln_seconds, double variance)
{
    if (!forecast_has(f, k) || f->cov[k][k] < smallest_variance)
        return;
    double c_kk = f->cov[k][k];
    double sigma = sqrt(c_kk + variance);
    double gain = c_kk / (c_kk + variance);
    double a = (f->mean[k] - ln_seconds) / sigma;
    if (a < -4)
        return; // below what nobody passes
    double beyond = normal_mean_above(a);
    double shrink = fmin(beyond * (beyond - a), 1 - 1e-3);
    move(f, k, f->mean[k] - gain * sigma * beyond, c_kk * (1 - gain * shrink), true);
}

double forecast_quantile(const struct forecast *f, enum phase k, double survived_s, double p)
{
    double sigma = sqrt(fmax(f->cov[k][k], smallest_variance));
    double below = 0;
    if (survived_s > smallest_s)
        below = normal_cdf((log(survived_s) - f->mean[k]) / sigma);
    double t = exp(f->mean[k] + sigma * normal_quantile(below + p * (1 - below)));
    return fmax(t, survived_s); // in the far tail the clamp of Φ⁻¹ could undercut
}

double forecast_survival(const struct forecast *f, enum phase k, double seconds)
{
    if (seconds <= smallest_s)
        return 1;
    double sigma = sqrt(fmax(f->cov[k][k], smallest_variance));
    return normal_cdf((f->mean[k] - log(seconds)) / sigma);
}
