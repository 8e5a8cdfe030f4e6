// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/normal.h"

#include <math.h>

double normal_cdf(double x)
{
    return 0.5 * erfc(-x * 0.70710678118654752440);
}

static double tail(double p)
{
    double q = sqrt(-2 * log(p));
    return (((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e+00) *
                  q -
              2.549732539343734e+00) *
                 q +
             4.374664141464968e+00) *
                q +
            2.938163982698783e+00) /
           ((((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e+00) * q +
             3.754408661907416e+00) *
                q +
            1);
}

double normal_quantile(double p)
{
    p = fmin(fmax(p, 1e-12), 1 - 1e-12);
    if (p < 0.02425)
        return tail(p);
    if (p > 1 - 0.02425)
        return -tail(1 - p);
    double q = p - 0.5;
    double r = q * q;
    return (((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) *
                  r +
              1.383577518672690e+02) *
                 r -
             3.066479806614716e+01) *
                r +
            2.506628277459239e+00) *
           q /
           (((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) *
                  r +
              6.680131188771972e+01) *
                 r -
             1.328068155288572e+01) *
                r +
            1);
}

double normal_mean_above(double a)
{
    if (a > 8) // φ/(1−Φ) → a + 1/a; the quotient below would lose its digits
        return a + 1 / a;
    return 0.39894228040143267794 * exp(-0.5 * a * a) / normal_cdf(-a);
}
