// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/ridge.h"

#include <math.h>

static int pair(int i, int j)
{
    return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
}

void ridge_add(struct ridge *r, int n, const double *x, double y, double weight)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++)
            r->xx[pair(i, j)] += weight * x[i] * x[j];
        r->xy[i] += weight * x[i] * y;
    }
    r->weight += weight;
}

void ridge_pool(struct ridge *r, const struct ridge *other, double factor)
{
    for (int i = 0; i < RIDGE_PAIRS; i++)
        r->xx[i] += factor * other->xx[i];
    for (int i = 0; i < RIDGE_MAX; i++)
        r->xy[i] += factor * other->xy[i];
    r->weight += factor * other->weight;
}

void ridge_shift(struct ridge *r, double by)
{
    for (int i = 0; i < RIDGE_MAX; i++)
        r->xy[i] += by * r->xx[pair(i, 0)];
}

void ridge_forget(struct ridge *r, double keep)
{
    ridge_pool(r, r, keep - 1);
}

// Inverts a symmetric positive definite matrix in place by Gauss-Jordan without pivots; a pivot
// that has vanished (a coefficient known exactly) is kept from being divided by.
static void invert(int n, double m[RIDGE_MAX][RIDGE_MAX])
{
    static const double smallest = 1e-12;
    for (int k = 0; k < n; k++) {
        double pivot = 1 / fmax(m[k][k], smallest);
        m[k][k] = 1;
        for (int j = 0; j < n; j++)
            m[k][j] *= pivot;
        for (int i = 0; i < n; i++) {
            double factor = m[i][k];
            if (i == k)
                continue;
            m[i][k] = 0;
            for (int j = 0; j < n; j++)
                m[i][j] -= factor * m[k][j];
        }
    }
}

void belief_update(struct belief *b, const struct ridge *r, double s2)
{
    double rhs[RIDGE_MAX] = {0};
    if (r->weight <= 0)
        return;
    invert(b->n, b->cov); // the precision, from here on
    for (int i = 0; i < b->n; i++) {
        rhs[i] = r->xy[i] / s2;
        for (int j = 0; j < b->n; j++)
            rhs[i] += b->cov[i][j] * b->mean[j];
    }
    for (int i = 0; i < b->n; i++) {
        for (int j = 0; j < b->n; j++)
            b->cov[i][j] += r->xx[pair(i, j)] / s2;
    }
    invert(b->n, b->cov);
    for (int i = 0; i < b->n; i++) {
        b->mean[i] = 0;
        for (int j = 0; j < b->n; j++)
            b->mean[i] += b->cov[i][j] * rhs[j];
    }
}

void belief_widen(struct belief *b, const double *sigma)
{
    for (int i = 0; i < b->n; i++)
        b->cov[i][i] += sigma[i] * sigma[i];
}

double belief_mean(const struct belief *b, const double *x)
{
    double sum = 0;
    for (int i = 0; i < b->n; i++)
        sum += b->mean[i] * x[i];
    return sum;
}

double belief_variance(const struct belief *b, const double *x)
{
    double sum = 0;
    for (int i = 0; i < b->n; i++) {
        for (int j = 0; j < b->n; j++)
            sum += x[i] * b->cov[i][j] * x[j];
    }
    return fmax(sum, 0);
}
