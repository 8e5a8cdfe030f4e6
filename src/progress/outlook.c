// SPDX-License-Identifier: GPL-3.0-or-later
// outlook.c — counts and times into evidence, evidence into time left, health and source.
//
// Nothing is carried from one moment to the next: the forecast is made anew from the prior and
// the counts each time, so late corrections (a new total, a new device) need no undoing.
#include "progress/outlook.h"

#include <math.h>
#include <stddef.h>

#include "progress/normal.h"
#include "progress/pace_trust.h"

// The worker's phases in pipeline order; a type uses some of them.
static const enum phase order[] = {PHASE_DOWNLOAD, PHASE_INIT,    PHASE_OVERLAY,
                                   PHASE_PROCESS,  PHASE_UPSCALE, PHASE_ENCODE,
                                   PHASE_CONCAT,   PHASE_MERGE,   PHASE_UPLOAD};
enum { ORDER_COUNT = sizeof(order) / sizeof(order[0]) };

double outlook_seconds(int64_t from_ns, int64_t to_ns)
{
    return to_ns > from_ns ? (double)(to_ns - from_ns) * 1e-9 : 0;
}

// -- work

static const struct tracker_class *plain_class(const struct tracker *t, int phase)
{
    for (int i = 0; i < t->class_count; i++) {
        if (t->classes[i].phase == phase)
            return &t->classes[i];
    }
    return NULL;
}

bool outlook_class_seen(const struct tracker *t, const struct tracker_class *c, double *ret_cost,
                        double *ret_units)
{
    const struct tracker_class *plain = plain_class(t, c->phase);
    if (plain == c || c->timed_units <= 0 || plain->timed_units <= 0 || c->timed_s <= 0 ||
        plain->timed_s <= 0)
        return false;
    double plain_cost = prior_unit_cost(&t->prior, plain->name);
    double plain_s = (double)(plain->timed_s / plain->timed_units) / plain_cost;
    *ret_cost = (double)(c->timed_s / c->timed_units) / plain_s;
    *ret_units = fmin((double)c->timed_units, (double)plain->timed_units);
    return true;
}

double outlook_class_cost(const struct tracker *t, const struct tracker_class *c)
{
    static const double prior_units = 5; // how many timed units the prior's ratio is worth
    double prior = prior_unit_cost(&t->prior, c->name);
    double seen, n;
    if (!outlook_class_seen(t, c, &seen, &n))
        return prior;
    double ln_cost = (prior_units * log(prior) + n * log(seen)) / (prior_units + n);
    return fmin(fmax(exp(ln_cost), 0.01), 100);
}

double outlook_arrived(const struct tracker *t, enum phase k, uint64_t done)
{
    bool stored = k == PHASE_UPLOAD && t->features.has_remote && t->features.remote;
    return stored ? fmax(0, (double)done - (double)t->prior.ahead) : (double)done;
}

void outlook_work(const struct tracker *t, enum phase k, double *ret_done, double *ret_total)
{
    const struct tracker_phase *p = &t->phases[k];
    double class_total = 0, class_done = 0, total_work = 0, done_work = 0;
    for (int i = 0; i < t->class_count; i++) {
        const struct tracker_class *c = &t->classes[i];
        if (c->phase != k)
            continue;
        double cost = outlook_class_cost(t, c);
        double total = (double)c->total_units;
        double done = fmin((double)c->done_units, total);
        class_total += total;
        class_done += done;
        total_work += cost * total;
        done_work += cost * done;
    }
    double total = p->has_total ? (double)p->total_units : 0;
    double done = fmin(outlook_arrived(t, k, p->done_units), total);
    total_work += fmax(0, total - class_total);
    if (class_done <= 0) // never told by class: the mix so far is taken as the whole's
        done_work = total > 0 ? done / total * total_work : 0;
    else
        done_work += fmin(fmax(0, done - class_done), fmax(0, total - class_total));
    *ret_total = total_work;
    *ret_done = fmin(done_work, total_work);
}

bool outlook_phase_pace(const struct tracker *t, enum phase k, double *ret_s, double *ret_variance)
{
    double per_work, done, total;
    outlook_work(t, k, &done, &total);
    if (total <= 0 || !pace_seconds_per_work(&t->phases[k].pace, &per_work, ret_variance))
        return false;
    *ret_s = per_work * total;
    return true;
}

// -- evidence

static bool is_counted(enum phase k)
{
    return phase_info(k)->unit != UNIT_NONE;
}

// Has something been fed by the phases before it? The first bytes of an upload prove nothing: a
// film's head is written before its first frame is made.
static bool was_fed(const struct tracker *t, enum phase k)
{
    const struct tracker_phase *p = &t->phases[k];
    if (p->state == PHASE_DONE)
        return is_counted(k);
    return is_counted(k) && phase_info(k)->unit != UNIT_BYTES && p->done_units > 0;
}

static bool passed_over(const struct tracker *t, enum phase k)
{
    if (k == PHASE_QUEUE || k == PHASE_STARTUP)
        return t->heard;
    if (t->phases[PHASE_FINALIZE].state != PHASE_PENDING)
        return k != PHASE_FINALIZE;
    for (int j = (int)k + 1; j < PHASE_FINALIZE; j++) {
        if (was_fed(t, (enum phase)j))
            return true;
    }
    return false;
}

bool outlook_phase_over(const struct tracker *t, enum phase k)
{
    const struct tracker_phase *p = &t->phases[k];
    if (p->state == PHASE_DONE || p->state == PHASE_ABSENT)
        return true;
    if (p->has_total && p->total_units == 0)
        return true;
    return p->state == PHASE_PENDING && passed_over(t, k);
}

// Counts come in steps; since the newest one the work is taken to go on at its pace, for one
// step at most: then it is late, and only time passes.
static double expected_work(const struct tracker_phase *p, int64_t now_ns)
{
    double per_work, variance;
    if (!pace_seconds_per_work(&p->pace, &per_work, &variance) || per_work <= 0)
        return 0;
    return fmin(pace_silent_s(&p->pace, now_ns), (double)p->pace.step_s) / per_work;
}

// Frames told at submit are a guess until the worker, who opens the source, tells them.
static uint64_t guessed(const struct tracker *t, uint64_t frames)
{
    return t->frames_told ? frames : (uint64_t)((double)frames * exp((double)t->prior.guess) + 0.5);
}

void outlook_features(const struct tracker *t, struct features *f)
{
    *f = t->features;
    f->frames_output = guessed(t, f->frames_output);
    f->frames_upscale = guessed(t, f->frames_upscale);
    const struct {
        enum phase phase;
        bool *has;
        uint64_t *value;
    } links[] = {
        {PHASE_DOWNLOAD, &f->has_bytes_in, &f->bytes_in},
        {PHASE_UPSCALE, &f->has_frames_upscale, &f->frames_upscale},
        {PHASE_PROCESS, &f->has_frames_output, &f->frames_output},
        {PHASE_ENCODE, &f->has_frames_output, &f->frames_output},
        {PHASE_UPLOAD, &f->has_bytes_out, &f->bytes_out},
    };
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        const struct tracker_phase *p = &t->phases[links[i].phase];
        if (p->has_total && p->total_units > 0) {
            *links[i].has = true;
            *links[i].value = p->total_units;
        }
    }
}

bool outlook_phase_waits(const struct tracker *t, enum phase k)
{
    for (int j = (int)k - 1; j >= PHASE_DOWNLOAD; j--) {
        const struct tracker_phase *p = &t->phases[j];
        if (!is_counted((enum phase)j) || p->state != PHASE_RUNNING)
            continue;
        bool delivered = phase_info((enum phase)j)->unit == UNIT_BYTES && p->done_units > 0;
        return !p->settled && !delivered;
    }
    return false;
}

bool outlook_maker(const struct tracker *t, enum phase k, enum phase *ret)
{
    if (k != PHASE_UPLOAD && phase_info(k)->unit != UNIT_FRAMES)
        return false;
    for (int j = (int)k - 1; j > PHASE_DOWNLOAD; j--) {
        if (phase_info((enum phase)j)->unit == UNIT_FRAMES && t->phases[j].state != PHASE_ABSENT) {
            *ret = (enum phase)j;
            return true;
        }
    }
    return false;
}

bool outlook_expected_slower(const struct tracker *t, enum phase a, enum phase b)
{
    struct features features;
    struct forecast forecast;
    outlook_features(t, &features);
    prior_forecast(&t->prior, &features, &forecast);
    return forecast.mean[a] > forecast.mean[b];
}

static const double look_ahead = 64; // frames

// No count yet, and nothing to wait for: a unit takes longer than this already, though it may be an
// encoder that takes in 64 frames before it gives one. Of more than a second most is granted to a
// slow first one.
static void first_unit_floor(const struct tracker *t, enum phase k, int64_t now_ns,
                             struct evidence *e)
{
    const struct tracker_phase *p = &t->phases[k];
    double units = p->has_total ? (double)p->total_units : 0;
    if (phase_info(k)->unit == UNIT_BYTES || units <= 0 || p->done_units > 0 ||
        outlook_phase_waits(t, k))
        return;
    double alone_s = outlook_seconds(p->pace.begin_ns, now_ns);
    e->has_floor = alone_s > 0;
    e->floor_s = fmax(alone_s / look_ahead, 0.2 * (alone_s - 1)) * units;
}

// Bytes that are made while they are sent have no total until the last one is made: as far as is
// known they are as far on as the phase that makes them.
static double share_of_maker(const struct tracker *t, enum phase k)
{
    for (int j = (int)k - 1; j > PHASE_DOWNLOAD; j--) {
        double done, total;
        if (!is_counted((enum phase)j) || t->phases[j].state == PHASE_ABSENT)
            continue;
        outlook_work(t, (enum phase)j, &done, &total);
        return outlook_phase_over(t, (enum phase)j) ? 1 : total > 0 ? done / total : 0;
    }
    return 1;
}

// Are these bytes still being made?
static bool follows_maker(const struct tracker *t, enum phase k)
{
    return phase_info(k)->unit == UNIT_BYTES && !t->phases[k].has_total && share_of_maker(t, k) < 1;
}

// All is there to be sent, and none of it is known to have arrived: only time tells.
static bool sends_uncounted(const struct tracker *t, enum phase k)
{
    return phase_info(k)->unit == UNIT_BYTES && t->phases[k].pace.steps == 0 &&
           share_of_maker(t, k) >= 1;
}

static void running_evidence(const struct tracker *t, enum phase k, int64_t now_ns,
                             struct evidence *e)
{
    const struct tracker_phase *p = &t->phases[k];
    double done, total;
    if (follows_maker(t, k)) {
        e->share = share_of_maker(t, k);
        e->counted = true;
        return;
    }
    if (sends_uncounted(t, k)) {
        e->elapsed_s = outlook_seconds(p->pace.begin_ns, now_ns);
        return;
    }
    outlook_work(t, k, &done, &total);
    e->counted = is_counted(k) && total > 0;
    if (!e->counted)
        return;
    if (p->pace.steps == 0)
        first_unit_floor(t, k, now_ns, e);
    e->has_pace = outlook_phase_pace(t, k, &e->pace_s, &e->pace_variance);
    double left = fmax(0, total - done);
    e->share = 1 - fmax(left - expected_work(p, now_ns), 0.1 * fmin(left, 1)) / total;
    e->share = fmin(fmax(e->share, 0), 1);
    if (e->has_pace)
        pace_trust(&t->prior, k, e);
}

// What is known of how far it will be behind its maker.
static double expected_lag(const struct tracker *t, enum phase k)
{
    enum phase maker;
    if (!outlook_maker(t, k, &maker))
        return 0;
    const struct tracker_phase *p = &t->phases[maker];
    double units = p->has_total ? (double)p->total_units : 0;
    return units > 0 ? fmin((double)t->prior.lag[k] / units, 1) : 0;
}

// How likely it is sent only when all of it is made.
static double chance_after(const struct tracker *t, const struct features *features)
{
    struct regression reg;
    if (!features->has_remote || !features->remote)
        return 0;
    prior_regress(&t->prior, features, &reg);
    return (double)t->prior.after[prior_size(reg.x[REG_BYTES_OUT])];
}

static void phase_evidence(const struct tracker *t, enum phase k, int64_t now_ns,
                           struct evidence *e)
{
    const struct tracker_phase *p = &t->phases[k];
    *e = (struct evidence){
        .has_memory = p->memory_s > 0, .memory_s = (double)p->memory_s, .lag = expected_lag(t, k)};
    if (outlook_phase_over(t, k)) {
        e->state = EVIDENCE_DONE;
        e->share = 1;
        e->counted = is_counted(k);
        if (p->state == PHASE_DONE) {
            e->elapsed_s = outlook_seconds(p->begin_ns, p->end_ns);
            e->has_pace = e->elapsed_s > 0;
            e->pace_s = e->elapsed_s;
        }
    } else if (p->state == PHASE_RUNNING) {
        e->state = EVIDENCE_RUNNING;
        e->elapsed_s = outlook_seconds(p->begin_ns, now_ns);
        running_evidence(t, k, now_ns, e);
    }
}

// T_startup is ln-normal, whether warm (0) or cold (1).
struct startup_times {
    double mean[2], sigma;
};

static double startup_survival(const struct startup_times *s, int cold, double seconds)
{
    return seconds > 1e-6 ? normal_cdf((s->mean[cold] - log(seconds)) / s->sigma) : 1;
}

// How likely a cold start is after `seconds`: without an end (Bayes by survival), or as its
// time (by density).
static double chance_of_cold(const struct startup_times *s, double before, double seconds,
                             bool ended)
{
    double cold, warm;
    if (ended) {
        double a = (log(fmax(seconds, 1e-6)) - s->mean[1]) / s->sigma;
        double b = (log(fmax(seconds, 1e-6)) - s->mean[0]) / s->sigma;
        double ratio = exp(fmin(fmax((b * b - a * a) / 2, -50), 50));
        return before * ratio / (before * ratio + 1 - before);
    }
    cold = before * fmax(startup_survival(s, 1, seconds), 1e-12);
    warm = (1 - before) * fmax(startup_survival(s, 0, seconds), 1e-12);
    return cold / (cold + warm);
}

// Nobody said whether the worker had to be started. While it is not up, both are possible; once it
// is, the time it took tells.
static void guess_cold(const struct tracker *t, const struct job_evidence *job, struct features *f,
                       struct cold_start *ret)
{
    const struct evidence *e = &job->phases[PHASE_STARTUP];
    double before = fmin(fmax((double)t->prior.typical[REG_COLD], 0.001), 0.999);
    struct startup_times times = {.sigma = (double)t->prior.sigma[PHASE_STARTUP]};
    *ret = (struct cold_start){.open = false};
    if (f->has_cold || (t->prior.present >> PHASE_STARTUP & 1) == 0)
        return;
    for (int k = 0; k < PHASE_COUNT; k++)
        ret->shift[k] = (double)t->prior.beta[k][REG_COLD];
    f->has_cold = true;
    for (int cold = 0; cold < 2; cold++) {
        struct regression reg;
        f->cold = cold == 1;
        prior_regress(&t->prior, f, &reg);
        times.mean[cold] = prior_line(&t->prior, PHASE_STARTUP, &reg);
    }
    bool ended = e->state == EVIDENCE_DONE;
    ret->chance = chance_of_cold(&times, before, e->elapsed_s, ended && e->elapsed_s > 0);
    ret->open = !ended;
    ret->survival = before * startup_survival(&times, 1, e->elapsed_s) +
                    (1 - before) * startup_survival(&times, 0, e->elapsed_s);
    f->cold = ended && ret->chance > 0.5;
}

static void look(const struct tracker *t, int64_t now_ns, struct job_evidence *job,
                 struct forecast *forecast, struct estimate *ret)
{
    struct features features;
    outlook_features(t, &features);
    *job = (struct job_evidence){.order = order, .order_count = ORDER_COUNT};
    for (int k = 0; k < PHASE_COUNT; k++)
        phase_evidence(t, (enum phase)k, now_ns, &job->phases[k]);
    job->phases[PHASE_UPLOAD].after = chance_after(t, &features);
    guess_cold(t, job, &features, &job->cold);
    prior_forecast(&t->prior, &features, forecast);
    estimate(job, forecast, ret);
}

// -- what limits, how healthy

static uint32_t phases_at_work(const struct tracker *t)
{
    uint32_t found = 0;
    for (int k = 0; k < PHASE_COUNT; k++) {
        if (t->phases[k].state == PHASE_RUNNING && !outlook_phase_over(t, (enum phase)k) &&
            !follows_maker(t, (enum phase)k))
            found |= 1u << k;
    }
    return found;
}

static enum phase limiting_phase(const struct tracker *t, uint32_t at_work,
                                 const struct estimate *e)
{
    enum phase best = PHASE_FINALIZE;
    bool found = false;
    for (int k = 0; k < PHASE_COUNT; k++) {
        if ((at_work >> k & 1) != 0 && (!found || e->phase_left_s[k] > e->phase_left_s[best])) {
            best = (enum phase)k;
            found = true;
        }
    }
    for (int k = 0; k < PHASE_COUNT && !found; k++) {
        if (t->phases[k].state == PHASE_PENDING && !outlook_phase_over(t, (enum phase)k)) {
            best = (enum phase)k;
            found = true;
        }
    }
    return best;
}

// Before its first count nobody knows how coarsely a phase reports: it may be four times in all, or
// by a few units that are dear, as far as the forecast knows.
static double first_patience_s(const struct tracker_phase *p, const struct forecast *f,
                               enum phase k)
{
    static const double coarse = 0.25; // of the whole phase
    bool known = p->has_total && p->total_units > 0;
    double share = known ? fmax(4 / (double)p->total_units, coarse) : 1;
    return 3 + share * exp(f->mean[k] + sqrt(fmax(f->cov[k][k], 0)));
}

// `z`: standard deviations beyond the middle of ln T. Silent phases have longer tails than the
// ln-normal: 4 of its σ are passed by one in a hundred or two.
static enum health silent_health(double z, double elapsed_s)
{
    if (z > 4 && elapsed_s > 10)
        return HEALTH_STALLED;
    return z > 2.5 && elapsed_s > 3 ? HEALTH_SLOW : HEALTH_OK;
}

// How long nothing has come from phase k or from one that it may be waiting for, beyond what is
// usual: 1 is where patience ends. A chain lives as long as one of it counts.
static double silence(const struct tracker *t, const struct forecast *f, enum phase k,
                      int64_t now_ns, double *ret_over_s)
{
    double least = INFINITY;
    bool waits = true;
    for (int j = (int)k; j >= PHASE_DOWNLOAD && waits; j--) {
        const struct tracker_phase *p = &t->phases[j];
        if (!is_counted((enum phase)j) || p->state != PHASE_RUNNING || p->settled)
            continue;
        double silent = pace_silent_s(&p->pace, now_ns);
        double patience = p->pace.step_s > 0 ? pace_patience_s(&p->pace)
                                             : first_patience_s(p, f, (enum phase)j);
        if (silent / patience < least) {
            least = silent / patience;
            *ret_over_s = fmax(0, silent - patience);
        }
        waits = outlook_phase_waits(t, (enum phase)j);
    }
    return least;
}

// The same where no phase is at work: since the newest one ended k should have begun.
static double idleness(const struct tracker *t, const struct forecast *f, enum phase k,
                       int64_t now_ns, double *ret_over_s)
{
    int64_t since_ns = t->start_ns;
    for (int j = 0; j < PHASE_COUNT; j++)
        since_ns = t->phases[j].end_ns > since_ns ? t->phases[j].end_ns : since_ns;
    double silent = outlook_seconds(since_ns, now_ns);
    double patience = first_patience_s(&t->phases[k], f, k);
    *ret_over_s = fmax(0, silent - patience);
    return silent / patience;
}

// Health of the limiting phase, and the seconds it is silent beyond patience.
static enum health phase_health(const struct tracker *t, const struct job_evidence *job,
                                const struct forecast *f, enum phase k, int64_t now_ns,
                                double *ret_over_s)
{
    static const double stalled = 2; // times patience: eight usual steps and 6 s
    const struct evidence *e = &job->phases[k];
    bool runs = e->state == EVIDENCE_RUNNING;
    *ret_over_s = 0;
    if (!t->heard && !runs)
        return HEALTH_OK;
    if (runs && k == PHASE_STARTUP && job->cold.open)
        return silent_health(-normal_quantile(job->cold.survival), e->elapsed_s);
    if (runs && !is_counted(k))
        return silent_health(-normal_quantile(forecast_survival(f, k, e->elapsed_s)), e->elapsed_s);
    double silent = runs ? silence(t, f, k, now_ns, ret_over_s)
                         : idleness(t, f, k, now_ns, ret_over_s);
    if (!isfinite(silent))
        return HEALTH_OK;
    return silent > stalled ? HEALTH_STALLED : silent > 1 ? HEALTH_SLOW : HEALTH_OK;
}

// How much longer a silence that is already too long will last: about as long again, and nobody
// knows.
static void widen(struct estimate *e, double over_s)
{
    e->median_s += 0.5 * over_s;
    e->high_s += 3 * over_s;
}

// -- without news

// When did news stop, if it did?
static bool is_blind(const struct tracker *t, int64_t *ret_since_ns)
{
    const struct tracker_phase *startup = &t->phases[PHASE_STARTUP];
    if (t->lost) {
        *ret_since_ns = t->lost_ns;
        return true;
    }
    *ret_since_ns = startup->end_ns;
    return !t->heard && startup->state == PHASE_DONE &&
           t->phases[PHASE_FINALIZE].state == PHASE_PENDING;
}

// What was left then, as one ln-normal time, given that it has not ended in `since_s`.
static void go_on_blind(struct estimate *e, double since_s)
{
    double median = fmax(e->median_s, 1e-3);
    double spread = log(fmax(e->high_s, median) / fmax(fmin(e->low_s, median), 1e-3));
    double sigma = fmax(spread / (2 * 1.2816), 0.1);
    struct forecast rest = {.present = 1};
    rest.mean[0] = log(median);
    rest.cov[0][0] = sigma * sigma;
    e->low_s = forecast_quantile(&rest, (enum phase)0, since_s, 0.1) - since_s;
    e->median_s = forecast_quantile(&rest, (enum phase)0, since_s, 0.5) - since_s;
    e->high_s = forecast_quantile(&rest, (enum phase)0, since_s, 0.9) - since_s;
}

static enum snapshot_source source_of(const struct tracker *t, const struct job_evidence *job)
{
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct evidence *e = &job->phases[k];
        if (e->state == EVIDENCE_RUNNING && e->counted && t->phases[k].pace.steps > 0)
            return SOURCE_COUNTS;
    }
    return t->simulated ? SOURCE_SIMULATED : SOURCE_MODEL;
}

static void calibrate(const struct tracker *t, int64_t now_ns, struct estimate *e)
{
    double elapsed_s = outlook_seconds(t->start_ns, now_ns);
    calibration_apply(&t->prior.calibration, elapsed_s / fmax(elapsed_s + e->median_s, 1e-9), e);
}

void outlook_at(const struct tracker *t, int64_t now_ns, struct outlook *ret)
{
    struct job_evidence job;
    struct forecast forecast;
    int64_t since_ns;
    bool blind = is_blind(t, &since_ns);
    int64_t at_ns = blind && since_ns < now_ns ? since_ns : now_ns;
    look(t, at_ns, &job, &forecast, &ret->raw);
    ret->estimate = ret->raw;
    calibrate(t, at_ns, &ret->estimate);
    ret->at_work = phases_at_work(t);
    ret->phase = limiting_phase(t, ret->at_work, &ret->estimate);
    if (blind) {
        go_on_blind(&ret->estimate, outlook_seconds(at_ns, now_ns));
        ret->health = t->lost ? HEALTH_UNKNOWN : HEALTH_OK;
        ret->source = SOURCE_SIMULATED;
        return;
    }
    double over_s;
    ret->health = phase_health(t, &job, &forecast, ret->phase, now_ns, &over_s);
    widen(&ret->estimate, over_s);
    ret->source = source_of(t, &job);
}
