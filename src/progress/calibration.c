// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/calibration.h"

#include <math.h>

static const double q90 = 1.2815515655446004;

void calibration_init(struct calibration *c)
{
    *c = (struct calibration){.learnt = false};
    for (int i = 0; i < RECORD_CHECKS; i++) {
        c->low[i] = (float)-q90;
        c->high[i] = (float)q90;
    }
}

double calibration_sigma(const struct estimate *e)
{
    static const double smallest = 0.01, shortest_s = 1e-3;
    double low = fmax(e->low_s, shortest_s);
    return fmax(log(fmax(e->high_s, low) / low) / (2 * q90), smallest);
}

static double at(const float table[RECORD_CHECKS], double share)
{
    double where = fmin(fmax(share * RECORD_CHECKS - 0.5, 0), RECORD_CHECKS - 1);
    int i = (int)fmin(where, RECORD_CHECKS - 2);
    double way = where - i;
    return (double)table[i] * (1 - way) + (double)table[i + 1] * way;
}

void calibration_apply(const struct calibration *c, double share, struct estimate *e)
{
    if (!c->learnt)
        return;
    double sigma = calibration_sigma(e);
    double median = e->median_s;
    e->low_s = median * exp(sigma * at(c->low, share));
    e->median_s = median * exp(sigma * at(c->middle, share));
    e->high_s = median * exp(sigma * at(c->high, share));
}
