// SPDX-License-Identifier: GPL-3.0-or-later
// made_job.c — see made_job.h. The order of the dice is part of the corpus: a seed has to give the
// same jobs for ever.
#include "made_job.h"

#include <string.h>

const double made_load_sd = 0.12, made_network_sd = 0.2;
const double made_frame_pace_sd = 0.15, made_net_pace_sd = 0.25;

static const struct {
    const char *label;
    double share; // of the jobs
} faults[] = {
    [FAULT_NONE] = {"plain", 0.66},
    [FAULT_THROTTLED] = {"throttled", 0.07},
    [FAULT_SLOWER_NET] = {"net-slows", 0.06},
    [FAULT_RETRIED] = {"retried", 0.04},
    [FAULT_CUT] = {"cut", 0.05},
    [FAULT_COARSE] = {"coarse", 0.05},
    [FAULT_HUNG] = {"hung", 0.02},
    [FAULT_WRONG_SIZES] = {"wrong-sizes", 0.04},
    [FAULT_FAILED] = {"failed", 0.01},
};
_Static_assert(sizeof(faults) / sizeof(faults[0]) == FAULT_COUNT, "a row each");

const char *fault_label(enum fault fault)
{
    return faults[fault].label;
}

void deployment_init(struct deployment *home, uint64_t seed)
{
    *home = (struct deployment){
        .rng = {seed},
        .machines = {{"cuda-t4", "x4fast", 0.45, 0.03, 0, false},
                     {"cpu-avx512-8", "x4fast", 0.16, 0.012, 0, true}},
        .now_ms = 1700000000000.0,
    };
}

// ---- what a job is ----

enum fault throw_fault(struct rng *rng)
{
    double at = uniform(rng, 0, 1);
    int fault = 0;
    while (fault + 1 < FAULT_COUNT && at >= faults[fault].share)
        at -= faults[fault++].share;
    return (enum fault)fault;
}

double throw_fault_at(struct rng *rng)
{
    return uniform(rng, 0.2, 0.8);
}

static enum export_type throw_type(struct rng *rng)
{
    static const double share[EXPORT_TYPE_COUNT] = {
        [EXPORT_FRAMING_AI] = 0.4,      [EXPORT_MULTI_CLIP] = 0.15,
        [EXPORT_OVERLAY] = 0.17,        [EXPORT_ANNOTATE_COMPILATION] = 0.13,
        [EXPORT_DETECT_PLAYERS] = 0.05, [EXPORT_EXTRACT_CLIP] = 0.1};
    double at = uniform(rng, 0, 1);
    int type = 0;
    while (type + 1 < EXPORT_TYPE_COUNT && at >= share[type])
        at -= share[type++];
    return (enum export_type)type;
}

static bool type_enlarges(enum export_type type)
{
    return type == EXPORT_FRAMING_AI || type == EXPORT_MULTI_CLIP;
}

static void blocks_range(enum export_type type, double *ret_low, double *ret_high)
{
    bool detects = type == EXPORT_DETECT_PLAYERS;
    *ret_low = detects ? 4 : type_enlarges(type) ? 20 : 60;
    *ret_high = detects ? 60 : type_enlarges(type) ? 500 : MADE_MAX_BLOCKS;
}

int throw_blocks(struct rng *rng, enum export_type type)
{
    double low, high;
    blocks_range(type, &low, &high);
    if (type == EXPORT_DETECT_PLAYERS)
        (void)uniform(rng, 0, 1); // two dice, of which the second counts
    return (int)log_uniform(rng, low, high);
}

bool blocks_are_possible(enum export_type type, int blocks)
{
    double low, high;
    blocks_range(type, &low, &high);
    return blocks >= low && blocks < high;
}

double throw_pixels_out(struct rng *rng)
{
    return chance(rng, 0.5) ? 810 * 1440 : 1280 * 720;
}

double throw_bytes_in(struct rng *rng)
{
    return log_uniform(rng, 2e6, 8e8);
}

double throw_bytes_out(struct rng *rng, const struct made_job *job)
{
    return job->blocks * job->pixels_out * 0.02 * exp(0.6 * normal(rng));
}

double throw_inside(struct rng *rng)
{
    return uniform(rng, 0, 0.7);
}

double throw_rate(struct rng *rng)
{
    static const double rates[] = {24, 25, 30, 30, 50};
    return rates[(int)uniform(rng, 0, 5)];
}

static void throw_sizes(struct rng *rng, struct made_job *job)
{
    job->type = throw_type(rng);
    job->blocks = throw_blocks(rng, job->type);
    job->pixels_in = log_uniform(rng, 30e3, 160e3);
    job->pixels_out = throw_pixels_out(rng);
    bool many = job->type == EXPORT_MULTI_CLIP || job->type == EXPORT_ANNOTATE_COMPILATION;
    job->clips = many ? floor(uniform(rng, 2, 9)) : 1;
    job->bytes_in = throw_bytes_in(rng);
    job->bytes_out = throw_bytes_out(rng, job);
    job->inside = throw_inside(rng);
    job->best = chance(rng, 0.2);
}

bool made_job_enlarges(const struct made_job *job)
{
    return type_enlarges(job->type);
}

double made_job_guessed_frames(const struct made_job *job)
{
    double usual_rate = 30;
    return floor(job->blocks / job->rate * usual_rate + 0.5);
}

bool made_job_completes(const struct made_job *job)
{
    return job->fault != FAULT_FAILED;
}

void made_job_highlight(const struct made_job *job, int *ret_from, int *ret_until)
{
    *ret_from = (int)((1 - job->inside) * 0.6 * job->blocks);
    *ret_until = *ret_from + (int)(job->inside * job->blocks);
}

// ---- what it waits for ----

double throw_queue_s(struct rng *rng)
{
    return log_uniform(rng, 0.2, 15);
}

double throw_startup_s(struct rng *rng, bool cold)
{
    // a mixture: images that are near, images that have to be fetched, and a long tail of both
    double cold_s = chance(rng, 0.6) ? uniform(rng, 4, 9) : 9 + 8 * heavy_tail(rng);
    return cold ? fmin(cold_s, 60) : log_uniform(rng, 0.04, 0.4);
}

double throw_init_s(struct rng *rng, bool cold)
{
    if (!cold)
        return log_uniform(rng, 0.01, 0.1);
    double usual_s = uniform(rng, 2, 7);
    return usual_s * heavy_tail(rng);
}

double throw_finalize_s(struct rng *rng)
{
    return log_uniform(rng, 0.02, 0.8);
}

double throw_hang_for_s(struct rng *rng)
{
    return log_uniform(rng, 15, 60);
}

double throw_cut_for_s(struct rng *rng)
{
    return log_uniform(rng, 1, 30);
}

double throw_gap_s(struct rng *rng)
{
    return log_uniform(rng, 0.5, 5);
}

void throw_waits(struct rng *rng, double idle_s, struct waits *ret)
{
    ret->queue_s = chance(rng, 0.1) ? throw_queue_s(rng) : 0;
    ret->cold = chance(rng, idle_s < 60 ? 0.08 : idle_s < 300 ? 0.4 : 0.9);
    ret->startup_s = throw_startup_s(rng, ret->cold);
    ret->init_s = throw_init_s(rng, ret->cold);
    ret->finalize_s = throw_finalize_s(rng);
}

// ---- its stages ----

void throw_pace(struct rng *rng, const struct made_job *job, struct stage *s)
{
    const struct work *w = &s->work;
    s->speed = w->speed_high > w->speed_low ? uniform(rng, w->speed_low, w->speed_high) : 1;
    s->first = w->first_high > w->first_low ? uniform(rng, w->first_low, w->first_high)
                                            : w->first_low;
    s->heat = w->bytes ? 0 : uniform(rng, 0, 0.25);
    s->pace = w->bytes ? job->network + made_net_pace_sd * normal(rng)
                       : job->load + made_frame_pace_sd * normal(rng);
}

struct luck throw_luck(struct rng *rng, const struct stage *s)
{
    struct luck luck = {.step = normal(rng), .tail = 1};
    if (!s->work.bytes)
        luck.tail = heavy_tail(rng);
    return luck;
}

void stage_luck(struct stage *s, int i, const struct luck *luck)
{
    double before = i > 0 ? s->drift[i - 1] : 0;
    s->drift[i] = s->work.bytes ? 0.97 * before + 0.04 * luck->step
                                : 0.985 * before + 0.025 * luck->step;
    s->tail[i] = luck->tail;
}

bool block_is_slowed(const struct made_job *job, const struct stage *s, int i)
{
    enum fault slows = s->work.bytes ? FAULT_SLOWER_NET : FAULT_THROTTLED;
    return job->fault == slows && (double)i / job->blocks > job->fault_at;
}

// Bytes over a network that begins slowly and may lose most of its rate.
static void bytes_cost(const struct made_job *job, struct stage *s, int from, int until)
{
    double rate = 25e6 * exp(s->pace);
    for (int i = from; i < until; i++) {
        double share = (double)i / job->blocks;
        double slow_start = 1 + 2 * exp(-share * s->work.units / 8e6);
        s->cost[i] = s->work.units / job->blocks / rate * slow_start * exp(s->drift[i]);
        if (block_is_slowed(job, s, i))
            s->cost[i] *= 4;
    }
}

// Frames on a machine that heats up, is shared, and may throttle; inside a highlight they take
// longer, in one stretch.
static void frames_cost(const struct made_job *job, struct stage *s, int from, int until)
{
    int dear_from, dear_until;
    double all_s = s->work.frame_s * s->speed * exp(s->pace);
    made_job_highlight(job, &dear_from, &dear_until);
    for (int i = from; i < until; i++) {
        s->cost[i] = all_s * s->tail[i] * exp(s->drift[i]) * (1 + s->heat * (double)i / 300);
        if (i == 0)
            s->cost[i] *= s->first;
        if (block_is_slowed(job, s, i))
            s->cost[i] *= 2.2;
        if (i >= dear_from && i < dear_until)
            s->cost[i] *= s->work.dear;
    }
}

void stage_cost(const struct made_job *job, struct stage *s, int from, int until)
{
    if (s->work.bytes)
        bytes_cost(job, s, from, until);
    else
        frames_cost(job, s, from, until);
}

static struct stage *add_stage(struct rng *rng, struct made_job *job, const struct work *work)
{
    struct stage *s = &job->stages[job->stage_count++];
    s->work = *work;
    s->lag = 0;
    s->after = job->machine->one_by_one && job->stage_count > 1;
    throw_pace(rng, job, s);
    for (int i = 0; i < job->blocks; i++) {
        struct luck luck = throw_luck(rng, s);
        stage_luck(s, i, &luck);
    }
    stage_cost(job, s, 0, job->blocks);
    return s;
}

static void add_transfer(struct rng *rng, struct made_job *job, enum phase phase, double bytes)
{
    const struct work work = {.phase = phase, .bytes = true, .units = bytes};
    (void)add_stage(rng, job, &work);
}

static struct stage *add_frames(struct rng *rng, struct made_job *job, const struct work *work)
{
    struct work w = *work;
    w.units = job->blocks;
    w.dear = w.dear > 0 ? w.dear : 1;
    w.first_low = w.first_low > 0 ? w.first_low : 1;
    return add_stage(rng, job, &w);
}

bool throw_upload_after(struct rng *rng, const struct made_job *job)
{
    return chance(rng, 0.5) || job->machine->one_by_one;
}

static void throw_work(struct rng *rng, struct made_job *job)
{
    const struct machine *m = job->machine;
    double film_s = m->film_s * job->pixels_out / 1e6;
    struct work enlarge = {.phase = PHASE_UPSCALE, .first_low = 2, .first_high = 8};
    struct work encode = {.phase = PHASE_ENCODE, .frame_s = film_s};
    struct work process = {.phase = PHASE_PROCESS, .frame_s = film_s};
    struct stage *s;
    switch (job->type) {
    case EXPORT_FRAMING_AI:
    case EXPORT_MULTI_CLIP:
        enlarge.frame_s = m->frame_s * pow(job->pixels_in / 75e3, 1.15);
        (void)add_frames(rng, job, &enlarge);
        encode.frame_s = film_s * (job->best ? 4 : 1);
        s = add_frames(rng, job, &encode);
        s->lag = (int)uniform(rng, 5, 45);
        break;
    case EXPORT_OVERLAY:
        process.first_low = 2;
        process.dear = 5;
        (void)add_frames(rng, job, &process);
        (void)add_frames(rng, job, &encode);
        break;
    case EXPORT_ANNOTATE_COMPILATION:
        process.frame_s = film_s * 1.5;
        (void)add_frames(rng, job, &process);
        break;
    case EXPORT_DETECT_PLAYERS:
        process.frame_s = 0.08;
        process.first_low = 20;
        (void)add_frames(rng, job, &process);
        break;
    default:
        encode.speed_low = 0.05;
        encode.speed_high = 1;
        (void)add_frames(rng, job, &encode);
        break;
    }
}

void throw_stages(struct rng *rng, struct made_job *job)
{
    struct work join = {.frame_s = job->machine->film_s * job->pixels_out / 1e6 * 0.08};
    job->stage_count = 0;
    add_transfer(rng, job, PHASE_DOWNLOAD, job->bytes_in);
    throw_work(rng, job);
    if (job->type == EXPORT_DETECT_PLAYERS)
        return; // its result is a few lines
    if (job->type == EXPORT_MULTI_CLIP || job->type == EXPORT_ANNOTATE_COMPILATION) {
        join.phase = job->type == EXPORT_MULTI_CLIP ? PHASE_CONCAT : PHASE_MERGE;
        add_frames(rng, job, &join)->after = true;
    }
    add_transfer(rng, job, PHASE_UPLOAD, job->bytes_out);
    job->stages[job->stage_count - 1].after = throw_upload_after(rng, job);
}

// ---- all dice ----

static void throw_fault_sizes(struct rng *rng, struct made_job *job)
{
    job->attempt_count = 1;
    switch (job->fault) {
    case FAULT_RETRIED:
        job->attempt_count = 2;
        job->gap_s = throw_gap_s(rng);
        throw_waits(rng, job->idle_s, &job->waits[1]);
        (void)throw_fault_at(rng); // nothing more goes wrong
        break;
    case FAULT_HUNG:
        job->hang_for_s = throw_hang_for_s(rng);
        break;
    case FAULT_CUT:
        job->cut_for_s = throw_cut_for_s(rng);
        break;
    case FAULT_WRONG_SIZES:
        job->told = uniform(rng, 0.6, 0.9);
        break;
    default:
        break;
    }
}

void made_job_throw(struct deployment *home, struct made_job *job)
{
    struct rng *rng = &home->rng;
    job->usual_load = 0.9 * home->load;
    job->usual_network = 0.9 * home->network;
    home->load = job->usual_load + made_load_sd * normal(rng);
    home->network = job->usual_network + made_network_sd * normal(rng);
    home->now_ms += log_uniform(rng, 2, 900) * 1e3;
    job->load = home->load;
    job->network = home->network;
    job->machine = &home->machines[chance(rng, 0.3)];
    job->idle_s = (home->now_ms - job->machine->free_ms) * 1e-3;
    job->told = 1;
    job->fault = throw_fault(rng);
    throw_sizes(rng, job);
    throw_waits(rng, job->idle_s, &job->waits[0]);
    job->fault_at = throw_fault_at(rng);
    throw_stages(rng, job);
    job->rate = throw_rate(rng);
    job->has_end = chance(rng, 0.8);
    throw_fault_sizes(rng, job);
}

void made_job_leave(const struct made_job *job, struct deployment *home)
{
    home->machines[job->machine - home->machines].free_ms = home->now_ms + job->total_s * 1e3;
}

// ---- the run ----

// fmax() without its care for NaN, in the innermost loop of all.
static inline double later(double a, double b)
{
    return a > b ? a : b;
}

// Each block waits for the one before it, for the stage before, and for room in the queue behind;
// then what stands behind a whole stage, or looks ahead, is moved to where that allows it.
static void run_stages(struct made_job *job, int attempt, double begin_s, double work_s)
{
    enum { QUEUE = 24 };
    int last = job->blocks - 1;
    for (int i = 0; i <= last; i++) {
        for (int k = 0; k < job->stage_count; k++) {
            struct stage *s = &job->stages[k];
            const struct stage *behind = k + 1 < job->stage_count ? &s[1] : NULL;
            double *done = s->done[attempt];
            if (s->after)
                continue;
            double from_s = i > 0 ? done[i - 1] : k == 0 ? begin_s : work_s;
            if (k > 0)
                from_s = later(from_s, s[-1].done[attempt][i]);
            if (behind && !behind->after && i >= QUEUE + behind->lag)
                from_s = later(from_s, behind->done[attempt][i - QUEUE - behind->lag]);
            done[i] = from_s + s->cost[i];
        }
    }
    for (int k = 1; k < job->stage_count; k++) {
        const struct stage *s = &job->stages[k];
        const double *before = s[-1].done[attempt];
        double *done = job->stages[k].done[attempt];
        for (int i = 0; i <= last; i++) {
            int needs = s->after || i + s->lag > last ? last : i + s->lag;
            double from_s = later(before[needs], i > 0 ? done[i - 1] : work_s);
            done[i] = later(done[i], from_s + s->cost[i]);
        }
    }
}

static double end_of_stages(const struct made_job *job, int attempt)
{
    return job->stages[job->stage_count - 1].done[attempt][job->blocks - 1];
}

// From the fault on everything of the attempt is later.
static double hang(struct made_job *job, int attempt)
{
    double end_s = end_of_stages(job, attempt);
    double begin_s = job->stages[0].done[attempt][0];
    double at_s = begin_s + job->fault_at * (end_s - begin_s);
    for (int k = 0; k < job->stage_count; k++) {
        double *done = job->stages[k].done[attempt];
        for (int i = 0; i < job->blocks; i++)
            done[i] += done[i] > at_s ? job->hang_for_s : 0;
    }
    return at_s;
}

void made_job_run_attempt(struct made_job *job, int number, double begin_s)
{
    struct attempt *a = &job->attempts[number];
    for (int k = 0; k < job->stage_count; k++) {
        struct stage *s = &job->stages[k];
        size_t size = (size_t)job->blocks * sizeof(double);
        if (number > 0) // where a block of the second would be done before that of the first
            memcpy(s->done[number], s->done[number - 1], size);
        else
            memset(s->done[number], 0, size);
    }
    *a = (struct attempt){.begin_s = begin_s, .hang_s = HUGE_VAL};
    a->hello_s = begin_s + job->waits[number].startup_s;
    a->work_s = a->hello_s + 0.05 + job->waits[number].init_s;
    run_stages(job, number, a->hello_s + 0.05, a->work_s);
    if (job->fault == FAULT_HUNG)
        a->hang_s = hang(job, number);
    a->end_s = a->until_s = end_of_stages(job, number);
    double fault_s = a->hello_s + job->fault_at * (a->end_s - a->hello_s);
    if (job->fault == FAULT_FAILED || (job->fault == FAULT_RETRIED && number == 0))
        a->until_s = fault_s;
    if (job->fault == FAULT_CUT) {
        a->lost_s = fault_s;
        a->lost_until_s = fault_s + job->cut_for_s;
    }
}

double made_job_retry_s(const struct made_job *job)
{
    return job->attempts[0].until_s + 0.01 + job->gap_s;
}

void made_job_finish(struct made_job *job)
{
    const struct attempt *a = &job->attempts[job->attempt_count - 1];
    job->finalize_at_s = fmax(a->until_s + 0.01, a->lost_until_s);
    job->total_s = job->finalize_at_s + job->waits[job->attempt_count - 1].finalize_s;
}

void made_job_run(struct made_job *job)
{
    made_job_run_attempt(job, 0, job->waits[0].queue_s);
    if (job->attempt_count > 1)
        made_job_run_attempt(job, 1, made_job_retry_s(job) + 0.1);
    made_job_finish(job);
}
