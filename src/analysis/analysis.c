// SPDX-License-Identifier: GPL-3.0-or-later
// analysis.c — see analysis.h.
#include "analysis/analysis.h"

#include <assert.h>
#include <math.h>

#include "analysis/findings.h"
#include "base/memory.h"

bool sample_usable(const struct sample *s)
{
    struct record r = s->b.record;
    r.by_worker = true;
    r.simulated = false;
    return record_flaw(&r) == RECORD_SOUND;
}

// An export that only copies packets has bytes to move and no frame to make.
static bool only_copies(const struct record *r)
{
    bool moves = false;
    for (int k = 0; k < PHASE_COUNT; k++) {
        enum unit unit = phase_info((enum phase)k)->unit;
        if (r->phases[k].present && (unit == UNIT_FRAMES || unit == UNIT_CLIPS))
            return false;
        moves |= r->phases[k].present && unit == UNIT_BYTES;
    }
    return moves;
}

bool sample_frames(const struct sample *s, double *ret)
{
    const struct features *f = &s->b.record.features;
    bool network = f->has_frames_upscale && f->frames_upscale > 0;
    if (only_copies(&s->b.record))
        return false;
    *ret = (double)(network ? f->frames_upscale : f->frames_output);
    return network || (f->has_frames_output && f->frames_output > 0);
}

// ---- figures ----

static bool is_cold(const struct sample *s)
{
    return s->b.record.features.has_cold && s->b.record.features.cold;
}

static bool is_warm(const struct sample *s)
{
    return s->b.record.features.has_cold && !s->b.record.features.cold;
}

static void count(struct type_report *r, const struct sample *s)
{
    double share[PHASE_COUNT];
    enum record_flaw flaw = record_flaw(&s->b.record);
    r->flaws[flaw]++;
    r->sound += flaw == RECORD_SOUND;
    if (!sample_usable(s))
        return;
    r->usable++;
    r->cold += is_cold(s);
    r->warm += is_warm(s);
    if (!shares_of(&s->b.record, share))
        return;
    shares_add(&r->shares, share);
    if (is_cold(s))
        shares_add(&r->cold_shares, share);
    if (is_warm(s))
        shares_add(&r->warm_shares, share);
}

// The values of `pick` over the usable samples, where it gives one.
static void spread_by(const struct type_report *r,
                      bool (*pick)(const struct sample *s, int k, double *ret), int k, double *room,
                      struct spread *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        n += sample_usable(&r->samples[i]) && pick(&r->samples[i], k, &room[n]);
    spread_of(room, n, ret);
}

static bool pick_seconds(const struct sample *s, int k, double *ret)
{
    *ret = record_own_s(&s->b.record, (enum phase)k);
    return s->b.record.phases[k].present;
}

static bool pick_total(const struct sample *s, int k, double *ret)
{
    (void)k;
    *ret = s->b.record.total_s;
    return true;
}

enum { ANY_START, COLD_START, WARM_START };

static bool pick_frame(const struct sample *s, int start, double *ret)
{
    double frames;
    if (!sample_frames(s, &frames) || (start == COLD_START && !is_cold(s)) ||
        (start == WARM_START && !is_warm(s)))
        return false;
    *ret = s->b.record.total_s / frames;
    return true;
}

static void measure(struct type_report *r, double *room)
{
    for (int k = 0; k < PHASE_COUNT; k++)
        spread_by(r, pick_seconds, k, room, &r->seconds[k]);
    spread_by(r, pick_total, 0, room, &r->total);
    spread_by(r, pick_frame, ANY_START, room, &r->frame);
    spread_by(r, pick_frame, COLD_START, room, &r->cold_frame);
    spread_by(r, pick_frame, WARM_START, room, &r->warm_frame);
}

// ---- expected against actual ----

static void judge(struct type_report *r, bool foreseen, double *room, struct accuracy *ret)
{
    struct spread ratios;
    *ret = (struct accuracy){0};
    for (size_t i = 0; i < r->count; i++) {
        const struct sample *s = &r->samples[i];
        double actual = s->b.record.total_s;
        double expected = foreseen ? s->foresight_s : s->b.estimated_s;
        bool has = foreseen ? s->has_foresight : s->b.has_estimate;
        if (!has || !sample_usable(s) || !(expected > 0))
            continue;
        room[ret->n++] = actual / expected;
        ret->off += fabs(actual - expected) / actual;
        ret->covered += foreseen && actual >= s->foresight_low_s && actual <= s->foresight_high_s;
    }
    if (ret->n == 0)
        return;
    ret->off /= (double)ret->n;
    ret->covered /= (double)ret->n;
    spread_of(room, ret->n, &ratios);
    ret->ratio = ratios.median;
}

// ---- weights ----

static void weigh(struct analysis *a, struct type_report *r)
{
    struct shares sound = {0};
    double share[PHASE_COUNT];
    for (size_t i = 0; i < r->count && !r->circular; i++) {
        const struct record *record = &r->samples[i].b.record;
        if (record_flaw(record) == RECORD_SOUND && shares_of(record, share))
            shares_add(&sound, share);
    }
    r->weighed = sound.records > 0 && export_info(r->type)->phase_count > 0;
    if (!r->weighed)
        return;
    a->weights.samples[r->type] = sound.records;
    shares_weights(&sound, r->type, &a->weights.set);
}

// ---- whole ----

static void report(struct analysis *a, struct type_report *r, const struct named_weights *sets,
                   size_t set_count, double *room)
{
    for (size_t i = 0; i < r->count; i++)
        count(r, &r->samples[i]);
    r->drifts = &a->samples->drifts[r->type];
    measure(r, room);
    judge(r, false, room, &r->estimated);
    judge(r, true, room, &r->foreseen);
    findings_add(r, sets, set_count);
    weigh(a, r);
}

void analysis_make(const struct samples *s, const struct named_weights *sets, size_t set_count,
                   int64_t now_ms, struct analysis *ret)
{
    struct weight_set first;
    struct weight_set measured;
    struct named_weights all[ANALYSIS_SETS] = {{"first", &first}, {"measured", &measured}};
    assert(set_count + 2 <= ANALYSIS_SETS);
    weights_first(&first);
    weights_measured(&measured);
    for (size_t i = 0; i < set_count; i++)
        all[2 + i] = sets[i];
    *ret = (struct analysis){.samples = s, .at_ms = now_ms, .weights = {.at_ms = now_ms}};
    double *room = mem_zeroed(s->count + 1, sizeof(*room));
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++)
        ret->types[type].type = (enum export_type)type;
    for (size_t i = 0; i < s->count; i++) {
        struct type_report *r = &ret->types[s->all[i].b.record.type];
        r->samples = r->samples ? r->samples : &s->all[i];
        r->count++;
    }
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        if (ret->types[type].count > 0)
            report(ret, &ret->types[type], all, set_count + 2, room);
    }
    free(room);
}
