// SPDX-License-Identifier: GPL-3.0-or-later
// shares.c — see shares.h. Mean and squares are kept by Welford's recurrence.
#include "job/shares.h"

#include <math.h>
#include <string.h>

static bool of_worker(enum phase k)
{
    return k != PHASE_QUEUE && k != PHASE_STARTUP && k != PHASE_FINALIZE;
}

bool shares_of(const struct record *r, double ret[static PHASE_COUNT])
{
    double sum = 0;
    memset(ret, 0, PHASE_COUNT * sizeof(ret[0]));
    for (int k = 0; k < PHASE_COUNT; k++) {
        if (of_worker((enum phase)k))
            ret[k] = record_own_s(r, (enum phase)k);
        sum += ret[k];
    }
    for (int k = 0; k < PHASE_COUNT; k++)
        ret[k] = sum > 0 ? ret[k] / sum : 0;
    return sum > 0;
}

void shares_add(struct shares *s, const double share[static PHASE_COUNT])
{
    s->records++;
    for (int k = 0; k < PHASE_COUNT; k++) {
        double before = share[k] - s->mean[k];
        s->mean[k] += before / (double)s->records;
        s->squares[k] += before * (share[k] - s->mean[k]);
    }
}

double shares_spread(const struct shares *s, enum phase k)
{
    return s->records > 1 ? sqrt(s->squares[k] / (double)(s->records - 1)) : 0;
}

void shares_weights(const struct shares *s, enum export_type type, struct weight_set *set)
{
    weights_learn(set, type, s->mean);
}
