// SPDX-License-Identifier: GPL-3.0-or-later
// spline.c — see spline.h.
#include "job/spline.h"

#include <assert.h>

static double time_at(const double *first, size_t stride, size_t i)
{
    return *(const double *)((const char *)first + i * stride);
}

static struct spline_span hold(size_t i)
{
    return (struct spline_span){{i, i, i, i}, 0};
}

struct spline_span spline_find(const double *first_time_s, size_t stride, size_t count,
                               double time_s)
{
    assert(count > 0);
    size_t low = 0;
    size_t high = count - 1;
    if (time_s <= time_at(first_time_s, stride, low))
        return hold(low);
    if (time_s >= time_at(first_time_s, stride, high))
        return hold(high);
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (time_at(first_time_s, stride, middle) <= time_s)
            low = middle;
        else
            high = middle;
    }
    double begin_s = time_at(first_time_s, stride, low);
    double end_s = time_at(first_time_s, stride, high);
    return (struct spline_span){
        {low > 0 ? low - 1 : 0, low, high, high + 1 < count ? high + 1 : high},
        (time_s - begin_s) / (end_s - begin_s)};
}

double spline_value(const double values[4], double u)
{
    double a = -values[0] + values[2];
    double b = 2 * values[0] - 5 * values[1] + 4 * values[2] - values[3];
    double c = -values[0] + 3 * values[1] - 3 * values[2] + values[3];
    return values[1] + 0.5 * u * (a + u * (b + u * c));
}
