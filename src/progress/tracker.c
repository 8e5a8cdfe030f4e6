// SPDX-License-Identifier: GPL-3.0-or-later
// tracker.c — the bookkeeping of one job: events in, snapshots out.
//
// Here counts are made monotone and phases begun and ended; what they mean for the time left is
// outlook.c's, how the bar moves is display.c's. The shown fraction can only grow because only
// display_step() and the glide write it, and both only add.
#include "progress/tracker.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "progress/job_features.h"
#include "progress/outlook.h"

static const double keeps_up = 1.2;       // as in estimator.c: so near, one waits for the other
static const double eta_calm_s = 0.3;     // least time constant of the ETA shown
static const double eta_calm_sigma = 0.7; // and how far it may be from the estimate
static const double eta_width_limit = 25; // high / low beyond which a number would be a guess

// Every event passes here: time never runs backwards, and a finished job hears nothing.
static bool hear(struct tracker *t, int64_t now_ns)
{
    if (now_ns > t->now_ns)
        t->now_ns = now_ns;
    return !t->finished;
}

// A worker that speaks has started.
static bool hear_worker(struct tracker *t, int64_t now_ns)
{
    struct tracker_phase *startup = &t->phases[PHASE_STARTUP];
    if (!hear(t, now_ns))
        return false;
    if (!t->heard && startup->state == PHASE_DONE)
        startup->end_ns = t->now_ns; // it was not mute (tracker_mute), only slow to start
    t->heard = true;
    t->lost = false;
    if (startup->state == PHASE_RUNNING)
        tracker_end(t, PHASE_STARTUP, 0, now_ns);
    return true;
}

static bool is_servers(enum phase k)
{
    return k == PHASE_QUEUE || k == PHASE_STARTUP || k == PHASE_FINALIZE;
}

static void include_phases(struct tracker *t, uint32_t present)
{
    t->prior.present = present;
    for (int k = 0; k < PHASE_COUNT; k++) {
        struct tracker_phase *p = &t->phases[k];
        bool has = (present >> k & 1) != 0;
        if (has && p->state == PHASE_ABSENT)
            p->state = PHASE_PENDING;
        else if (!has && p->state == PHASE_PENDING)
            p->state = PHASE_ABSENT;
    }
}

void tracker_init(struct tracker *t, enum export_type type, const struct prior *prior,
                  const struct features *features, int64_t now_ns)
{
    *t = (struct tracker){.type = type,
                          .attempt = 1,
                          .start_ns = now_ns,
                          .now_ns = now_ns,
                          .display_ns = now_ns,
                          .features = *features};
    t->frames_guess = features->has_frames_output ? (float)features->frames_output : 0;
    t->simulated = prior == NULL;
    if (prior != NULL)
        t->prior = *prior;
    else
        prior_simulated(type, &t->prior);
    include_phases(t, t->prior.present);
}

void tracker_restore(struct tracker *t, double fraction, int64_t elapsed_ns, int64_t now_ns)
{
    if (!hear(t, now_ns))
        return;
    t->start_ns = t->now_ns - (elapsed_ns > 0 ? elapsed_ns : 0);
    if (fraction > t->display.d) // false for NaN
        t->display.d = fmin(fraction, 0.998);
    t->display_ns = t->now_ns;
}

void tracker_wait(struct tracker *t, double median_s, double sigma, int64_t now_ns)
{
    const struct tracker_phase *queue = &t->phases[PHASE_QUEUE];
    if (!hear(t, now_ns) || queue->state != PHASE_RUNNING)
        return;
    double whole_s = outlook_seconds(queue->begin_ns, t->now_ns) + fmax(median_s, 0.01);
    float *beta = t->prior.beta[PHASE_QUEUE];
    memset(beta, 0, sizeof(t->prior.beta[PHASE_QUEUE]));
    beta[REG_ONE] = (float)log(whole_s);
    t->prior.sigma[PHASE_QUEUE] = (float)fmax(sigma, 0.05);
}

// Has a start of this length been seen often enough, should it be a cold one? Only history knows.
static bool may_still_start(const struct tracker *t)
{
    static const double longest_sigma = 2.33; // one cold start in a hundred is longer
    const struct tracker_phase *startup = &t->phases[PHASE_STARTUP];
    struct features features = t->features;
    struct regression reg;
    if (t->prior.records == 0 || startup->state != PHASE_RUNNING)
        return false;
    features.has_cold = features.cold = true;
    prior_regress(&t->prior, &features, &reg);
    double longest = prior_line(&t->prior, PHASE_STARTUP, &reg) +
                     longest_sigma * (double)t->prior.sigma[PHASE_STARTUP];
    return log(outlook_seconds(startup->begin_ns, t->now_ns)) < longest;
}

void tracker_mute(struct tracker *t, int64_t now_ns)
{
    if (!hear(t, now_ns) || t->heard || t->phases[PHASE_STARTUP].state == PHASE_DONE ||
        may_still_start(t))
        return;
    if (t->prior.records == 0) {
        uint32_t servers = t->prior.present & (1u << PHASE_QUEUE | 1u << PHASE_STARTUP);
        prior_simulated(t->type, &t->prior);
        include_phases(t, t->prior.present | servers);
    }
    tracker_end(t, PHASE_STARTUP, 0, t->now_ns);
}

// What this attempt learnt about phase k's seconds; an older memory stays when it learnt nothing.
static float memory_of(const struct tracker *t, enum phase k)
{
    const struct tracker_phase *p = &t->phases[k];
    double seconds, variance;
    if (outlook_phase_pace(t, k, &seconds, &variance))
        return (float)seconds;
    if (p->state == PHASE_DONE && p->end_ns > p->begin_ns && k != PHASE_QUEUE)
        return (float)outlook_seconds(p->begin_ns, p->end_ns);
    return p->memory_s;
}

void tracker_attempt(struct tracker *t, uint32_t attempt, int64_t now_ns)
{
    if (!hear(t, now_ns) || attempt <= t->attempt)
        return;
    t->attempt = attempt;
    t->heard = false;
    t->lost = false;
    t->features.has_cold = false; // that was another worker
    for (int k = 0; k < PHASE_COUNT; k++) {
        struct tracker_phase *p = &t->phases[k];
        *p = (struct tracker_phase){
            .memory_s = memory_of(t, (enum phase)k),
            .has_total = p->has_total,
            .total_units = p->total_units,
        };
    }
    for (int i = 0; i < t->class_count; i++)
        t->classes[i].done_units = 0;
    include_phases(t, t->prior.present & ~(1u << PHASE_QUEUE)); // until it is told to wait again
}

void tracker_hello(struct tracker *t, const struct features *known, int64_t now_ns)
{
    if (!hear_worker(t, now_ns))
        return;
    features_learn(&t->features, known);
    t->frames_told |= known->has_frames_output;
}

void tracker_prior(struct tracker *t, const struct prior *prior, int64_t now_ns)
{
    if (!hear(t, now_ns))
        return;
    uint32_t present = t->prior.present;
    t->prior = *prior;
    t->prior.present = present;
    t->simulated = false;
}

static void take_total(struct tracker *t, enum phase k, uint64_t total_units)
{
    t->phases[k].has_total = true;
    t->phases[k].total_units = total_units;
    t->frames_told |= phase_info(k)->unit == UNIT_FRAMES;
}

static struct tracker_class *find_class(struct tracker *t, enum phase k, const char *name)
{
    for (int i = 0; i < t->class_count; i++) {
        if (t->classes[i].phase == k && strcmp(t->classes[i].name, name) == 0)
            return &t->classes[i];
    }
    return NULL;
}

// Classes beyond the room for them count as plain units.
static void plan_class(struct tracker *t, enum phase k, const struct plan_class *planned)
{
    struct tracker_class *c = find_class(t, k, planned->name);
    if (c == NULL && t->class_count < TRACKER_CLASSES) {
        c = &t->classes[t->class_count++];
        *c = (struct tracker_class){.phase = (uint8_t)k};
        text_copy(c->name, sizeof(c->name), planned->name);
    }
    if (c != NULL)
        c->total_units = planned->units;
}

void tracker_plan(struct tracker *t, const struct plan *plan, int64_t now_ns)
{
    if (!hear_worker(t, now_ns))
        return;
    uint32_t present = 0;
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct plan_phase *planned = &plan->phases[k];
        struct tracker_phase *p = &t->phases[k];
        if (is_servers((enum phase)k)) {
            present |= t->prior.present & 1u << k;
            continue;
        }
        if (!planned->present) {
            present |= p->state >= PHASE_RUNNING ? 1u << k : 0;
            continue;
        }
        present |= 1u << k;
        if (planned->has_total)
            take_total(t, (enum phase)k, planned->total_units);
        p->items = planned->items;
        for (int i = 0; i < planned->class_count && i < PLAN_MAX_CLASSES; i++)
            plan_class(t, (enum phase)k, &planned->classes[i]);
    }
    include_phases(t, present);
}

void tracker_begin(struct tracker *t, enum phase phase, int64_t now_ns)
{
    assert((unsigned)phase < PHASE_COUNT);
    if (is_servers(phase) ? !hear(t, now_ns) : !hear_worker(t, now_ns))
        return;
    struct tracker_phase *p = &t->phases[phase];
    if (p->state >= PHASE_RUNNING)
        return;
    include_phases(t, t->prior.present | 1u << phase);
    p->state = PHASE_RUNNING;
    p->begin_ns = t->now_ns;
    pace_begin(&p->pace, t->now_ns);
    if (phase == PHASE_STARTUP && t->phases[PHASE_QUEUE].state == PHASE_RUNNING)
        tracker_end(t, PHASE_QUEUE, 0, t->now_ns);
}

// The running phase that takes what k makes, or NULL.
static struct tracker_phase *fed_by(struct tracker *t, enum phase k, enum phase *ret)
{
    for (int j = (int)k + 1; j < PHASE_FINALIZE; j++) {
        if (t->phases[j].state == PHASE_RUNNING) {
            *ret = (enum phase)j;
            return &t->phases[j];
        }
    }
    return NULL;
}

// Phase k is through: the one behind it no longer waits for it and may go at a speed of its own.
// Has it not counted yet (an encoder may collect many frames before it gives one), its time
// begins now.
static void settle(struct tracker *t, enum phase k)
{
    double own, behind, variance;
    enum phase j;
    if (t->phases[k].settled)
        return;
    t->phases[k].settled = true;
    struct tracker_phase *next = fed_by(t, k, &j);
    if (next == NULL)
        return;
    if (next->pace.steps == 0)
        pace_begin(&next->pace, t->now_ns);
    else if (outlook_phase_pace(t, k, &own, &variance) &&
             outlook_phase_pace(t, j, &behind, &variance) && behind < keeps_up * own &&
             outlook_expected_slower(t, k, j))
        pace_restart(&next->pace, t->now_ns);
}

void tracker_end(struct tracker *t, enum phase phase, uint64_t done_units, int64_t now_ns)
{
    assert((unsigned)phase < PHASE_COUNT);
    if (is_servers(phase) ? !hear(t, now_ns) : !hear_worker(t, now_ns))
        return;
    struct tracker_phase *p = &t->phases[phase];
    if (p->state == PHASE_DONE)
        return;
    tracker_begin(t, phase, t->now_ns);
    if (done_units > p->done_units)
        p->done_units = done_units;
    p->state = PHASE_DONE;
    p->end_ns = t->now_ns;
    settle(t, phase);
}

// How far the phase before is when this one counts for the first time.
static void keep_lag(struct tracker *t, enum phase k)
{
    enum phase before;
    struct tracker_phase *p = &t->phases[k];
    if (outlook_maker(t, k, &before))
        p->lag = (float)t->phases[before].done_units;
}

// Shares of the work at which the pace is kept, to be held against the phase's own time at the end.
static void keep_paces(struct tracker *t, enum phase k)
{
    double done, total, seconds, variance;
    struct tracker_phase *p = &t->phases[k];
    if (p->pace_s[PACE_CHECKS - 1] > 0)
        return;
    outlook_work(t, k, &done, &total);
    if (total <= 0 || !outlook_phase_pace(t, k, &seconds, &variance))
        return;
    for (int i = 0; i < PACE_CHECKS; i++) {
        if (p->pace_s[i] <= 0 && done >= pace_checks[i] * total)
            p->pace_s[i] = (float)seconds;
    }
}

// From here on only the answer is missing. A total may still grow.
static void keep_sent(struct tracker *t)
{
    const struct tracker_phase *p = &t->phases[PHASE_UPLOAD];
    bool sent = p->has_total && p->total_units > 0 && p->done_units + 1 >= p->total_units;
    t->sent_ns = !sent ? 0 : t->sent_ns > 0 ? t->sent_ns : t->now_ns;
}

// Adds to a class, or to all; returns the plain work that came with it.
static double count_units(struct tracker *t, const struct report *report)
{
    struct tracker_phase *p = &t->phases[report->phase];
    struct tracker_class *c = report->cost_class[0] != '\0'
                                  ? find_class(t, report->phase, report->cost_class)
                                  : NULL;
    uint64_t *counter = c != NULL ? &c->done_units : &p->done_units;
    if (report->done_units <= *counter)
        return 0;
    uint64_t grown = report->done_units - *counter;
    double arrived = outlook_arrived(t, report->phase, *counter);
    *counter = report->done_units;
    if (c == NULL) {
        double done, total;
        outlook_work(t, report->phase, &done, &total);
        bool mixed = p->has_total && p->total_units > 0 && total > 0;
        arrived = outlook_arrived(t, report->phase, *counter) - arrived;
        return arrived * (mixed ? total / (double)p->total_units : 1);
    }
    p->done_units += grown < UINT64_MAX - p->done_units ? grown : UINT64_MAX - p->done_units;
    c->timed_s += (float)pace_silent_s(&p->pace, t->now_ns);
    c->timed_units += (float)grown;
    return (double)grown * outlook_class_cost(t, c);
}

void tracker_report(struct tracker *t, const struct report *report, int64_t now_ns)
{
    assert((unsigned)report->phase < PHASE_COUNT);
    if (!hear_worker(t, now_ns))
        return;
    struct tracker_phase *p = &t->phases[report->phase];
    if (p->state == PHASE_DONE || is_servers(report->phase))
        return;
    tracker_begin(t, report->phase, t->now_ns);
    if (report->has_total)
        take_total(t, report->phase, report->total_units);
    if (report->items > 0) {
        p->item = report->item < report->items ? report->item : report->items;
        p->items = report->items;
    }
    bool first = p->done_units == 0;
    double work = count_units(t, report);
    keep_sent(t);
    if (first && p->done_units > 0)
        keep_lag(t, report->phase);
    if (work > 0 && p->pace.steps == 0 && outlook_phase_waits(t, report->phase))
        pace_start(&p->pace, p->pace.work + work, t->now_ns); // it may have waited until now
    pace_count(&p->pace, p->pace.work + work, t->now_ns);
    keep_paces(t, report->phase);
    if (p->has_total && p->done_units >= p->total_units)
        settle(t, report->phase);
}

void tracker_alive(struct tracker *t, int64_t now_ns)
{
    (void)hear_worker(t, now_ns);
}

void tracker_lost(struct tracker *t, int64_t now_ns)
{
    if (!hear(t, now_ns) || t->lost)
        return;
    t->lost = true;
    t->lost_ns = t->now_ns;
}

void tracker_finish(struct tracker *t, enum outcome outcome, int64_t now_ns)
{
    assert((unsigned)outcome < OUTCOME_COUNT);
    if (!hear(t, now_ns))
        return;
    t->finished = true;
    t->outcome = outcome;
    t->finish_ns = t->now_ns;
    t->finish_fraction = t->display.d;
    for (int k = 0; k < PHASE_COUNT; k++) {
        struct tracker_phase *p = &t->phases[k];
        if (p->state == PHASE_RUNNING) {
            p->end_ns = t->now_ns;
            if (outcome == OUTCOME_COMPLETE)
                p->state = PHASE_DONE;
        }
    }
}

// -- looking

static void view_phase(const struct tracker *t, enum phase k, struct phase_view *ret)
{
    const struct tracker_phase *p = &t->phases[k];
    double done, total;
    outlook_work(t, k, &done, &total);
    *ret = (struct phase_view){
        .state = (enum phase_state)p->state,
        .has_total = p->has_total,
        .done_units = p->done_units,
        .total_units = p->total_units,
    };
    if (p->has_total && p->done_units > p->total_units)
        ret->done_units = p->total_units;
    if (p->state == PHASE_DONE || total > 0) {
        ret->has_fraction = true;
        ret->fraction = p->state == PHASE_DONE ? 1 : done / total;
    }
    if (p->state == PHASE_RUNNING)
        ret->wall_ns = t->now_ns - p->begin_ns;
    else if (p->state == PHASE_DONE)
        ret->wall_ns = p->end_ns - p->begin_ns;
}

static double units_per_second(const struct tracker *t, enum phase k)
{
    double seconds, variance;
    const struct tracker_phase *p = &t->phases[k];
    if (!p->has_total || !outlook_phase_pace(t, k, &seconds, &variance) || seconds <= 0)
        return 0;
    return (double)p->total_units / seconds;
}

static int64_t as_ns(double seconds)
{
    static const double longest_s = 1e9;
    return (int64_t)(fmin(fmax(seconds, 0), longest_s) * 1e9);
}

// The first estimate past the middle of each eighth of the expected time is held against what
// comes.
static void keep_check(struct tracker *t, const struct estimate *e, double elapsed_s)
{
    double h = elapsed_s / fmax(elapsed_s + e->median_s, 1e-9);
    int i = (int)fmin(h * RECORD_CHECKS, RECORD_CHECKS - 1);
    if (h * RECORD_CHECKS < i + 0.5 || t->checks[i].left_s > 0 || e->median_s <= 0 || t->lost)
        return;
    t->checks[i] = (struct record_check){
        .elapsed_s = (float)elapsed_s,
        .left_s = (float)e->median_s,
        .sigma = (float)calibration_sigma(e),
    };
}

// The time left as people see it: within a third of its σ the number follows the estimate
// slowly, so that the noise of single counts does not make it flicker; news moves it at once.
static void view_eta(struct tracker *t, const struct estimate *e, double elapsed_s, double dt_s,
                     struct snapshot *ret)
{
    double whole_s = elapsed_s + e->median_s;
    double calm_s = fmax(eta_calm_s, fmin(0.12 * whole_s, 0.35 * e->median_s));
    if (t->eta_whole_s <= 0)
        t->eta_whole_s = whole_s;
    t->eta_whole_s += (whole_s - t->eta_whole_s) * -expm1(-dt_s / calm_s);
    double band = exp(eta_calm_sigma * calibration_sigma(e));
    double left_s = t->eta_whole_s - elapsed_s;
    left_s = fmin(fmax(left_s, e->median_s / band), e->median_s * band);
    t->eta_whole_s = elapsed_s + left_s;
    ret->eta_ns = as_ns(left_s);
    ret->eta_low_ns = as_ns(fmin(e->low_s, left_s));
    ret->eta_high_ns = as_ns(fmax(e->high_s, left_s));
}

static void view_running(struct tracker *t, struct snapshot *ret)
{
    struct outlook outlook;
    outlook_at(t, t->now_ns, &outlook);
    const struct estimate *e = &outlook.estimate;
    double elapsed_s = outlook_seconds(t->start_ns, t->now_ns);
    keep_check(t, &outlook.raw, elapsed_s);
    double dt_s = outlook_seconds(t->display_ns, t->now_ns);
    display_step(&t->display, dt_s, elapsed_s, e->median_s);
    ret->phase = spoken_step(&t->spoken, outlook.phase, outlook.at_work, e->phase_left_s,
                             t->now_ns);
    ret->fraction = t->display.d;
    ret->speed = t->display.v;
    ret->source = outlook.source;
    ret->health = outlook.health;
    ret->units_per_second = units_per_second(t, ret->phase);
    ret->has_eta = e->high_s <= eta_width_limit * fmax(e->low_s, 1);
    if (ret->has_eta)
        view_eta(t, e, elapsed_s, dt_s, ret);
}

static void view_finished(struct tracker *t, struct snapshot *ret)
{
    double glide_s = TRACKER_GLIDE_NS * 1e-9;
    double way = outlook_seconds(t->finish_ns, t->now_ns) / glide_s;
    bool complete = t->outcome == OUTCOME_COMPLETE;
    ret->phase = PHASE_FINALIZE;
    ret->outcome = t->outcome;
    ret->ended = !complete || t->now_ns - t->finish_ns >= TRACKER_GLIDE_NS;
    ret->fraction = t->finish_fraction;
    if (complete) {
        ret->fraction += (1 - t->finish_fraction) * fmin(way, 1);
        ret->speed = ret->ended ? 0 : (1 - t->finish_fraction) / glide_s;
        ret->has_eta = true; // nothing is left
    }
    if (ret->ended && complete)
        ret->fraction = 1;
    ret->source = SOURCE_COUNTS;
    ret->health = HEALTH_OK;
    for (int k = 0; !complete && k < PHASE_COUNT; k++) {
        if (t->phases[k].state == PHASE_RUNNING) {
            ret->phase = (enum phase)k; // where it stopped
            break;
        }
    }
}

void tracker_snapshot(struct tracker *t, int64_t now_ns, struct snapshot *ret)
{
    (void)hear(t, now_ns);
    *ret = (struct snapshot){.type = t->type, .attempt = t->attempt};
    ret->elapsed_ns = (t->finished ? t->finish_ns : t->now_ns) - t->start_ns;
    if (t->finished)
        view_finished(t, ret);
    else
        view_running(t, ret);
    t->display_ns = t->now_ns;
    for (int k = 0; k < PHASE_COUNT; k++)
        view_phase(t, (enum phase)k, &ret->phases[k]);
    ret->item = t->phases[ret->phase].item;
    ret->items = t->phases[ret->phase].items;
}

const struct features *tracker_features(const struct tracker *t)
{
    return &t->features;
}
