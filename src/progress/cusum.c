// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/cusum.h"

#include <math.h>

static const double slack = 0.75, most = 3, alarm = 5, alert = 2;

static void side_add(struct cusum_side *s, double z, double off, int64_t at_ms)
{
    double sum = fmax(0, (double)s->sum + fmin(z, most) - slack);
    if (sum <= 0) {
        *s = (struct cusum_side){.sum = 0};
        return;
    }
    if (s->jobs++ == 0)
        s->since_ms = at_ms;
    s->sum = (float)sum;
    s->errors += (float)off;
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

bool cusum_alert(const struct cusum *c)
{
    return (double)c->up.sum > alert || (double)c->down.sum > alert;
}
