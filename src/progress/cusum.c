// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/cusum.h"

#include <math.h>

static const double slack = 1, most = 3, begun = 1, alarm = 5.5;

static void side_add(struct cusum_side *s, double z, double off, int64_t at_ms)
{
    double before = (double)s->sum;
    double sum = fmax(0, before + fmin(z, most) - slack);
    if (before < begun) // so far it was nothing: should a drift begin, then here
        *s = (struct cusum_side){.since_ms = at_ms};
    s->sum = (float)sum;
    s->errors += (float)off;
    s->jobs++;
}

bool cusum_add(struct cusum *c, double z, double off, int64_t at_ms, struct cusum_side *ret)
{
    side_add(&c->up, z, off, at_ms);
    side_add(&c->down, -z, off, at_ms);
    bool up = (double)c->up.sum > alarm;
    if (!up && (double)c->down.sum <= alarm)
        return false;
    *ret = up ? c->up : c->down;
    *c = (struct cusum){.up = {.sum = 0}};
    return true;
}
