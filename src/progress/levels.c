// SPDX-License-Identifier: GPL-3.0-or-later
// levels.c — see levels.h. The tables are the model: which sizes a phase's time may depend on, how
// much it scatters, and how far levels may be apart.
#include "progress/levels.h"

#include <math.h>
#include <stddef.h>

static const double scatter_jobs = 4; // what the shipped scatter is worth

struct row_rule {
    double scatter; // s₀, ln
    double apart;   // how far the types' intercepts may be apart
    int n;
    enum regressor terms[RIDGE_MAX];
};

static const struct row_rule rules[] = {
    [PHASE_QUEUE] = {1.0, 0.3, 1, {REG_ONE}},
    [PHASE_STARTUP] = {0.4, 0.1, 2, {REG_ONE, REG_COLD}},
    [PHASE_DOWNLOAD] = {0.35, 0.1, 3, {REG_ONE, REG_BYTES_IN, REG_REMOTE}},
    [PHASE_INIT] = {0.3, 0.3, 4, {REG_ONE, REG_COLD, REG_ENGINE, REG_CONTENTION}},
    [PHASE_OVERLAY] = {0.4, 0.3, 3, {REG_ONE, REG_FRAMES_OUTPUT, REG_CONTENTION}},
    [PHASE_PROCESS] = {0.2,
                       0.8,
                       5,
                       {REG_ONE, REG_FRAMES_OUTPUT, REG_PIXELS_OUT, REG_QUALITY, REG_CONTENTION}},
    [PHASE_UPSCALE] = {0.15,
                       0.3,
                       5,
                       {REG_ONE, REG_FRAMES_UPSCALE, REG_PIXELS_IN, REG_ENGINE, REG_CONTENTION}},
    [PHASE_ENCODE] = {0.2,
                      0.5,
                      5,
                      {REG_ONE, REG_FRAMES_OUTPUT, REG_PIXELS_OUT, REG_QUALITY, REG_CONTENTION}},
    [PHASE_CONCAT] = {0.4, 0.3, 2, {REG_ONE, REG_BYTES_OUT}},
    [PHASE_MERGE] = {0.4, 0.3, 2, {REG_ONE, REG_BYTES_OUT}},
    [PHASE_UPLOAD] = {0.35, 0.1, 3, {REG_ONE, REG_BYTES_OUT, REG_REMOTE}},
    [PHASE_FINALIZE] = {0.4, 0.3, 1, {REG_ONE}},
    [LEVEL_BYTES_OUT] = {0.3,
                         0.3,
                         BYTES_OUT_TERMS,
                         {REG_ONE, REG_FRAMES_OUTPUT, REG_PIXELS_OUT, REG_QUALITY}},
};
_Static_assert(sizeof(rules) / sizeof(rules[0]) == LEVEL_ROWS, "one rule for each row");

// How far a coefficient may be from that of the level above. An intercept: the deployment's by as
// much as the shipped prior says, a type's by `apart`, a device's by device_apart.
enum level { LEVEL_DEPLOYMENT, LEVEL_TYPE, LEVEL_DEVICE };
static const double device_apart = 0.3;
static const struct {
    double state; // cold or not, remote or not
    double kind;  // of network, encoder or company
    double slope;
} freedom[] = {
    [LEVEL_DEPLOYMENT] = {2, 0.3, 0.15},
    [LEVEL_TYPE] = {0.3, 0.1, 0.1},
    [LEVEL_DEVICE] = {0.3, 0.1, 0.05},
};

static bool is_state(enum regressor r)
{
    return r == REG_COLD || r == REG_REMOTE;
}

// Is a regressor taken as it is, not from its typical value?
static bool is_plain(enum regressor r)
{
    return r == REG_ONE || is_state(r);
}

void level_x(int row, const struct regression *reg, double x[static RIDGE_MAX])
{
    const struct row_rule *rule = &rules[row];
    for (int i = 0; i < rule->n; i++) {
        enum regressor r = rule->terms[i];
        x[i] = is_plain(r) ? reg->x[r] : reg->x[r] - prior_typical(r);
    }
}

double level_shipped(const struct prior *shipped, int row, const struct regression *reg)
{
    double x[RIDGE_MAX] = {0}, sum = 0;
    if (row != LEVEL_BYTES_OUT)
        return prior_line(shipped, (enum phase)row, reg);
    level_x(row, reg, x);
    for (int i = 0; i < BYTES_OUT_TERMS; i++)
        sum += (double)shipped->bytes_out[i] * x[i];
    return sum;
}

double level_shipped_sigma(const struct prior *shipped, int row)
{
    return (double)(row == LEVEL_BYTES_OUT ? shipped->bytes_out_sigma : shipped->sigma[row]);
}

double level_scatter(const struct level_row *own, int row)
{
    double s0 = rules[row].scatter;
    if (own == NULL)
        return s0 * s0;
    return (own->squares + scatter_jobs * s0 * s0) / (own->count + scatter_jobs);
}

// Their mean has the variance τ² + s² / n, not s² / n.
double level_worth(int row, double records, bool other_type)
{
    double own2 = device_apart * device_apart;
    double s0 = rules[row].scatter;
    if (other_type)
        own2 += rules[row].apart * rules[row].apart;
    return 1 / (1 + records * own2 / (s0 * s0));
}

static void widen(struct belief *b, int row, enum level level, double one)
{
    const struct row_rule *rule = &rules[row];
    double sigma[RIDGE_MAX];
    for (int i = 0; i < rule->n; i++) {
        enum regressor r = rule->terms[i];
        bool is_kind = r == REG_ENGINE || r == REG_QUALITY || r == REG_CONTENTION;
        sigma[i] = r == REG_ONE  ? one
                   : is_state(r) ? freedom[level].state
                   : is_kind     ? freedom[level].kind
                                 : freedom[level].slope;
    }
    belief_widen(b, sigma);
}

void level_believe(const struct level_pools *pools, int row, double shipped_sigma,
                   struct belief *ret)
{
    const struct row_rule *rule = &rules[row];
    double s2 = level_scatter(pools->own, row);
    double rest2 = shipped_sigma * shipped_sigma - rule->scatter * rule->scatter -
                   rule->apart * rule->apart - device_apart * device_apart;
    *ret = (struct belief){.n = rule->n};
    widen(ret, row, LEVEL_DEPLOYMENT, sqrt(fmax(rest2, 0.01)));
    belief_update(ret, &pools->types, s2);
    widen(ret, row, LEVEL_TYPE, rule->apart);
    belief_update(ret, &pools->devices, s2);
    widen(ret, row, LEVEL_DEVICE, device_apart);
    if (pools->own != NULL)
        belief_update(ret, &pools->own->ridge, s2);
}

void level_tell(const struct belief *belief, int row, float *coefficients)
{
    const struct row_rule *rule = &rules[row];
    for (int i = 0; i < rule->n; i++) {
        enum regressor r = rule->terms[i];
        if (row == LEVEL_BYTES_OUT) {
            coefficients[i] += (float)belief->mean[i];
            continue;
        }
        coefficients[r] += (float)belief->mean[i];
        if (!is_plain(r))
            coefficients[REG_ONE] -= (float)(belief->mean[i] * prior_typical(r));
    }
}
