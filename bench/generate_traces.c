// SPDX-License-Identifier: GPL-3.0-or-later
// generate_traces — a deployment's jobs as traces, of a form that is not the estimator's.
//
// Usage: generate_traces SEED JOBS >traces.ndjson. The same seed gives the same jobs.
//
// What the jobs are says made_job.h; this is what their workers tell of it. Sizes are told wrong
// and corrected, some workers report every fourth only, a lost connection gives back late what was
// said meanwhile.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "made_job.h"
#include "trace_lines.h"

enum { COARSE_REPORTS = 4 };

// Of one job, while its lines are made.
struct teller {
    const struct made_job *job;
    struct lines lines;
    int number; // of the attempt that speaks, from 0
    char id[EVENT_MAX_NAME];
};

// ---- lines ----

static void add_event(struct teller *t, double at_s, const struct event *event)
{
    const struct attempt *a = &t->job->attempts[t->number];
    struct trace_line line = {.kind = TRACE_EVENT, .event = *event};
    bool cut = at_s > a->lost_s && at_s < a->lost_until_s;
    (void)text_copy(line.event.job, sizeof(line.event.job), t->id);
    line.event.attempt = (uint32_t)t->number + 1;
    line.event.t_ms = (int64_t)(at_s * 1e3);
    lines_add(&t->lines, cut ? a->lost_until_s : at_s, &line);
}

// ---- its lines ----

// What a spec says of it (job/spec_features.h): its length at a rate that is a guess, or nothing
// when it goes to the end of a source that nobody has opened.
static struct features submitted(const struct made_job *job)
{
    struct features f = {.has_remote = true, .remote = true};
    (void)text_copy(f.quality, sizeof(f.quality), job->best ? "best" : "fast");
    f.has_clips = true;
    f.clips = (uint64_t)job->clips;
    f.has_frames_output = job->has_end;
    f.frames_output = job->has_end ? (uint64_t)made_job_guessed_frames(job) : 0;
    if (!made_job_enlarges(job))
        return f;
    f.has_frames_upscale = f.has_frames_output;
    f.frames_upscale = f.frames_output;
    f.has_pixels_in = f.has_pixels_out = true;
    f.pixels_in = (uint64_t)job->pixels_in;
    f.pixels_out = (uint64_t)job->pixels_out;
    return f;
}

static double block_units(const struct made_job *job, const struct stage *s)
{
    return s->work.units / job->blocks;
}

static void tell_plan(struct teller *t, double at_s)
{
    const struct made_job *job = t->job;
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
    hello.plan.features.cold = job->waits[t->number].cold;
    add_event(t, at_s, &hello);
    plan.plan.has_plan = true;
    for (int k = 0; k < job->stage_count; k++) {
        const struct stage *s = &job->stages[k];
        struct plan_phase *p = &plan.plan.plan.phases[s->work.phase];
        p->present = true;
        p->has_total = s->work.phase != PHASE_UPLOAD;
        p->total_units = (uint64_t)llround(block_units(job, s) * job->blocks * job->told);
        p->items = job->clips > 1 ? (uint32_t)job->clips : 0;
        if (job->type == EXPORT_OVERLAY && s->work.phase == PHASE_PROCESS) {
            uint64_t inside = (uint64_t)(job->inside * job->blocks);
            p->class_count = 2;
            p->classes[0] = (struct plan_class){"inside", inside};
            p->classes[1] = (struct plan_class){"outside", (uint64_t)job->blocks - inside};
        }
    }
    bool upscales = made_job_enlarges(job);
    plan.plan.plan.phases[PHASE_INIT].present = upscales || job->type == EXPORT_DETECT_PLAYERS;
    f->has_frames_upscale = upscales;
    f->frames_upscale = (uint64_t)llround(job->blocks * job->told);
    f->has_frames_output = f->has_bytes_in = f->has_clips = f->has_pixels_out = true;
    f->frames_output = (uint64_t)llround(job->blocks * job->told);
    f->has_pixels_in = upscales;
    f->pixels_in = (uint64_t)job->pixels_in;
    f->pixels_out = (uint64_t)job->pixels_out;
    f->bytes_in = (uint64_t)job->bytes_in;
    f->clips = (uint64_t)job->clips;
    add_event(t, at_s + 0.02, &plan);
}

static void tell_count(struct teller *t, const struct stage *s, int i)
{
    const struct made_job *job = t->job;
    double done_s = s->done[t->number][i];
    struct event e = {.kind = EVENT_PROGRESS};
    e.progress.has_phase = true;
    e.progress.phase = s->work.phase;
    e.progress.done_units = (uint64_t)llround(block_units(job, s) * (i + 1));
    e.progress.has_total = s->work.phase == PHASE_UPLOAD || job->fault == FAULT_WRONG_SIZES;
    e.progress.total_units = (uint64_t)llround(block_units(job, s) * job->blocks);
    if (job->clips > 1) {
        e.progress.items = (uint32_t)job->clips;
        e.progress.item = 1 + (uint32_t)(job->clips * i / job->blocks);
    }
    if (job->type != EXPORT_OVERLAY || s->work.phase != PHASE_PROCESS) {
        add_event(t, done_s, &e);
        return;
    }
    int from, until;
    made_job_highlight(job, &from, &until);
    int in = i + 1 < from ? 0 : i + 1 < until ? i + 1 - from : until - from;
    (void)text_copy(e.progress.cost_class, sizeof(e.progress.cost_class), "inside");
    e.progress.done_units = (uint64_t)in;
    if (in > 0)
        add_event(t, done_s, &e);
    (void)text_copy(e.progress.cost_class, sizeof(e.progress.cost_class), "outside");
    e.progress.done_units = (uint64_t)(i + 1 - in);
    if (i + 1 > in)
        add_event(t, done_s, &e);
}

static void tell_stage(struct teller *t, const struct stage *s, double until_s, double every_s)
{
    const struct made_job *job = t->job;
    const double *done = s->done[t->number];
    struct event begin = {.kind = EVENT_BEGIN};
    struct event end = {.kind = EVENT_END};
    int last = job->blocks - 1;
    double told_s = done[0] - s->cost[0];
    int told = 0;
    begin.phase.has_phase = end.phase.has_phase = true;
    begin.phase.phase = end.phase.phase = s->work.phase;
    end.phase.done_units = (uint64_t)llround(block_units(job, s) * job->blocks);
    for (int i = 0; i <= last; i++)
        end.phase.busy_s += s->cost[i];
    if (told_s > until_s)
        return;
    add_event(t, told_s, &begin);
    for (int i = 0; i <= last && done[i] <= until_s; i++) {
        bool due = job->fault == FAULT_COARSE ? (i + 1) * COARSE_REPORTS / job->blocks > told
                                              : done[i] - told_s >= every_s;
        if (!due && i < last)
            continue;
        tell_count(t, s, i);
        told_s = done[i];
        told = (i + 1) * COARSE_REPORTS / job->blocks;
    }
    if (done[last] <= until_s)
        add_event(t, done[last], &end);
}

static void tell_init(struct teller *t, double begin_s)
{
    const struct made_job *job = t->job;
    struct event e = {.kind = EVENT_BEGIN};
    bool loads = job->type == EXPORT_FRAMING_AI || job->type == EXPORT_MULTI_CLIP ||
                 job->type == EXPORT_DETECT_PLAYERS;
    if (!loads)
        return;
    e.phase.has_phase = true;
    e.phase.phase = PHASE_INIT;
    add_event(t, begin_s, &e);
    e.kind = EVENT_END;
    e.phase.busy_s = job->waits[t->number].init_s;
    add_event(t, begin_s + job->waits[t->number].init_s, &e);
}

static double total_busy(const struct stage *s, int blocks)
{
    double sum = 0;
    for (int i = 0; i < blocks; i++)
        sum += s->cost[i];
    return sum;
}

static void tell_result(struct teller *t, double at_s)
{
    const struct made_job *job = t->job;
    struct event e = {.kind = EVENT_RESULT};
    struct event_result *r = &e.result;
    (void)text_copy(r->output, sizeof(r->output), "film.mp4");
    r->bytes = (uint64_t)job->bytes_out;
    r->frames = (uint64_t)job->blocks;
    for (int k = 0; k < job->stage_count; k++) {
        const struct stage *s = &job->stages[k];
        const double *done = s->done[t->number];
        r->timings[s->work.phase] = (struct record_phase){
            .present = true,
            .busy_s = total_busy(s, job->blocks),
            .wall_s = done[job->blocks - 1] - done[0] + s->cost[0],
        };
    }
    add_event(t, at_s, &e);
}

static void tell_attempt(struct teller *t)
{
    const struct made_job *job = t->job;
    const struct attempt *a = &job->attempts[t->number];
    double every_s = fmax(0.5, (a->end_s - a->begin_s) / 150);
    lines_add_server(&t->lines, a->begin_s, TRACE_BEGIN, PHASE_STARTUP, 0);
    if (a->lost_until_s > 0)
        lines_add_server(&t->lines, a->lost_s, TRACE_LOST, PHASE_QUEUE, 0);
    tell_plan(t, a->hello_s);
    tell_init(t, a->hello_s + 0.05);
    for (int k = 0; k < job->stage_count; k++)
        tell_stage(t, &job->stages[k], a->until_s, every_s);
    if (a->until_s >= a->end_s)
        tell_result(t, a->until_s + 0.01);
}

static void tell_job(struct teller *t, uint64_t submitted_at_ms)
{
    const struct made_job *job = t->job;
    struct trace_line line = {.kind = TRACE_SUBMIT};
    (void)text_copy(line.submit.id, sizeof(line.submit.id), t->id);
    (void)text_copy(line.submit.label, sizeof(line.submit.label), fault_label(job->fault));
    line.submit.type = job->type;
    line.submit.submitted_at_ms = submitted_at_ms;
    line.submit.features = submitted(job);
    lines_add(&t->lines, 0, &line);
    if (job->waits[0].queue_s > 0)
        lines_add_server(&t->lines, 0, TRACE_BEGIN, PHASE_QUEUE, 0);
    for (t->number = 0; t->number < job->attempt_count; t->number++) {
        if (t->number > 0)
            lines_add_server(&t->lines, made_job_retry_s(job), TRACE_ATTEMPT, PHASE_QUEUE, 2);
        tell_attempt(t);
    }
    lines_add_server(&t->lines, job->finalize_at_s, TRACE_BEGIN, PHASE_FINALIZE, 0);
    line = (struct trace_line){.kind = TRACE_END,
                               .end = made_job_completes(job) ? OUTCOME_COMPLETE : OUTCOME_FAILED};
    lines_add(&t->lines, job->total_s, &line);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: generate_traces SEED JOBS\n");
        return 64;
    }
    struct deployment home;
    struct made_job *job AUTO(mem_free) = mem_new(struct made_job);
    int jobs = (int)strtol(argv[2], NULL, 10);
    deployment_init(&home, strtoull(argv[1], NULL, 10));
    for (int i = 0; i < jobs; i++) {
        struct teller teller = {.job = job};
        (void)snprintf(teller.id, sizeof(teller.id), "made-%04d", i);
        made_job_throw(&home, job);
        made_job_run(job);
        made_job_leave(job, &home);
        tell_job(&teller, (uint64_t)home.now_ms);
        lines_print(&teller.lines);
        free(teller.lines.list);
    }
    return 0;
}
