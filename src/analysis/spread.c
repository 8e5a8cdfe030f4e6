// SPDX-License-Identifier: GPL-3.0-or-later
// spread.c — see spread.h.
#include "analysis/spread.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t n, double p)
{
    double at = p * (double)(n - 1);
    size_t i = (size_t)at;
    double part = at - (double)i;
    return i + 1 < n ? sorted[i] * (1 - part) + sorted[i + 1] * part : sorted[i];
}

void spread_of(double *values, size_t n, struct spread *ret)
{
    *ret = (struct spread){.n = n};
    if (n == 0)
        return;
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        ret->mean += values[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - ret->mean) * (values[i] - ret->mean);
    ret->deviation = n > 1 ? sqrt(squares / (double)(n - 1)) : 0;
    qsort(values, n, sizeof(values[0]), by_value);
    ret->low = quantile(values, n, 0.1);
    ret->median = quantile(values, n, 0.5);
    ret->high = quantile(values, n, 0.9);
}
