// SPDX-License-Identifier: GPL-3.0-or-later
// generate_traces — a deployment's jobs as traces, of a form that is not the estimator's.
//
// Usage: generate_traces SEED JOBS >traces.ndjson. The same seed gives the same jobs.
//
// What the estimator believes (ln-normal phase times, linear in their regressors, one pace a phase)
// is what this avoids. Jobs are made block by block: frame times are Pareto with drift, grow with
// the frame's area to the power 1.15 and, on a machine that heats up, with the frames behind them;
// machines throttle in mid-run; networks begin slowly and change their rate; cold starts are a
// mixture with a long tail; sizes are told wrong and corrected; workers die and are tried again,
// hang, report every fourth only, or lose their connection. Some workers overlap their phases, some
// run one after the other. The deployment itself drifts from job to job and has two machines.
// Totals and cold starts lie in the range of those published elsewhere (a T4: 225 frames in 247 s
// cold, 187 in 158 s warm; 5 to 45 s to start cold).
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "chance.h"
#include "trace_lines.h"

enum { MAX_STAGES = 6, MAX_BLOCKS = 1200, COARSE_REPORTS = 4 };

// ---- the deployment ----

struct machine {
    const char *device, *engine;
    double frame_s;  // of a frame of 75,000 pixels
    double film_s;   // of an output frame of a megapixel, drawn or encoded
    double free_ms;  // when it had done the newest of its jobs
    bool one_by_one; // its worker runs its phases one after the other
};

struct deployment {
    struct rng rng;
    struct machine machines[2];
    double load, network; // ln, both wander from job to job
    double now_ms;        // of the newest submit
};

enum fault {
    PLAIN,
    THROTTLED,
    SLOWER_NET,
    RETRIED,
    CUT,
    COARSE,
    HUNG,
    WRONG_SIZES,
    FAILED,
    FAULTS
};
static const struct {
    const char *label;
    double share; // of the jobs
} faults[] = {
    [PLAIN] = {"plain", 0.66},
    [THROTTLED] = {"throttled", 0.07},
    [SLOWER_NET] = {"net-slows", 0.06},
    [RETRIED] = {"retried", 0.04},
    [CUT] = {"cut", 0.05},
    [COARSE] = {"coarse", 0.05},
    [HUNG] = {"hung", 0.02},
    [WRONG_SIZES] = {"wrong-sizes", 0.04},
    [FAILED] = {"failed", 0.01},
};
_Static_assert(sizeof(faults) / sizeof(faults[0]) == FAULTS, "a row each");

struct stage {
    enum phase phase;
    double unit;  // units of one block
    int lag;      // blocks that it needs ahead of its own from the stage before
    bool after;   // begins when the stage before is through
    double *cost; // seconds of each block
    double *done; // when each is done
};

struct job {
    struct deployment *home;
    struct machine *machine;
    struct rng *rng;
    enum export_type type;
    enum fault fault;
    int blocks;
    double pixels_in, pixels_out, clips;
    double bytes_in, bytes_out;
    double inside; // share of frames in a highlight
    bool best;     // encoded slowly: a second pass through the film
    bool cold;
    double queue_s, startup_s, init_s, finalize_s;
    double fault_at; // share of the work where it happens
    struct stage stages[MAX_STAGES];
    int stage_count;
    uint32_t attempt;
    double lost_from_s, lost_until_s; // lines of this time arrive at its end
    char id[EVENT_MAX_NAME];
};

// ---- lines ----

static void add_event(struct job *job, struct lines *lines, double at_s, const struct event *event)
{
    struct trace_line line = {.kind = TRACE_EVENT, .event = *event};
    bool cut = at_s > job->lost_from_s && at_s < job->lost_until_s;
    (void)text_copy(line.event.job, sizeof(line.event.job), job->id);
    line.event.attempt = job->attempt;
    line.event.t_ms = (int64_t)(at_s * 1e3);
    lines_add(lines, cut ? job->lost_until_s : at_s, &line);
}

// ---- what a job is ----

static enum fault choose_fault(struct rng *rng)
{
    double at = uniform(rng, 0, 1);
    int fault = 0;
    while (fault + 1 < FAULTS && at >= faults[fault].share)
        at -= faults[fault++].share;
    return (enum fault)fault;
}

static void choose_sizes(struct job *job)
{
    static const double share[EXPORT_TYPE_COUNT] = {
        [EXPORT_FRAMING_AI] = 0.4,      [EXPORT_MULTI_CLIP] = 0.15,
        [EXPORT_OVERLAY] = 0.17,        [EXPORT_ANNOTATE_COMPILATION] = 0.13,
        [EXPORT_DETECT_PLAYERS] = 0.05, [EXPORT_EXTRACT_CLIP] = 0.1};
    struct rng *rng = job->rng;
    double at = uniform(rng, 0, 1);
    int type = 0;
    while (type + 1 < EXPORT_TYPE_COUNT && at >= share[type])
        at -= share[type++];
    job->type = (enum export_type)type;
    bool enlarges = type == EXPORT_FRAMING_AI || type == EXPORT_MULTI_CLIP;
    job->blocks = (int)log_uniform(rng, enlarges ? 20 : 60, enlarges ? 500 : MAX_BLOCKS);
    if (type == EXPORT_DETECT_PLAYERS)
        job->blocks = (int)log_uniform(rng, 4, 60);
    job->pixels_in = log_uniform(rng, 30e3, 160e3);
    job->pixels_out = chance(rng, 0.5) ? 810 * 1440 : 1280 * 720;
    job->clips = type == EXPORT_MULTI_CLIP || type == EXPORT_ANNOTATE_COMPILATION
                     ? floor(uniform(rng, 2, 9))
                     : 1;
    job->bytes_in = log_uniform(rng, 2e6, 8e8);
    job->bytes_out = job->blocks * job->pixels_out * 0.02 * exp(0.6 * normal(rng));
    job->inside = uniform(rng, 0, 0.7);
    job->best = chance(rng, 0.2);
}

static void choose_times(struct job *job)
{
    struct rng *rng = job->rng;
    double idle_s = (job->home->now_ms - job->machine->free_ms) * 1e-3;
    job->queue_s = chance(rng, 0.1) ? log_uniform(rng, 0.2, 15) : 0;
    job->cold = chance(rng, idle_s < 60 ? 0.08 : idle_s < 300 ? 0.4 : 0.9);
    // a mixture: images that are near, images that have to be fetched, and a long tail of both
    double cold_s = chance(rng, 0.6) ? uniform(rng, 4, 9) : 9 + 8 * heavy_tail(rng);
    job->startup_s = job->cold ? fmin(cold_s, 60) : log_uniform(rng, 0.04, 0.4);
    job->init_s = job->cold ? uniform(rng, 2, 7) * heavy_tail(rng) : log_uniform(rng, 0.01, 0.1);
    job->finalize_s = log_uniform(rng, 0.02, 0.8);
    job->fault_at = uniform(rng, 0.2, 0.8);
}

// ---- its stages ----

static struct stage *add_stage(struct job *job, enum phase phase, double units)
{
    struct stage *s = &job->stages[job->stage_count++];
    *s = (struct stage){.phase = phase, .unit = units / job->blocks};
    s->cost = mem_zeroed((size_t)job->blocks, sizeof(double));
    s->done = mem_zeroed((size_t)job->blocks, sizeof(double));
    s->after = job->machine->one_by_one && job->stage_count > 1;
    return s;
}

// Bytes over a network that begins slowly and may lose most of its rate.
static void add_transfer(struct job *job, enum phase phase, double bytes)
{
    struct stage *s = add_stage(job, phase, bytes);
    double rate = 25e6 * exp(job->home->network + 0.25 * normal(job->rng));
    double drift = 0;
    for (int i = 0; i < job->blocks; i++) {
        double share = (double)i / job->blocks;
        double slow_start = 1 + 2 * exp(-share * bytes / 8e6);
        drift = 0.97 * drift + 0.04 * normal(job->rng);
        s->cost[i] = s->unit / rate * slow_start * exp(drift);
        if (job->fault == SLOWER_NET && share > job->fault_at)
            s->cost[i] *= 4;
    }
}

// Frames on a machine that heats up, is shared, and may throttle.
static void add_frames(struct job *job, enum phase phase, double frame_s, double first)
{
    struct stage *s = add_stage(job, phase, job->blocks);
    struct rng *rng = job->rng;
    double heat = uniform(rng, 0, 0.25);
    double drift = 0;
    double all_s = frame_s * exp(job->home->load + 0.15 * normal(rng));
    for (int i = 0; i < job->blocks; i++) {
        double share = (double)i / job->blocks;
        drift = 0.985 * drift + 0.025 * normal(rng);
        s->cost[i] = all_s * heavy_tail(rng) * exp(drift) * (1 + heat * (double)i / 300);
        if (i == 0)
            s->cost[i] *= first;
        if (job->fault == THROTTLED && share > job->fault_at)
            s->cost[i] *= 2.2;
    }
}

// Frames inside a highlight take longer, in one stretch.
static void make_dear(struct job *job, struct stage *s, double factor)
{
    int from = (int)((1 - job->inside) * 0.6 * job->blocks);
    int until = from + (int)(job->inside * job->blocks);
    for (int i = from; i < until; i++)
        s->cost[i] *= factor;
}

static void build_stages(struct job *job)
{
    struct machine *m = job->machine;
    double enlarge_s = m->frame_s * pow(job->pixels_in / 75e3, 1.15);
    double film_s = m->film_s * job->pixels_out / 1e6;
    add_transfer(job, PHASE_DOWNLOAD, job->bytes_in);
    switch (job->type) {
    case EXPORT_FRAMING_AI:
    case EXPORT_MULTI_CLIP:
        add_frames(job, PHASE_UPSCALE, enlarge_s, uniform(job->rng, 2, 8));
        add_frames(job, PHASE_ENCODE, film_s * (job->best ? 4 : 1), 1);
        job->stages[job->stage_count - 1].lag = (int)uniform(job->rng, 5, 45);
        break;
    case EXPORT_OVERLAY:
        add_frames(job, PHASE_PROCESS, film_s, 2);
        make_dear(job, &job->stages[job->stage_count - 1], 5);
        add_frames(job, PHASE_ENCODE, film_s, 1);
        break;
    case EXPORT_ANNOTATE_COMPILATION:
        add_frames(job, PHASE_PROCESS, film_s * 1.5, 1);
        break;
    case EXPORT_DETECT_PLAYERS:
        add_frames(job, PHASE_PROCESS, 0.08, 20);
        return;
    default:
        add_frames(job, PHASE_ENCODE, film_s * uniform(job->rng, 0.05, 1), 1);
        break;
    }
    if (job->type == EXPORT_MULTI_CLIP || job->type == EXPORT_ANNOTATE_COMPILATION) {
        enum phase phase = job->type == EXPORT_MULTI_CLIP ? PHASE_CONCAT : PHASE_MERGE;
        add_frames(job, phase, film_s * 0.08, 1);
        job->stages[job->stage_count - 1].after = true;
    }
    add_transfer(job, PHASE_UPLOAD, job->bytes_out);
    job->stages[job->stage_count - 1].after |= chance(job->rng, 0.5);
}

// Each block waits for the one before it, for the stage before, and for room in the queue behind;
// then what stands behind a whole stage, or looks ahead, is moved to where that allows it.
static void run_stages(struct job *job, double begin_s, double work_from_s)
{
    enum { QUEUE = 24 };
    for (int i = 0; i < job->blocks; i++) {
        for (int k = 0; k < job->stage_count; k++) {
            struct stage *s = &job->stages[k];
            struct stage *before = k > 0 ? &job->stages[k - 1] : NULL;
            if (s->after)
                continue;
            double from_s = i > 0 ? s->done[i - 1] : k == 0 ? begin_s : work_from_s;
            if (before)
                from_s = fmax(from_s, before->done[i]);
            if (k + 1 < job->stage_count && !job->stages[k + 1].after && i >= QUEUE + s[1].lag)
                from_s = fmax(from_s, s[1].done[i - QUEUE - s[1].lag]);
            s->done[i] = from_s + s->cost[i];
        }
    }
    for (int k = 1; k < job->stage_count; k++) {
        struct stage *s = &job->stages[k];
        const struct stage *before = &job->stages[k - 1];
        int last = job->blocks - 1;
        for (int i = 0; i <= last; i++) {
            int needs = s->after || i + s->lag > last ? last : i + s->lag;
            double from_s = fmax(before->done[needs], i > 0 ? s->done[i - 1] : work_from_s);
            s->done[i] = fmax(s->done[i], from_s + s->cost[i]);
        }
    }
}

// From the fault on everything of the job is later.
static void hang(struct job *job, double seconds)
{
    const struct stage *last = &job->stages[job->stage_count - 1];
    double end_s = last->done[job->blocks - 1];
    double begin_s = job->stages[0].done[0];
    double at_s = begin_s + job->fault_at * (end_s - begin_s);
    for (int k = 0; k < job->stage_count; k++) {
        for (int i = 0; i < job->blocks; i++)
            job->stages[k].done[i] += job->stages[k].done[i] > at_s ? seconds : 0;
    }
}

// ---- its lines ----

static bool enlarges(const struct job *job)
{
    return job->type == EXPORT_FRAMING_AI || job->type == EXPORT_MULTI_CLIP;
}

// What a spec says of it (job/spec_features.h): its length at a rate that is a guess, or nothing
// when it goes to the end of a source that nobody has opened.
static struct features submitted(struct job *job)
{
    static const double usual_fps = 30, rates[] = {24, 25, 30, 30, 50};
    double fps = rates[(int)uniform(job->rng, 0, 5)];
    double frames = floor(job->blocks / fps * usual_fps + 0.5);
    bool has_end = chance(job->rng, 0.8);
    struct features f = {.has_remote = true, .remote = true};
    (void)text_copy(f.quality, sizeof(f.quality), job->best ? "best" : "fast");
    f.has_clips = true;
    f.clips = (uint64_t)job->clips;
    f.has_frames_output = has_end;
    f.frames_output = has_end ? (uint64_t)frames : 0;
    if (!enlarges(job))
        return f;
    f.has_frames_upscale = f.has_frames_output;
    f.frames_upscale = f.frames_output;
    f.has_pixels_in = f.has_pixels_out = true;
    f.pixels_in = (uint64_t)job->pixels_in;
    f.pixels_out = (uint64_t)job->pixels_out;
    return f;
}

static void tell_plan(struct job *job, struct lines *lines, double at_s)
{
    struct event hello = {.kind = EVENT_HELLO};
    struct event plan = {.kind = EVENT_PLAN};
    struct features *f = &plan.plan.features;
    (void)text_copy(hello.plan.worker, sizeof(hello.plan.worker), "generated");
    (void)text_copy(hello.plan.features.device, sizeof(hello.plan.features.device),
                    job->machine->device);
    (void)text_copy(hello.plan.features.engine, sizeof(hello.plan.features.engine),
                    job->machine->engine);
    (void)text_copy(hello.plan.features.quality, sizeof(hello.plan.features.quality),
                    job->best ? "best" : "fast");
    hello.plan.features.has_remote = hello.plan.features.remote = true;
    hello.plan.features.has_cold = true;
    hello.plan.features.cold = job->cold;
    add_event(job, lines, at_s, &hello);
    plan.plan.has_plan = true;
    double wrong = job->fault == WRONG_SIZES ? uniform(job->rng, 0.6, 0.9) : 1;
    for (int k = 0; k < job->stage_count; k++) {
        const struct stage *s = &job->stages[k];
        struct plan_phase *p = &plan.plan.plan.phases[s->phase];
        p->present = true;
        p->has_total = s->phase != PHASE_UPLOAD;
        p->total_units = (uint64_t)llround(s->unit * job->blocks * wrong);
        p->items = job->clips > 1 ? (uint32_t)job->clips : 0;
        if (job->type == EXPORT_OVERLAY && s->phase == PHASE_PROCESS) {
            uint64_t inside = (uint64_t)(job->inside * job->blocks);
            p->class_count = 2;
            p->classes[0] = (struct plan_class){"inside", inside};
            p->classes[1] = (struct plan_class){"outside", (uint64_t)job->blocks - inside};
        }
    }
    bool upscales = enlarges(job);
    plan.plan.plan.phases[PHASE_INIT].present = upscales || job->type == EXPORT_DETECT_PLAYERS;
    f->has_frames_upscale = upscales;
    f->frames_upscale = (uint64_t)llround(job->blocks * wrong);
    f->has_frames_output = f->has_bytes_in = f->has_clips = f->has_pixels_out = true;
    f->frames_output = (uint64_t)llround(job->blocks * wrong);
    f->has_pixels_in = upscales;
    f->pixels_in = (uint64_t)job->pixels_in;
    f->pixels_out = (uint64_t)job->pixels_out;
    f->bytes_in = (uint64_t)job->bytes_in;
    f->clips = (uint64_t)job->clips;
    add_event(job, lines, at_s + 0.02, &plan);
}

static void tell_count(struct job *job, struct lines *lines, const struct stage *s, int i)
{
    struct event e = {.kind = EVENT_PROGRESS};
    e.progress.has_phase = true;
    e.progress.phase = s->phase;
    e.progress.done_units = (uint64_t)llround(s->unit * (i + 1));
    e.progress.has_total = s->phase == PHASE_UPLOAD || job->fault == WRONG_SIZES;
    e.progress.total_units = (uint64_t)llround(s->unit * job->blocks);
    if (job->clips > 1) {
        e.progress.items = (uint32_t)job->clips;
        e.progress.item = 1 + (uint32_t)(job->clips * i / job->blocks);
    }
    if (job->type != EXPORT_OVERLAY || s->phase != PHASE_PROCESS) {
        add_event(job, lines, s->done[i], &e);
        return;
    }
    int from = (int)((1 - job->inside) * 0.6 * job->blocks);
    int inside = (int)(job->inside * job->blocks);
    int in = i + 1 < from ? 0 : i + 1 - from < inside ? i + 1 - from : inside;
    (void)text_copy(e.progress.cost_class, sizeof(e.progress.cost_class), "inside");
    e.progress.done_units = (uint64_t)in;
    if (in > 0)
        add_event(job, lines, s->done[i], &e);
    (void)text_copy(e.progress.cost_class, sizeof(e.progress.cost_class), "outside");
    e.progress.done_units = (uint64_t)(i + 1 - in);
    if (i + 1 > in)
        add_event(job, lines, s->done[i], &e);
}

static void tell_stage(struct job *job, struct lines *lines, const struct stage *s, double until_s,
                       double every_s)
{
    struct event begin = {.kind = EVENT_BEGIN};
    struct event end = {.kind = EVENT_END};
    int last = job->blocks - 1;
    double told_s = s->done[0] - s->cost[0];
    int told = 0;
    begin.phase.has_phase = end.phase.has_phase = true;
    begin.phase.phase = end.phase.phase = s->phase;
    end.phase.done_units = (uint64_t)llround(s->unit * job->blocks);
    for (int i = 0; i <= last; i++)
        end.phase.busy_s += s->cost[i];
    if (told_s > until_s)
        return;
    add_event(job, lines, told_s, &begin);
    for (int i = 0; i <= last && s->done[i] <= until_s; i++) {
        bool due = job->fault == COARSE ? (i + 1) * COARSE_REPORTS / job->blocks > told
                                        : s->done[i] - told_s >= every_s;
        if (!due && i < last)
            continue;
        tell_count(job, lines, s, i);
        told_s = s->done[i];
        told = (i + 1) * COARSE_REPORTS / job->blocks;
    }
    if (s->done[last] <= until_s)
        add_event(job, lines, s->done[last], &end);
}

static void tell_init(struct job *job, struct lines *lines, double begin_s)
{
    struct event e = {.kind = EVENT_BEGIN};
    bool loads = job->type == EXPORT_FRAMING_AI || job->type == EXPORT_MULTI_CLIP ||
                 job->type == EXPORT_DETECT_PLAYERS;
    if (!loads)
        return;
    e.phase.has_phase = true;
    e.phase.phase = PHASE_INIT;
    add_event(job, lines, begin_s, &e);
    e.kind = EVENT_END;
    e.phase.busy_s = job->init_s;
    add_event(job, lines, begin_s + job->init_s, &e);
}

static double total_busy(const struct stage *s, int blocks)
{
    double sum = 0;
    for (int i = 0; i < blocks; i++)
        sum += s->cost[i];
    return sum;
}

static void tell_result(struct job *job, struct lines *lines, double at_s)
{
    struct event e = {.kind = EVENT_RESULT};
    struct event_result *r = &e.result;
    (void)text_copy(r->output, sizeof(r->output), "film.mp4");
    r->bytes = (uint64_t)job->bytes_out;
    r->frames = (uint64_t)job->blocks;
    for (int k = 0; k < job->stage_count; k++) {
        const struct stage *s = &job->stages[k];
        r->timings[s->phase] = (struct record_phase){
            .present = true,
            .busy_s = total_busy(s, job->blocks),
            .wall_s = s->done[job->blocks - 1] - s->done[0] + s->cost[0],
        };
    }
    add_event(job, lines, at_s, &e);
}

// One attempt from begin_s on. Until `until_s` only, when that is before its end; returns its end.
static double tell_attempt(struct job *job, struct lines *lines, double begin_s, double share)
{
    double hello_s = begin_s + job->startup_s;
    lines_add_server(lines, begin_s, TRACE_BEGIN, PHASE_STARTUP, 0);
    run_stages(job, hello_s + 0.05, hello_s + 0.05 + job->init_s);
    if (job->fault == HUNG)
        hang(job, log_uniform(job->rng, 15, 60));
    double end_s = job->stages[job->stage_count - 1].done[job->blocks - 1];
    double until_s = share < 1 ? hello_s + share * (end_s - hello_s) : end_s;
    if (job->fault == CUT) {
        job->lost_from_s = hello_s + job->fault_at * (end_s - hello_s);
        job->lost_until_s = job->lost_from_s + log_uniform(job->rng, 1, 30);
        lines_add_server(lines, job->lost_from_s, TRACE_LOST, PHASE_QUEUE, 0);
    }
    tell_plan(job, lines, hello_s);
    tell_init(job, lines, hello_s + 0.05);
    for (int k = 0; k < job->stage_count; k++)
        tell_stage(job, lines, &job->stages[k], until_s, fmax(0.5, (end_s - begin_s) / 150));
    if (share >= 1)
        tell_result(job, lines, until_s + 0.01);
    return until_s + 0.01;
}

static void make_job(struct deployment *home, int number)
{
    struct lines lines = {0};
    struct job job = {.home = home, .rng = &home->rng, .attempt = 1};
    struct trace_line line = {.kind = TRACE_SUBMIT};
    (void)snprintf(job.id, sizeof(job.id), "made-%04d", number);
    home->load = 0.9 * home->load + 0.12 * normal(job.rng);
    home->network = 0.9 * home->network + 0.2 * normal(job.rng);
    home->now_ms += log_uniform(job.rng, 2, 900) * 1e3;
    job.machine = &home->machines[chance(job.rng, 0.3)];
    job.fault = choose_fault(job.rng);
    choose_sizes(&job);
    choose_times(&job);
    build_stages(&job);
    (void)text_copy(line.submit.id, sizeof(line.submit.id), job.id);
    (void)text_copy(line.submit.label, sizeof(line.submit.label), faults[job.fault].label);
    line.submit.type = job.type;
    line.submit.submitted_at_ms = (uint64_t)home->now_ms;
    line.submit.features = submitted(&job);
    lines_add(&lines, 0, &line);
    double t_s = job.queue_s;
    if (t_s > 0)
        lines_add_server(&lines, 0, TRACE_BEGIN, PHASE_QUEUE, 0);
    if (job.fault == RETRIED) {
        t_s = tell_attempt(&job, &lines, t_s, job.fault_at) + log_uniform(job.rng, 0.5, 5);
        job.attempt = 2;
        lines_add_server(&lines, t_s, TRACE_ATTEMPT, PHASE_QUEUE, 2);
        choose_times(&job);
        t_s += 0.1;
    }
    t_s = tell_attempt(&job, &lines, t_s, job.fault == FAILED ? job.fault_at : 1);
    t_s = fmax(t_s, job.lost_until_s);
    lines_add_server(&lines, t_s, TRACE_BEGIN, PHASE_FINALIZE, 0);
    t_s += job.finalize_s;
    line = (struct trace_line){.kind = TRACE_END,
                               .end = job.fault == FAILED ? OUTCOME_FAILED : OUTCOME_COMPLETE};
    lines_add(&lines, t_s, &line);
    job.machine->free_ms = home->now_ms + t_s * 1e3;
    lines_print(&lines);
    for (int k = 0; k < job.stage_count; k++) {
        free(job.stages[k].cost);
        free(job.stages[k].done);
    }
    free(lines.list);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: generate_traces SEED JOBS\n");
        return 64;
    }
    struct deployment home = {
        .rng = {strtoull(argv[1], NULL, 10)},
        .machines = {{"cuda-t4", "x4fast", 0.45, 0.03, 0, false},
                     {"cpu-avx512-8", "x4fast", 0.16, 0.012, 0, true}},
        .now_ms = 1700000000000.0,
    };
    int jobs = (int)strtol(argv[2], NULL, 10);
    for (int i = 0; i < jobs; i++)
        make_job(&home, i);
    return 0;
}
