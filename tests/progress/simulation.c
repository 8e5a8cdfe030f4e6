// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulation.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

// -- chance: splitmix64

static uint64_t next(struct rng *rng)
{
    uint64_t z = rng->state += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

double rng_uniform(struct rng *rng, double low, double high)
{
    return low + (high - low) * ((double)(next(rng) >> 11) * 0x1p-53);
}

double rng_log_uniform(struct rng *rng, double low, double high)
{
    return exp(rng_uniform(rng, log(low), log(high)));
}

double rng_normal(struct rng *rng)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += rng_uniform(rng, 0, 1);
    return sum;
}

// -- one job

static void add(struct simulation *s, double at_s, int kind, enum phase phase, uint64_t done)
{
    if (s->count == s->room) {
        s->room = s->room > 0 ? 2 * s->room : 64;
        s->events = mem_resize(s->events, s->room, sizeof(s->events[0]));
    }
    struct simulated_event *e = &s->events[s->count++];
    *e = (struct simulated_event){.at_s = at_s, .phase = phase, .done = done};
    e->kind = kind;
}

// Reports a phase whose unit i is done at times[i]: every 10 units or 500 ms.
static void add_counts(struct simulation *s, enum phase phase, double begin_s, const double *times,
                       int n, uint64_t unit)
{
    double told_s = begin_s;
    int told = 0;
    add(s, begin_s, SIM_BEGIN, phase, 0);
    for (int i = 0; i < n; i++) {
        if (i + 1 - told < 10 && times[i] - told_s < 0.5 && i + 1 < n)
            continue;
        add(s, times[i], SIM_REPORT, phase, (uint64_t)(i + 1) * unit);
        told = i + 1;
        told_s = times[i];
    }
    add(s, times[n - 1], SIM_END, phase, (uint64_t)n * unit);
}

static int by_time(const void *a, const void *b)
{
    const struct simulated_event *x = a;
    const struct simulated_event *y = b;
    if (x->at_s < y->at_s || x->at_s > y->at_s)
        return x->at_s < y->at_s ? -1 : 1;
    return (x->kind > y->kind) - (x->kind < y->kind);
}

static void choose_shape(const struct simulation_kind *kind, struct rng *rng,
                         struct simulated_job *shape)
{
    double mflop_per_s = 200e3 * pow(2, 0.9); // what the shipped prior believes of this device
    double prior_frame_s = rng_log_uniform(rng, 0.02, 1.2);
    double wanted_s = rng_log_uniform(rng, kind->shortest_s, kind->longest_s);
    double error = rng_log_uniform(rng, kind->speed_error_low, kind->speed_error_high);
    shape->frames = (int)fmin(fmax(wanted_s / prior_frame_s / error, 3), 6000);
    shape->frame_s = prior_frame_s * error;
    shape->startup_s = rng_log_uniform(rng, 0.03, 0.15);
    shape->init_s = rng_log_uniform(rng, 0.3, 6);
    shape->encode_s = shape->frame_s * rng_uniform(rng, 0.03, 0.3);
    shape->chunk_s = rng_log_uniform(rng, 0.05, 0.5) * shape->frame_s;
    shape->upload_s = fmin(rng_log_uniform(rng, 0.05, 3), 0.03 * shape->frame_s * shape->frames);
    shape->finalize_s = rng_uniform(rng, 0.01, 0.05);
    shape->lookahead = (int)rng_uniform(rng, 5, 40);
    shape->throttle_from = shape->frames + 1;
    if (kind->throttles)
        shape->throttle_from = (int)(shape->frames * rng_uniform(rng, 0.33, 0.67));
    shape->first_s = shape->frame_s * rng_uniform(rng, 1, 7);
    shape->throttle = 2;
    shape->frame_bytes = 20000;
    shape->upload_bytes = 4000000; // known once the upload speaks
    shape->features = (struct features){
        .has_frames_upscale = true,
        .has_frames_output = true,
        .has_pixels_in = true,
        .has_pixels_out = true,
        .has_bytes_in = true,
        .frames_upscale = (uint64_t)shape->frames,
        .frames_output = (uint64_t)shape->frames,
        .pixels_in = (uint64_t)(prior_frame_s * mflop_per_s / 2.418),
        .pixels_out = 810 * 1440,
        .bytes_in = (uint64_t)shape->frames * shape->frame_bytes,
        .device = "cpu-avx512-2",
        .engine = "x4fast",
    };
}

static void choose_plan(struct simulation *s, const struct simulated_job *shape)
{
    static const enum phase phases[] = {PHASE_DOWNLOAD, PHASE_INIT, PHASE_UPSCALE, PHASE_ENCODE,
                                        PHASE_UPLOAD};
    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
        struct plan_phase *p = &s->plan.phases[phases[i]];
        p->present = true;
        p->has_total = phase_info(phases[i])->unit == UNIT_FRAMES;
        p->total_units = (uint64_t)shape->frames;
    }
    s->plan.phases[PHASE_DOWNLOAD].has_total = true;
    s->plan.phases[PHASE_DOWNLOAD].total_units = shape->features.bytes_in;
}

// Pareto with mean 1: most are quick, a few take several times as long.
static double heavy_tail(struct rng *rng)
{
    double alpha = 2.5;
    double tail = pow(rng_uniform(rng, 1e-6, 1), -1 / alpha) * (alpha - 1) / alpha;
    return 0.7 + 0.3 * tail;
}

static void run_frames(struct simulation *s, const struct simulated_job *shape, struct rng *rng)
{
    int n = shape->frames;
    double *loaded = mem_zeroed((size_t)n, sizeof(double));
    double *upscaled = mem_zeroed((size_t)n, sizeof(double));
    double *encoded = mem_zeroed((size_t)n, sizeof(double));
    double drift = 0;
    double work_from = shape->startup_s + shape->init_s;
    for (int i = 0; i < n; i++) {
        double load_from = i > 0 ? loaded[i - 1] : shape->startup_s;
        if (i >= 8)
            load_from = fmax(load_from, upscaled[i - 8]); // 8 frames fit into the queue
        loaded[i] = load_from + shape->chunk_s;
        drift = 0.98 * drift + 0.02 * rng_normal(rng);
        double frame_s = shape->frame_s * heavy_tail(rng) * exp(drift);
        if (i == 0)
            frame_s += shape->first_s;
        if (i >= shape->throttle_from)
            frame_s *= shape->throttle;
        s->busy_s[PHASE_UPSCALE] += frame_s;
        double from_s = fmax(loaded[i], i > 0 ? upscaled[i - 1] : work_from);
        if (i == n / 2 && shape->stall_s > 0) {
            s->stall_from_s = from_s;
            s->stall_to_s = from_s + shape->stall_s;
            from_s += shape->stall_s;
        }
        upscaled[i] = from_s + frame_s;
    }
    for (int i = 0; i < n; i++) {
        int needs = i + shape->lookahead < n ? i + shape->lookahead : n - 1;
        encoded[i] = fmax(upscaled[needs], i > 0 ? encoded[i - 1] : 0) + shape->encode_s;
    }
    add_counts(s, PHASE_DOWNLOAD, shape->startup_s, loaded, n, shape->frame_bytes);
    add_counts(s, PHASE_UPSCALE, fmax(work_from, loaded[0]), upscaled, n, 1);
    add_counts(s, PHASE_ENCODE, upscaled[0], encoded, n, 1);
    double end_s = encoded[n - 1];
    double sent[20];
    for (int i = 0; i < 20; i++)
        sent[i] = end_s + shape->upload_s * (i + 1) / 20;
    add_counts(s, PHASE_UPLOAD, end_s, sent, 20, shape->upload_bytes / 20);
    add(s, end_s + shape->upload_s, SIM_BEGIN, PHASE_FINALIZE, 0);
    s->total_s = end_s + shape->upload_s + shape->finalize_s;
    s->busy_s[PHASE_DOWNLOAD] = n * shape->chunk_s;
    s->busy_s[PHASE_ENCODE] = n * shape->encode_s;
    s->busy_s[PHASE_UPLOAD] = s->wall_s[PHASE_UPLOAD] = shape->upload_s;
    s->wall_s[PHASE_DOWNLOAD] = loaded[n - 1] - shape->startup_s;
    s->wall_s[PHASE_UPSCALE] = upscaled[n - 1] - fmax(work_from, loaded[0]);
    s->wall_s[PHASE_ENCODE] = end_s - upscaled[0];
    free(loaded);
    free(upscaled);
    free(encoded);
}

void simulation_run(struct simulation *s, const struct simulated_job *job, struct rng *rng)
{
    *s = (struct simulation){.job = *job};
    choose_plan(s, job);
    add(s, 0, SIM_BEGIN, PHASE_STARTUP, 0);
    add(s, job->startup_s, SIM_END, PHASE_STARTUP, 0);
    add(s, job->startup_s, SIM_PLAN, PHASE_STARTUP, 0);
    add(s, job->startup_s, SIM_BEGIN, PHASE_INIT, 0);
    add(s, job->startup_s + job->init_s, SIM_END, PHASE_INIT, 0);
    s->wall_s[PHASE_STARTUP] = job->startup_s;
    s->wall_s[PHASE_INIT] = job->init_s;
    s->wall_s[PHASE_FINALIZE] = job->finalize_s;
    run_frames(s, job, rng);
    qsort(s->events, s->count, sizeof(s->events[0]), by_time);
}

void simulation_init(struct simulation *s, const struct simulation_kind *kind, uint64_t seed)
{
    struct rng rng = {seed};
    struct simulated_job job = {0};
    choose_shape(kind, &rng, &job);
    simulation_run(s, &job, &rng);
}

void simulation_done(struct simulation *s)
{
    free(s->events);
}

void simulation_feed(const struct simulation *s, size_t i, struct tracker *t)
{
    const struct simulated_event *e = &s->events[i];
    int64_t now_ns = (int64_t)(e->at_s * 1e9);
    struct report report = {.phase = e->phase, .done_units = e->done};
    if (e->phase == PHASE_UPLOAD) {
        report.has_total = true;
        report.total_units = s->job.upload_bytes;
    }
    switch (e->kind) {
    case SIM_PLAN:
        tracker_hello(t, &s->job.features, now_ns);
        tracker_plan(t, &s->plan, now_ns);
        return;
    case SIM_BEGIN:
        tracker_begin(t, e->phase, now_ns);
        return;
    case SIM_REPORT:
        tracker_report(t, &report, now_ns);
        return;
    case SIM_END:
        tracker_end(t, e->phase, e->done, now_ns);
        return;
    }
}

// -- judging

struct watch {
    double sum, count;
    double moved_s, moved_d; // when the bar last moved visibly
    double half_d[6];        // d of the last half second, at 10 Hz
    int samples, at_99;
    bool has_eta;
    double last_d, last_eta_s, last_s;
};

static void watch_moment(struct watch *w, struct honesty *h, double t_s, double d, int half)
{
    double off = fabs(d - t_s / h->total_s);
    w->sum += off;
    w->count++;
    h->worst = fmax(h->worst, off);
    h->falls += d < w->last_d;
    w->last_d = d;
    w->at_99 += d >= 0.99;
    if (w->samples >= half)
        h->jump = fmax(h->jump, d - w->half_d[(w->samples - half) % 6]);
    w->half_d[w->samples++ % 6] = d;
    if (d - w->moved_d >= 0.001 * fmin(1, 100 / h->total_s)) {
        w->moved_d = d;
        w->moved_s = t_s;
    }
    h->stall_s = fmax(h->stall_s, t_s - w->moved_s);
}

static void watch_eta(struct watch *w, struct honesty *h, double t_s, const struct snapshot *snap)
{
    double eta_s = (double)snap->eta_ns * 1e-9;
    if (w->samples > 1 && t_s - w->last_s < 0.499) // at 2 Hz, whatever the steps
        return;
    if (w->has_eta && snap->has_eta)
        h->churn += fabs(eta_s - w->last_eta_s + t_s - w->last_s) / h->total_s;
    w->has_eta = snap->has_eta;
    w->last_eta_s = eta_s;
    w->last_s = t_s;
}

static void judge_eta(const struct snapshot *snap, struct honesty *h, double t_s, double at_share,
                      double step_s)
{
    static const double checkpoints[ETA_POINTS] = {0.10, 0.25, 0.50, 0.75};
    double left_s = h->total_s - t_s;
    double low_s = (double)snap->eta_low_ns * 1e-9;
    double high_s = (double)snap->eta_high_ns * 1e-9;
    for (size_t i = 0; i < ETA_POINTS; i++) {
        double at_s = checkpoints[i] * h->total_s;
        double off_s = fabs((double)snap->eta_ns * 1e-9 - left_s);
        if (t_s - step_s >= at_s || t_s < at_s)
            continue;
        h->eta_off[i] = snap->has_eta ? off_s / left_s : 1;
        h->eta_off_whole[i] = snap->has_eta ? off_s / h->total_s : 1;
        h->eta_error += off_s / h->total_s / ETA_POINTS;
    }
    if (t_s - step_s < at_share * h->total_s && t_s >= at_share * h->total_s) {
        h->covered = snap->has_eta && left_s >= low_s && left_s <= high_s;
        h->below_high = snap->has_eta && left_s <= high_s;
        h->width = (high_s - low_s) / left_s;
    }
}

static void judge_health(const struct simulation *s, struct honesty *h, double t_s,
                         enum health health)
{
    bool stalled = s->stall_to_s > 0 && t_s >= s->stall_from_s && t_s <= s->stall_to_s + 1;
    bool told = health == HEALTH_SLOW || health == HEALTH_STALLED;
    h->stall_told = h->stall_told || (stalled && told);
    h->false_alarm = h->false_alarm || (!stalled && health == HEALTH_STALLED);
}

static void start(const struct simulation *s, const struct viewer *viewer, struct tracker *t)
{
    struct prior prior;
    struct features submitted = s->job.features;
    if (viewer->prior != NULL) {
        tracker_init(t, EXPORT_FRAMING_AI, viewer->prior, &submitted, 0);
        return;
    }
    submitted.device[0] = submitted.engine[0] = '\0';
    submitted.has_cold = false;
    model_prior(viewer->model, EXPORT_FRAMING_AI, &submitted, &prior);
    tracker_init(t, EXPORT_FRAMING_AI, &prior, &submitted, 0);
}

static void feed(const struct simulation *s, size_t i, const struct viewer *viewer,
                 struct tracker *t)
{
    struct prior prior;
    simulation_feed(s, i, t);
    if (viewer->model == NULL || s->events[i].kind != SIM_PLAN)
        return;
    model_prior(viewer->model, EXPORT_FRAMING_AI, tracker_features(t), &prior);
    tracker_prior(t, &prior, (int64_t)(s->events[i].at_s * 1e9));
}

static void remember(const struct simulation *s, struct tracker *t, struct record *ret)
{
    tracker_finish(t, OUTCOME_COMPLETE, (int64_t)(s->total_s * 1e9));
    tracker_record(t, ret);
    ret->by_worker = true;
    ret->features.has_bytes_out = true;
    ret->features.bytes_out = s->job.upload_bytes;
    for (int k = PHASE_DOWNLOAD; k < PHASE_FINALIZE; k++) {
        ret->phases[k].busy_s = s->busy_s[k];
        ret->phases[k].wall_s = s->wall_s[k];
    }
}

void simulation_judge(const struct simulation *s, const struct viewer *viewer, struct honesty *ret,
                      struct record *ret_record)
{
    struct rng rng = {viewer->seed};
    struct tracker t;
    struct snapshot snap = {0};
    struct watch watch = {0};
    double at_share = rng_uniform(&rng, 0.05, 0.95);
    int half = (int)lround(0.5 / viewer->step_s);
    size_t next_event = 0;
    *ret = (struct honesty){.total_s = s->total_s};
    start(s, viewer, &t);
    for (int i = 0; i * viewer->step_s < s->total_s; i++) {
        double t_s = i * viewer->step_s;
        while (next_event < s->count && s->events[next_event].at_s <= t_s)
            feed(s, next_event++, viewer, &t);
        tracker_snapshot(&t, (int64_t)(t_s * 1e9), &snap);
        watch_moment(&watch, ret, t_s, snap.fraction, half);
        watch_eta(&watch, ret, t_s, &snap);
        judge_eta(&snap, ret, t_s, at_share, viewer->step_s);
        judge_health(s, ret, t_s, snap.health);
    }
    ret->linearity = watch.sum / watch.count;
    ret->at_99 = watch.at_99 / watch.count;
    while (next_event < s->count)
        feed(s, next_event++, viewer, &t);
    tracker_snapshot(&t, (int64_t)(s->total_s * 1e9), &snap);
    ret->cliff = 1 - snap.fraction;
    if (ret_record != NULL)
        remember(s, &t, ret_record);
}
