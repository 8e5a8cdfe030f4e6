// SPDX-License-Identifier: GPL-3.0-or-later
// model.c — a record into the sums of its device; sums of all levels into a prior.
//
// Only the lowest level, the device of an export type, keeps sums; those of the levels above are
// sums of them (levels.h).
#include "progress/model.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

static const double keep = 0.995;   // of a device's sums, per job
static const double student_nu = 4; // one wild job moves little
static const double keep_after_drift = 0.1;
static const double pair_jobs = 12; // what a shipped correlation is worth

// -- leaves

// The device's leaf; that of the newest job when no device is named. NULL: none.
static const struct model_leaf *find_leaf(const struct model_type *type, const char *device)
{
    const struct model_leaf *newest = NULL;
    for (int i = 0; i < MODEL_DEVICES; i++) {
        const struct model_leaf *leaf = &type->leaves[i];
        if (leaf->records == 0)
            continue;
        if (device[0] != '\0' && i > 0 && strcmp(leaf->device, device) == 0)
            return leaf;
        if (newest == NULL || leaf->at_ms >= newest->at_ms)
            newest = leaf;
    }
    return device[0] == '\0' ? newest : NULL;
}

// The leaf not used for longest, a free one first, emptied into the one of all forgotten devices.
static struct model_leaf *clear_leaf(struct model_type *type)
{
    struct model_leaf *rest = &type->leaves[0];
    struct model_leaf *oldest = &type->leaves[1];
    for (int i = 2; i < MODEL_DEVICES; i++) {
        struct model_leaf *leaf = &type->leaves[i];
        if (oldest->records > 0 && (leaf->records == 0 || leaf->at_ms < oldest->at_ms))
            oldest = leaf;
    }
    for (int row = 0; row < LEVEL_ROWS; row++)
        ridge_pool(&rest->rows[row].ridge, &oldest->rows[row].ridge, 1);
    rest->records += oldest->records;
    rest->at_ms = rest->at_ms > oldest->at_ms ? rest->at_ms : oldest->at_ms;
    *oldest = (struct model_leaf){.records = 0};
    return oldest;
}

static struct model_leaf *take_leaf(struct model_type *type, const char *device)
{
    for (int i = 1; i < MODEL_DEVICES; i++) {
        if (type->leaves[i].records > 0 && strcmp(type->leaves[i].device, device) == 0)
            return &type->leaves[i];
    }
    struct model_leaf *leaf = clear_leaf(type);
    (void)text_copy(leaf->device, sizeof(leaf->device), device);
    return leaf;
}

static void believe(const struct model *m, enum export_type type, const struct model_leaf *leaf,
                    int row, double shipped_sigma, struct belief *ret)
{
    struct level_pools pools = {.own = leaf != NULL ? &leaf->rows[row] : NULL};
    for (int t = 0; t < EXPORT_TYPE_COUNT; t++) {
        for (int i = 0; i < MODEL_DEVICES; i++) {
            const struct model_leaf *l = &m->types[t].leaves[i];
            const struct ridge *ridge = &l->rows[row].ridge;
            bool other = t != (int)type;
            if (l != leaf && ridge->weight > 0)
                ridge_pool(other ? &pools.types : &pools.devices, ridge,
                           level_worth(row, ridge->weight, other));
        }
    }
    level_believe(&pools, row, shipped_sigma, ret);
}

void model_init(struct model *model)
{
    memset(model, 0, sizeof(*model));
    model->version = MODEL_VERSION;
    model->size = sizeof(*model);
    for (int t = 0; t < EXPORT_TYPE_COUNT; t++)
        scores_init(&model->types[t].scores);
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
    static const double shortest_s = 1e-4;
    if (row == LEVEL_BYTES_OUT) {
        *ret = log(fmax((double)r->features.bytes_out, 1));
        return r->features.has_bytes_out && r->features.bytes_out > 0;
    }
    double own_s = record_own_s(r, (enum phase)row);
    *ret = log(fmax(own_s, shortest_s));
    return own_s > 0;
}

// A phase of which the record says nothing but that it had nothing to do.
static bool was_empty(const struct record *r, int row)
{
    return row != LEVEL_BYTES_OUT && r->phases[row].present &&
           !(record_own_s(r, (enum phase)row) > 0);
}

struct lesson {
    struct model *model;
    const struct record *record;
    struct model_leaf *leaf;
    struct prior shipped;
    struct regression reg;
    double z[PHASE_COUNT]; // standardised errors, robust; 0 where nothing was learnt
    uint32_t seen;
    double off[UNIT_COUNT]; // error of the longest phase that counts these
    double longest_s[UNIT_COUNT];
};

// A change of several phases is told by the longest of them.
static void notice(struct lesson *l, enum phase k, const struct cusum_side *side)
{
    const struct record *r = l->record;
    struct drift *drift = &l->model->types[r->type].drift;
    bool same = drift->jobs > 0 && side->since_ms <= drift->at_ms &&
                strcmp(drift->device, l->leaf->device) == 0;
    if (same && record_own_s(r, drift->phase) >= record_own_s(r, k))
        return;
    *drift = (struct drift){.type = r->type,
                            .phase = k,
                            .factor = exp((double)side->errors / side->jobs),
                            .since_ms = side->since_ms,
                            .at_ms = r->at_ms,
                            .jobs = side->jobs};
    (void)text_copy(drift->device, sizeof(drift->device), l->leaf->device);
}

// Is the phase leaving its model? When it has, what was known is moved to where it went, and counts
// little from there on; the job that showed it is not wild any more, but new.
static void watch(struct lesson *l, enum phase k, double z, double off, double *weight)
{
    struct cusum_side side;
    struct cusum *cusum = &l->leaf->watches[k];
    if (!cusum_add(cusum, z, off, l->record->at_ms, &side))
        return;
    struct ridge *known = &l->leaf->rows[k].ridge;
    ridge_shift(known, (double)side.errors / side.jobs);
    ridge_forget(known, keep_after_drift);
    *weight = 1;
    notice(l, k, &side);
}

// What the moment adds to phase k; `off`: by how much the model alone is off.
static double foretell(struct lesson *l, enum phase k, double off)
{
    enum unit unit = phase_info(k)->unit;
    double own_s = record_own_s(l->record, k);
    if (unit == UNIT_NONE)
        return 0;
    if (own_s > l->longest_s[unit]) {
        l->longest_s[unit] = own_s;
        l->off[unit] = off;
    }
    return current_tell(&l->model->current[unit]);
}

static void learn_current(struct lesson *l)
{
    for (int unit = 0; unit < UNIT_COUNT; unit++) {
        if (l->longest_s[unit] > 0)
            current_learn(&l->model->current[unit], l->off[unit]);
    }
}

static void learn_row(struct lesson *l, int row)
{
    struct level_row *own = &l->leaf->rows[row];
    struct belief belief;
    double y, x[RIDGE_MAX] = {0};
    if (!row_y(l->record, row, &y) || was_empty(l->record, row))
        return;
    level_x(row, &l->reg, x);
    believe(l->model, l->record->type, l->leaf, row, level_shipped_sigma(&l->shipped, row),
            &belief);
    double target = y - level_shipped(&l->shipped, row, &l->reg);
    double off = target - belief_mean(&belief, x);
    if (row < PHASE_COUNT)
        off -= foretell(l, (enum phase)row, off);
    double s2 = level_scatter(own, row);
    double z = off / sqrt(s2 + belief_variance(&belief, x));
    double weight = (student_nu + 1) / (student_nu + z * z);
    if (row < PHASE_COUNT) {
        l->z[row] = z * sqrt(weight);
        l->seen |= 1u << row;
        watch(l, (enum phase)row, z, off, &weight);
    }
    own->squares = keep * own->squares + fmin(z * z, 9) * s2;
    own->count = keep * own->count + 1;
    ridge_forget(&own->ridge, keep);
    ridge_add(&own->ridge, belief.n, x, target, weight);
}

static void learn_pairs(struct lesson *l)
{
    for (int i = 1; i < PHASE_COUNT; i++) {
        for (int j = 0; j < i; j++) {
            if ((l->seen >> i & l->seen >> j & 1) == 0)
                continue;
            int at = prior_pair((enum phase)i, (enum phase)j);
            l->leaf->products[at] = keep * l->leaf->products[at] + l->z[i] * l->z[j];
            l->leaf->pair_count[at] = keep * l->leaf->pair_count[at] + 1;
        }
    }
}

// A record that does not say whether the worker was cold is taken for what its startup looks like.
static void settle_cold(struct lesson *l, struct features *f)
{
    double distance[2];
    double startup_s = record_own_s(l->record, PHASE_STARTUP);
    if (f->has_cold || startup_s <= 0)
        return;
    for (int cold = 0; cold < 2; cold++) {
        struct belief belief;
        double x[RIDGE_MAX] = {0};
        f->cold = cold == 1;
        f->has_cold = true;
        prior_regress(&l->shipped, f, &l->reg);
        level_x(PHASE_STARTUP, &l->reg, x);
        believe(l->model, l->record->type, l->leaf, PHASE_STARTUP,
                level_shipped_sigma(&l->shipped, PHASE_STARTUP), &belief);
        distance[cold] = fabs(log(startup_s) - level_shipped(&l->shipped, PHASE_STARTUP, &l->reg) -
                              belief_mean(&belief, x));
    }
    f->cold = distance[1] < distance[0];
}

enum record_flaw model_learn(struct model *model, const struct record *record)
{
    enum record_flaw flaw = record_flaw(record);
    if (flaw != RECORD_SOUND) {
        model->refused[flaw]++;
        return flaw;
    }
    struct model_type *type = &model->types[record->type];
    struct lesson lesson = {.model = model, .record = record};
    struct features features = record->features;
    lesson.leaf = take_leaf(type, features.device);
    prior_shipped(record->type, &lesson.shipped);
    settle_cold(&lesson, &features);
    prior_regress(&lesson.shipped, &features, &lesson.reg);
    for (int row = 0; row < LEVEL_ROWS; row++)
        learn_row(&lesson, row);
    learn_pairs(&lesson);
    learn_current(&lesson);
    habits_learn(&type->habits, record);
    scores_learn(&type->scores, record);
    cold_habit_learn(&model->cold, &features);
    ahead_habit_learn(&model->ahead, record);
    after_habit_learn(&model->after, record);
    for (int k = 0; k < PHASE_COUNT; k++)
        type->present |= record->phases[k].present ? 1u << k : 0;
    (void)text_copy(lesson.leaf->engine, sizeof(lesson.leaf->engine), features.engine);
    lesson.leaf->has_remote = features.has_remote;
    lesson.leaf->remote = features.remote;
    lesson.leaf->records++;
    lesson.leaf->at_ms = record->at_ms;
    model->records++;
    model->at_ms = record->at_ms;
    return RECORD_SOUND;
}

// -- telling

static void tell_row(const struct model *m, enum export_type type, const struct model_leaf *leaf,
                     const struct regression *reg, int row, struct prior *ret)
{
    double x[RIDGE_MAX] = {0};
    struct belief belief;
    const struct level_row *own = leaf != NULL ? &leaf->rows[row] : NULL;
    double n = own != NULL ? own->count : 0;
    believe(m, type, leaf, row, level_shipped_sigma(ret, row), &belief);
    level_x(row, reg, x);
    double scatter2 = level_scatter(own, row) * (n > 0 ? 1 + 3 / (n + 3) : 1);
    double sigma = sqrt(scatter2 + belief_variance(&belief, x));
    if (row == LEVEL_BYTES_OUT) {
        ret->bytes_out_sigma = (float)sigma;
        level_tell(&belief, row, ret->bytes_out);
    } else {
        ret->sigma[row] = (float)sigma;
        level_tell(&belief, row, ret->beta[row]);
        ret->beta[row][REG_ONE] += (float)current_tell(
            &m->current[phase_info((enum phase)row)->unit]);
    }
}

static void tell_pairs(const struct model_leaf *leaf, struct prior *ret)
{
    for (int at = 0; at < PRIOR_PAIRS; at++) {
        double n = leaf->pair_count[at];
        double seen = n > 0 ? fmin(fmax(leaf->products[at] / n, -0.9), 0.9) : 0;
        double shipped = (double)ret->correlation[at];
        ret->correlation[at] = (float)((n * seen + pair_jobs * shipped) / (n + pair_jobs));
    }
}

// A device, engine or kind of store that is not named is that of the newest job; one whose name
// says nothing is known by its records.
static void tell_machine(const struct model_leaf *leaf, const struct features *features,
                         struct prior *ret)
{
    struct features f = *features;
    struct regression reg;
    if (f.device[0] == '\0')
        (void)text_copy(f.device, sizeof(f.device), leaf->device);
    if (f.engine[0] == '\0')
        (void)text_copy(f.engine, sizeof(f.engine), leaf->engine);
    if (!f.has_remote) {
        if (leaf->has_remote)
            ret->typical[REG_REMOTE] = leaf->remote ? 1 : 0;
        ret->spread[REG_REMOTE] /= (float)(1 + leaf->records);
    }
    prior_regress(ret, &f, &reg);
    ret->typical[REG_DEVICE] = (float)reg.x[REG_DEVICE];
    ret->spread[REG_DEVICE] /= (float)(1 + leaf->records);
    ret->spread[REG_CONTENTION] /= (float)(1 + leaf->records);
    if (strcmp(f.engine, leaf->engine) == 0) {
        ret->typical[REG_ENGINE] = (float)reg.x[REG_ENGINE];
        ret->spread[REG_ENGINE] /= (float)(1 + leaf->records);
    }
}

void model_prior(const struct model *model, enum export_type type, const struct features *features,
                 struct prior *ret)
{
    const struct model_type *of = &model->types[type];
    const struct model_leaf *leaf = find_leaf(of, features->device);
    struct regression reg;
    prior_shipped(type, ret);
    if (leaf != NULL)
        tell_machine(leaf, features, ret);
    habits_tell(&of->habits, ret);
    ahead_habit_tell(&model->ahead, ret);
    after_habit_tell(&model->after, ret);
    ret->typical[REG_COLD] = (float)cold_habit_chance(&model->cold, features);
    prior_regress(ret, features, &reg);
    ret->present |= of->present & ~(1u << PHASE_QUEUE);
    for (int i = 0; i < MODEL_DEVICES; i++)
        ret->records += of->leaves[i].records;
    for (int row = 0; row < LEVEL_ROWS; row++)
        tell_row(model, type, leaf, &reg, row, ret);
    if (leaf != NULL)
        tell_pairs(leaf, ret);
    scores_calibrate(&of->scores, &ret->calibration);
}

bool model_drift(const struct model *model, enum export_type type, struct drift *ret)
{
    if (model->types[type].drift.jobs == 0)
        return false;
    *ret = model->types[type].drift;
    return true;
}
