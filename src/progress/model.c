// SPDX-License-Identifier: GPL-3.0-or-later
// model.c — levels of Bayesian ridge over what the shipped prior does not explain.
//
// Only the lowest level, the device of an export type, keeps sums; the levels above it are sums
// of sums. A level is fitted from the records that the level below does not have, so that no
// record counts twice on the way down.
#include "progress/model.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

static const double forgetting = 0.995; // of a device's records, per job
static const double student_nu = 4;     // one wild job moves little
static const double noise_records = 4;  // what the shipped scatter is worth

// The regressors of a row, and the scatter from job to job on one machine.
struct row_rule {
    double noise;
    int n;
    enum regressor terms[RIDGE_MAX];
};

static const struct row_rule rules[] = {
    [PHASE_QUEUE] = {1.0, 1, {REG_ONE}},
    [PHASE_STARTUP] = {0.4, 2, {REG_ONE, REG_COLD}},
    [PHASE_DOWNLOAD] = {0.35, 2, {REG_ONE, REG_BYTES_IN}},
    [PHASE_INIT] = {0.3, 3, {REG_ONE, REG_COLD, REG_ENGINE}},
    [PHASE_OVERLAY] = {0.4, 1, {REG_ONE}},
    [PHASE_PROCESS] = {0.2, 3, {REG_ONE, REG_FRAMES_OUTPUT, REG_PIXELS_OUT}},
    [PHASE_UPSCALE] = {0.15, 4, {REG_ONE, REG_FRAMES_UPSCALE, REG_PIXELS_IN, REG_ENGINE}},
    [PHASE_ENCODE] = {0.2, 3, {REG_ONE, REG_FRAMES_OUTPUT, REG_PIXELS_OUT}},
    [PHASE_CONCAT] = {0.4, 2, {REG_ONE, REG_BYTES_OUT}},
    [PHASE_MERGE] = {0.4, 2, {REG_ONE, REG_BYTES_OUT}},
    [PHASE_UPLOAD] = {0.35, 2, {REG_ONE, REG_BYTES_OUT}},
    [PHASE_FINALIZE] = {0.4, 1, {REG_ONE}},
    [MODEL_BYTES_OUT] = {0.3, 3, {REG_ONE, REG_FRAMES_OUTPUT, REG_PIXELS_OUT}},
};
_Static_assert(sizeof(rules) / sizeof(rules[0]) == MODEL_ROWS, "one rule for each row");

// How far a coefficient of one level may be from that of the level above. For the deployment the
// intercept's is the shipped σ.
enum level { LEVEL_DEPLOYMENT, LEVEL_TYPE, LEVEL_DEVICE };
static const struct {
    double one, cold, engine, slope;
} freedom[] = {
    [LEVEL_DEPLOYMENT] = {1, 1, 0.3, 0.15},
    [LEVEL_TYPE] = {0.3, 0.3, 0.1, 0.1},
    [LEVEL_DEVICE] = {0.3, 0.3, 0.1, 0.05},
};

static void row_x(const struct row_rule *rule, const struct regression *reg, double x[RIDGE_MAX])
{
    for (int i = 0; i < rule->n; i++) {
        enum regressor r = rule->terms[i];
        x[i] = r == REG_ONE || r == REG_COLD ? reg->x[r] : reg->x[r] - prior_typical(r);
    }
}

static double shipped_mean(const struct prior *shipped, int row, const struct regression *reg)
{
    if (row == MODEL_BYTES_OUT)
        return reg->x[REG_BYTES_OUT];
    double sum = 0;
    for (int r = 0; r < REG_COUNT; r++)
        sum += (double)shipped->beta[row][r] * reg->x[r];
    return sum;
}

// -- leaves

static const struct model_leaf *find_leaf(const struct model *m, enum export_type type,
                                          const char *device)
{
    const struct model_leaf *newest = NULL;
    for (int i = 0; i < MODEL_DEVICES; i++) {
        const struct model_leaf *leaf = &m->leaves[type][i];
        if (leaf->records == 0)
            continue;
        if (device[0] != '\0' && strcmp(leaf->device, device) == 0)
            return leaf;
        if (newest == NULL || leaf->at_ms >= newest->at_ms)
            newest = leaf;
    }
    return device[0] == '\0' ? newest : NULL;
}

// The leaf that a record goes to: the device's own, a free one, or that of the device not seen
// for longest, whose records join the first leaf.
static struct model_leaf *take_leaf(struct model *m, enum export_type type, const char *device)
{
    struct model_leaf *leaves = m->leaves[type];
    struct model_leaf *oldest = &leaves[1];
    for (int i = 1; i < MODEL_DEVICES; i++) {
        if (leaves[i].records > 0 && strcmp(leaves[i].device, device) == 0)
            return &leaves[i];
    }
    for (int i = 1; i < MODEL_DEVICES; i++) {
        if (leaves[i].records == 0) {
            oldest = &leaves[i];
            break;
        }
        if (leaves[i].at_ms < oldest->at_ms)
            oldest = &leaves[i];
    }
    for (int k = 0; k < MODEL_ROWS; k++)
        ridge_pool(&leaves[0].rows[k].ridge, &oldest->rows[k].ridge, 1);
    leaves[0].records += oldest->records;
    *oldest = (struct model_leaf){0};
    text_copy(oldest->device, sizeof(oldest->device), device);
    return oldest;
}

static double row_noise2(const struct model_leaf *leaf, int row)
{
    double s0 = rules[row].noise;
    double squares = leaf != NULL ? leaf->rows[row].squares : 0;
    double count = leaf != NULL ? leaf->rows[row].count : 0;
    return (squares + noise_records * s0 * s0) / (count + noise_records);
}

// -- levels

static void widen(struct belief *b, const struct row_rule *rule, enum level level, double intercept)
{
    double sigma[RIDGE_MAX];
    for (int i = 0; i < rule->n; i++) {
        switch (rule->terms[i]) {
        case REG_ONE:
            sigma[i] = freedom[level].one * intercept;
            break;
        case REG_COLD:
            sigma[i] = freedom[level].cold;
            break;
        case REG_ENGINE:
            sigma[i] = freedom[level].engine;
            break;
        default:
            sigma[i] = freedom[level].slope;
        }
    }
    belief_widen(b, sigma);
}

// What the levels say about one row of a leaf (NULL: a device never seen) of a type.
static void believe(const struct model *m, enum export_type type, const struct model_leaf *leaf,
                    int row, double shipped_sigma, struct belief *ret)
{
    const struct row_rule *rule = &rules[row];
    double s2 = row_noise2(leaf, row);
    struct ridge other_types = {0}, other_devices = {0};
    double noise = rule->noise;
    double intercept = sqrt(fmax(shipped_sigma * shipped_sigma - noise * noise, 0.01));
    for (int t = 0; t < EXPORT_TYPE_COUNT; t++) {
        for (int i = 0; i < MODEL_DEVICES; i++) {
            const struct model_leaf *l = &m->leaves[t][i];
            if (l != leaf)
                ridge_pool(t == (int)type ? &other_devices : &other_types, &l->rows[row].ridge, 1);
        }
    }
    *ret = (struct belief){.n = rule->n};
    widen(ret, rule, LEVEL_DEPLOYMENT, intercept);
    belief_update(ret, &other_types, s2);
    widen(ret, rule, LEVEL_TYPE, 1);
    belief_update(ret, &other_devices, s2);
    widen(ret, rule, LEVEL_DEVICE, 1);
    if (leaf != NULL)
        belief_update(ret, &leaf->rows[row].ridge, s2);
}

static double shipped_sigma(const struct prior *shipped, int row)
{
    static const double bytes_out_sigma = 0.7;
    return row == MODEL_BYTES_OUT ? bytes_out_sigma : (double)shipped->sigma[row];
}

void model_init(struct model *model)
{
    memset(model, 0, sizeof(*model));
    model->version = MODEL_VERSION;
    model->size = sizeof(*model);
}

bool model_load(struct model *ret, const void *bytes, size_t size)
{
    uint32_t head[2];
    if (size != sizeof(*ret))
        return false;
    memcpy(head, bytes, sizeof(head));
    if (head[0] != MODEL_VERSION || head[1] != sizeof(*ret))
        return false;
    memcpy(ret, bytes, size);
    return true;
}

// -- learning

// ln of what a record says about a row; false when it says nothing.
static bool row_y(const struct record *r, int row, double *ret)
{
    double y = row == MODEL_BYTES_OUT
                   ? (r->features.has_bytes_out ? (double)r->features.bytes_out : 0)
                   : record_own_s(r, (enum phase)row);
    if (!(y > 0))
        return false;
    *ret = log(fmax(y, row == MODEL_BYTES_OUT ? 1 : 1e-4));
    return true;
}

// Page: S ← max(0, S + z − 0.75), noticed above 5; one job counts at most 3.
static void watch(double z, double error, int64_t at_ms, float *side, float *sum, uint32_t *jobs,
                  int64_t *since_ms)
{
    static const double slack = 0.75, most = 3;
    *side = (float)fmax(0, (double)*side + fmin(z, most) - slack);
    if (*side <= 0) {
        *jobs = 0;
        *sum = 0;
        return;
    }
    if ((*jobs)++ == 0)
        *since_ms = at_ms;
    *sum += (float)error;
}

static void notice(struct model *m, const struct record *r, struct model_leaf *leaf, enum phase k,
                   double z, double error)
{
    static const float alarm = 5;
    struct model_watch *w = &leaf->watches[k];
    watch(z, error, r->at_ms, &w->up, &w->up_sum, &w->up_jobs, &w->up_ms);
    watch(-z, error, r->at_ms, &w->down, &w->down_sum, &w->down_jobs, &w->down_ms);
    bool up = w->up > alarm;
    if (!up && w->down <= alarm)
        return;
    struct drift *d = &m->drifts[r->type];
    *d = (struct drift){.type = r->type, .phase = k, .jobs = up ? w->up_jobs : w->down_jobs};
    d->factor = exp((double)(up ? w->up_sum : w->down_sum) / d->jobs);
    d->since_ms = up ? w->up_ms : w->down_ms;
    text_copy(d->device, sizeof(d->device), leaf->device);
    *w = (struct model_watch){0};
    ridge_forget(&leaf->rows[k].ridge, 0.1);
}

static void learn_pairs(struct model_leaf *leaf, const double *z, uint32_t seen)
{
    for (int i = 1; i < PHASE_COUNT; i++) {
        for (int j = 0; j < i; j++) {
            if ((seen >> i & seen >> j & 1) == 0)
                continue;
            int at = prior_pair((enum phase)i, (enum phase)j);
            leaf->products[at] = forgetting * leaf->products[at] + z[i] * z[j];
            leaf->pair_count[at] = forgetting * leaf->pair_count[at] + 1;
        }
    }
}

static void learn_rows(struct model *m, const struct record *r, struct model_leaf *leaf)
{
    struct prior shipped;
    struct regression reg;
    double z[PHASE_COUNT] = {0};
    uint32_t seen = 0;
    prior_shipped(r->type, &shipped);
    prior_regress(&r->features, &reg);
    for (int row = 0; row < MODEL_ROWS; row++) {
        double y, x[RIDGE_MAX];
        struct belief belief;
        struct model_row *own = &leaf->rows[row];
        if (!row_y(r, row, &y))
            continue;
        if (row == MODEL_BYTES_OUT) { // the shipped guess, not the truth
            struct features guess = r->features;
            guess.has_bytes_out = false;
            prior_regress(&guess, &reg);
        }
        row_x(&rules[row], &reg, x);
        believe(m, r->type, leaf, row, shipped_sigma(&shipped, row), &belief);
        double target = y - shipped_mean(&shipped, row, &reg);
        double error = target - belief_mean(&belief, x);
        double s2 = row_noise2(leaf, row);
        double h = 1 + belief_variance(&belief, x) / s2;
        double z2 = error * error / (s2 * h);
        double weight = (student_nu + 1) / (student_nu + z2);
        own->squares = forgetting * own->squares + weight * z2 * s2;
        own->count = forgetting * own->count + 1;
        ridge_forget(&own->ridge, forgetting);
        ridge_add(&own->ridge, rules[row].n, x, target, weight);
        if (row == MODEL_BYTES_OUT)
            continue;
        z[row] = error / sqrt(s2 * h) * sqrt(weight);
        seen |= 1u << row;
        notice(m, r, leaf, (enum phase)row, error / sqrt(s2 * h), error);
    }
    learn_pairs(leaf, z, seen);
}

enum record_flaw model_learn(struct model *model, const struct record *record)
{
    enum record_flaw flaw = record_flaw(record);
    if (flaw != RECORD_SOUND) {
        model->refused[flaw]++;
        return flaw;
    }
    struct model_leaf *leaf = take_leaf(model, record->type, record->features.device);
    learn_rows(model, record, leaf);
    leaf->records++;
    leaf->at_ms = record->at_ms;
    model->records++;
    model->at_ms = record->at_ms;
    for (int k = 0; k < PHASE_COUNT; k++) {
        if (record->phases[k].present)
            model->present[record->type] |= 1u << k;
    }
    return RECORD_SOUND;
}

// -- telling

static void tell_row(const struct model *m, enum export_type type, const struct model_leaf *leaf,
                     const struct regression *reg, int row, struct prior *ret)
{
    const struct row_rule *rule = &rules[row];
    double x[RIDGE_MAX];
    struct belief belief;
    double s2 = row_noise2(leaf, row);
    double n = leaf != NULL ? leaf->rows[row].count : 0;
    believe(m, type, leaf, row, shipped_sigma(ret, row), &belief);
    row_x(rule, reg, x);
    double scatter2 = n > 0 ? s2 * (1 + 3 / (n + 3)) : s2;
    ret->sigma[row] = (float)sqrt(scatter2 + belief_variance(&belief, x));
    for (int i = 0; i < rule->n; i++) {
        enum regressor r = rule->terms[i];
        ret->beta[row][r] += (float)belief.mean[i];
        if (r != REG_ONE && r != REG_COLD)
            ret->beta[row][REG_ONE] -= (float)(belief.mean[i] * prior_typical(r));
    }
}

void model_prior(const struct model *model, enum export_type type, const struct features *features,
                 struct prior *ret)
{
    struct regression reg;
    const struct model_leaf *leaf = find_leaf(model, type, features->device);
    prior_shipped(type, ret);
    prior_regress(features, &reg);
    ret->present |= model->present[type] & ~(1u << PHASE_QUEUE);
    for (int i = 0; i < MODEL_DEVICES; i++)
        ret->records += model->leaves[type][i].records;
    for (int k = 0; k < PHASE_COUNT; k++)
        tell_row(model, type, leaf, &reg, k, ret);
    for (int at = 0; leaf != NULL && at < PRIOR_PAIRS; at++) {
        double n = leaf->pair_count[at];
        double seen = n > 0 ? fmax(-0.9, fmin(leaf->products[at] / n, 0.9)) : 0;
        ret->correlation[at] = (float)((n * seen + 12 * (double)ret->correlation[at]) / (n + 12));
    }
}

bool model_drift(const struct model *model, enum export_type type, struct drift *ret)
{
    if (model->drifts[type].jobs == 0)
        return false;
    *ret = model->drifts[type];
    return true;
}
