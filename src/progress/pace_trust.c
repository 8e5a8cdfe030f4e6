// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/pace_trust.h"

#include <math.h>

// Of a curve over pace_checks, linear in ln of the share; below the first its value.
static double at_share(const float curve[PACE_CHECKS], double share)
{
    double at = log2(fmax(share, 1e-6) / pace_checks[0]);
    if (at <= 0)
        return (double)curve[0];
    int i = (int)fmin(at, PACE_CHECKS - 2);
    double way = fmin(at - i, 1);
    return (double)curve[i] + way * ((double)curve[i + 1] - (double)curve[i]);
}

void pace_trust(const struct prior *prior, enum phase k, struct evidence *e)
{
    static const double drift_share = 0.1, own_jobs = 8;
    int row = prior_counted(k);
    double left = 1 - e->share;
    double jobs = (double)prior->pace_jobs[row];
    double own = own_jobs / (own_jobs + jobs);
    double late = fmin(left / (1 - pace_checks[PACE_CHECKS - 1]), 1);
    double early = fmax(pace_checks[0] / fmax(e->share, 0.004), 1);
    double drift = drift_share * (double)prior->restless * left / fmax(e->share, 0.004);
    double seen = at_share(prior->pace_variance[row], e->share) * late * early;
    e->pace_bias = at_share(prior->pace_bias[row], e->share) * late;
    e->pace_variance = own * (e->pace_variance + drift) + (1 - own) * seen;
    e->rest_variance = own * (double)prior->restless;
}
