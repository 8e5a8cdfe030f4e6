// SPDX-License-Identifier: GPL-3.0-or-later
// rational.c — see rational.h.
#include "job/rational.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

enum { RATIONAL_MAX_PARSED = 1000000 };

bool rational_valid(struct rational r)
{
    return r.num > 0 && r.den > 0;
}

double rational_value(struct rational r)
{
    assert(rational_valid(r));
    return (double)r.num / r.den;
}

struct rational rational_reduced(struct rational r)
{
    assert(rational_valid(r));
    int32_t a = r.num;
    int32_t b = r.den;
    while (b != 0) {
        int32_t rest = a % b;
        a = b;
        b = rest;
    }
    return (struct rational){r.num / a, r.den / a};
}

struct rational rational_from_fps(double fps)
{
    static const int32_t ntsc[] = {24, 30, 48, 60, 120};
    assert(fps >= 0.001 && fps <= 1000);
    for (size_t i = 0; i < sizeof(ntsc) / sizeof(ntsc[0]); i++) {
        if (fabs(fps - ntsc[i] * 1000.0 / 1001.0) < 0.005)
            return (struct rational){ntsc[i] * 1000, 1001};
    }
    return rational_reduced((struct rational){(int32_t)lround(fps * 1000), 1000});
}

// Reads digits from *p up to the maximum; 0 when there are none or too many.
static int32_t parse_whole(const char **p)
{
    int32_t value = 0;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        value = value * 10 + (**p - '0');
        if (value > RATIONAL_MAX_PARSED)
            return 0;
    }
    return value;
}

bool rational_parse(const char *text, struct rational *ret)
{
    struct rational r = {parse_whole(&text), 1};
    if (*text == '/') {
        text++;
        r.den = parse_whole(&text);
    }
    if (*text != '\0' || !rational_valid(r))
        return false;
    *ret = r;
    return true;
}
