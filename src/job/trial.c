// SPDX-License-Identifier: GPL-3.0-or-later
// trial.c — see trial.h.
#include "job/trial.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { COARSE_COUNTS = 8 };

// ---- what a job was like ----

void trial_look(const struct trace *trace, struct trial_traits *ret)
{
    struct trace_line line;
    int counts[PHASE_COUNT] = {0};
    int most = 0;
    *ret = (struct trial_traits){
        .type = trace->submit.type,
        .cold = trace->submit.features.cold,
        .total_s = (double)trace_last_ns(trace) * 1e-9,
    };
    ret->brief = ret->total_s < TRIAL_BRIEF_S;
    (void)text_copy(ret->label, sizeof(ret->label), trace->submit.label);
    for (size_t i = 0; i < trace->count; i++) {
        trace_at(trace, i, &line);
        if (line.kind == TRACE_SERVER) {
            ret->cut |= line.server.word == TRACE_LOST;
            ret->retried |= line.server.word == TRACE_ATTEMPT;
            continue;
        }
        const struct event *event = &line.event;
        ret->retried |= event->attempt > 1;
        if (event->kind == EVENT_HELLO && event->plan.features.has_cold)
            ret->cold = event->plan.features.cold;
        if (event->kind == EVENT_PROGRESS && event->progress.has_phase)
            counts[event->progress.phase]++;
    }
    for (int k = 0; k < PHASE_COUNT; k++)
        most = counts[k] > most ? counts[k] : most;
    ret->coarse = most < COARSE_COUNTS;
}

// ---- the history that each job is given ----

struct lesson {
    struct record record;
    double ended_ms; // on the deployment's clock
};

struct state {
    const struct trace *traces;
    size_t count;
    const struct trial_options *options;
    struct lesson *lessons; // sound ones, in the order of their ends
    size_t lesson_count;
    double last_end_ms; // of any job; before `count` is looked at, negative: none
    struct model *model;
    struct baseline_fit *fit;
    struct panel panel;
    struct relay relay; // of the job that is replayed
    struct sample *samples;
    size_t sample_room;
};

static double submit_ms(const struct trace *trace)
{
    return (double)trace->submit.submitted_at_ms;
}

static double end_ms(const struct trace *trace)
{
    return submit_ms(trace) + (double)trace_last_ns(trace) * 1e-6;
}

static void remember(struct state *s, const struct trace *trace)
{
    const struct record *record = &s->panel.benchmark.record;
    if (!trace->ended || record_flaw(record) != RECORD_SOUND)
        return;
    size_t at = s->lesson_count++;
    double ended_ms = end_ms(trace);
    for (; at > 0 && s->lessons[at - 1].ended_ms > ended_ms; at--)
        s->lessons[at] = s->lessons[at - 1];
    s->lessons[at] = (struct lesson){*record, ended_ms};
}

// False when there are too few lessons for this job to be judged.
static bool learn(struct state *s, const struct trace *trace)
{
    size_t end = s->lesson_count;
    while (end > 0 && s->lessons[end - 1].ended_ms > submit_ms(trace))
        end--;
    size_t wanted = s->options->learn;
    size_t first = end > wanted ? end - wanted : 0;
    model_init(s->model);
    *s->fit = (struct baseline_fit){0};
    for (size_t i = first; i < end; i++) {
        (void)model_learn(s->model, &s->lessons[i].record);
        baseline_learn(s->fit, &s->lessons[i].record);
    }
    return end >= s->options->least && end >= wanted;
}

// Since the deployment's newest end before this submit; a job still running: 0.
static double idle_s(const struct state *s, size_t i)
{
    double newest_ms = -1;
    for (size_t j = 0; j < i; j++)
        newest_ms = fmax(newest_ms, end_ms(&s->traces[j]));
    return newest_ms < 0 ? -1 : fmax(submit_ms(&s->traces[i]) - newest_ms, 0) * 1e-3;
}

// ---- judging ----

static void add_off(struct trial_run *run, const struct state *s, int estimator, double end_ns)
{
    float counts[TRIAL_BINS] = {0};
    for (size_t i = 0; i < s->panel.count && (double)s->samples[i].t_ns < end_ns; i++) {
        double share = (double)s->samples[i].t_ns / end_ns;
        int bin = (int)(share * TRIAL_BINS);
        counts[bin] += 1;
        run->off[estimator][bin] += (float)fabs(s->samples[i].fraction - share);
    }
    for (int bin = 0; bin < TRIAL_BINS; bin++) {
        if (counts[bin] > 0)
            run->off[estimator][bin] /= counts[bin];
        run->off_count[bin] = counts[bin];
    }
}

static void judge(struct state *s, const struct trace *trace, struct trial_run *ret)
{
    *ret = (struct trial_run){0};
    (void)text_copy(ret->id, sizeof(ret->id), trace->submit.id);
    trial_look(trace, &ret->traits);
    if (s->panel.count > s->sample_room) {
        s->sample_room = s->panel.count;
        s->samples = mem_resize(s->samples, s->sample_room, sizeof(s->samples[0]));
    }
    for (int e = 0; e < PANEL_COUNT; e++) {
        panel_show(&s->panel, e, s->fit, s->samples);
        score_samples(s->samples, s->panel.count, trace->end_ns, s->panel.moment, &ret->scores[e]);
        add_off(ret, s, e, (double)trace->end_ns);
    }
    ret->scores[PANEL_TRACKER].relay = s->relay;
}

static bool is_complete(const struct trace *trace)
{
    return trace->ended && trace->outcome == OUTCOME_COMPLETE && trace->end_ns > 0;
}

static enum status go_through(struct state *s, struct trial *ret, struct error *err)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct trace *trace = &s->traces[i];
        bool enough = learn(s, trace);
        bool wanted = i >= s->options->first;
        bool judged = wanted && enough && is_complete(trace);
        s->panel.relay = judged ? &s->relay : NULL;
        s->panel.moment = score_moment(trace->submit.id);
        enum status status = panel_replay(&s->panel, trace, s->model, s->options->every_ns,
                                          idle_s(s, i), err);
        if (status != OK)
            return status;
        remember(s, trace);
        ret->censored += wanted && !is_complete(trace);
        ret->too_early += wanted && is_complete(trace) && !enough;
        if (judged)
            judge(s, trace, &ret->runs[ret->count++]);
    }
    return OK;
}

enum status trial_hold(const struct trace *traces, size_t count,
                       const struct trial_options *options, struct trial *ret, struct error *err)
{
    struct state s = {.traces = traces, .count = count, .options = options};
    s.lessons = mem_zeroed(count, sizeof(s.lessons[0]));
    s.model = mem_new(struct model);
    s.fit = mem_new(struct baseline_fit);
    *ret = (struct trial){.runs = mem_zeroed(count, sizeof(ret->runs[0]))};
    enum status status = go_through(&s, ret, err);
    free(s.lessons);
    free(s.model);
    free(s.fit);
    free(s.samples);
    panel_done(&s.panel);
    return status;
}

void trial_done(struct trial *trial)
{
    free(trial->runs);
    *trial = (struct trial){0};
}
