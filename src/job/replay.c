// SPDX-License-Identifier: GPL-3.0-or-later
// replay.c — see replay.h. What is done to the tracker here, and when, is what dispatch/ does.
#include "job/replay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "job/feed.h"
#include "job/job_record.h"

enum stage { STAGE_RUNNING, STAGE_END, STAGE_TOLD, STAGE_GLIDED, STAGE_OVER };

struct replay {
    const struct trace *trace;
    struct replay_options options;
    struct tracker tracker;
    struct feed feed;
    struct snapshot snapshot;
    enum stage stage; // of the step to come
    int64_t t_ns;     // of the step to come, while it runs
    int64_t end_ns;   // when the end is heard of
    int64_t cut_ns;   // nothing is heard before
    int64_t heard_ns; // when the newest line came
    bool spoke;       // the worker has said something
    size_t next;      // line to come
    int64_t now_ns;   // of the line that is applied
};

// ---- the tracker's owner ----

static void believe(const struct replay *r, const struct features *known, struct prior *ret)
{
    if (r->options.model)
        model_prior(r->options.model, r->trace->submit.type, known, ret);
    else
        prior_shipped(r->trace->submit.type, ret);
}

static void on_event(void *context, const struct event *event)
{
    struct replay *r = context;
    struct prior prior;
    if (event->kind == EVENT_HELLO || event->kind == EVENT_PLAN) {
        believe(r, tracker_features(&r->tracker), &prior);
        tracker_prior(&r->tracker, &prior, r->now_ns);
    }
    if (event->kind == EVENT_RESULT && !r->trace->tells_server)
        tracker_begin(&r->tracker, PHASE_FINALIZE, r->now_ns);
}

// The job that the worker's lines are about: that of the first one.
static void find_job(const struct trace *trace, char dst[static EVENT_MAX_NAME])
{
    struct trace_line line;
    for (size_t i = 0; i < trace->count; i++) {
        trace_at(trace, i, &line);
        if (line.kind == TRACE_EVENT) {
            (void)text_copy(dst, EVENT_MAX_NAME, line.event.job);
            return;
        }
    }
}

static void begin(struct replay *r)
{
    const struct trace_submit *submit = &r->trace->submit;
    struct features known = submit->features;
    struct prior prior;
    char job[EVENT_MAX_NAME] = "";
    known.has_idle = r->options.idle_s >= 0;
    known.idle_s = known.has_idle ? r->options.idle_s : 0;
    believe(r, &known, &prior);
    tracker_init(&r->tracker, submit->type, &prior, &known, 0);
    find_job(r->trace, job);
    feed_init(&r->feed, job, 1, &r->tracker);
    r->feed.on_event = on_event;
    r->feed.context = r;
    if (!r->trace->tells_server)
        tracker_begin(&r->tracker, PHASE_STARTUP, 0);
}

static void apply_server(struct replay *r, const struct trace_server *server)
{
    switch (server->word) {
    case TRACE_BEGIN:
        tracker_begin(&r->tracker, server->phase, r->now_ns);
        return;
    case TRACE_FINISH:
        tracker_end(&r->tracker, server->phase, 0, r->now_ns);
        return;
    case TRACE_LOST:
        tracker_lost(&r->tracker, r->now_ns);
        return;
    case TRACE_ATTEMPT:
        r->spoke = false; // that was another worker
        tracker_attempt(&r->tracker, server->attempt, r->now_ns);
        return;
    case TRACE_WAIT:
        tracker_wait(&r->tracker, server->wait.median_s, server->wait.sigma, r->now_ns);
        return;
    case TRACE_WORD_COUNT:
        break;
    }
}

// A worker that has never spoken may be an old one that only says its end; of one that has, and is
// cut off, nobody knows how it is.
static void notice_silence(struct replay *r, int64_t now_ns)
{
    if (now_ns - r->heard_ns < REPLAY_SILENCE_NS)
        return;
    if (!r->spoke)
        tracker_mute(&r->tracker, now_ns);
    else if (now_ns < r->cut_ns)
        tracker_lost(&r->tracker, now_ns);
}

static void apply_until(struct replay *r, int64_t until_ns)
{
    const struct trace *trace = r->trace;
    while (until_ns >= r->cut_ns && r->next < trace->count &&
           trace->entries[r->next].at_ns <= until_ns) {
        struct trace_line line;
        trace_at(trace, r->next++, &line);
        r->now_ns = line.at_ns > r->cut_ns ? line.at_ns : r->cut_ns;
        r->heard_ns = r->now_ns;
        r->spoke |= line.kind == TRACE_EVENT;
        if (line.kind == TRACE_EVENT)
            (void)feed_event(&r->feed, &line.event, r->now_ns);
        else
            apply_server(r, &line.server);
    }
    notice_silence(r, until_ns);
}

// ---- steps ----

static void finish(struct replay *r)
{
    const struct trace *trace = r->trace;
    if (!trace->tells_server && trace->outcome == OUTCOME_COMPLETE)
        tracker_end(&r->tracker, PHASE_FINALIZE, 0, r->end_ns);
    tracker_finish(&r->tracker, trace->outcome, r->end_ns);
}

static void look(struct replay *r, int64_t t_ns, struct replay_sample *ret)
{
    tracker_snapshot(&r->tracker, t_ns, &r->snapshot);
    *ret = (struct replay_sample){
        .t_ns = t_ns,
        .last_shown = r->stage == STAGE_END,
        .told = r->stage == STAGE_TOLD || r->stage == STAGE_GLIDED,
        .now = &r->snapshot,
        .known = tracker_features(&r->tracker),
    };
}

static int64_t step_ns(const struct replay *r)
{
    int64_t cut_ns = r->cut_ns - r->t_ns; // nothing happens in it
    if (cut_ns <= REPLAY_STEP_NS)
        return REPLAY_STEP_NS;
    return cut_ns < 10 * REPLAY_STEP_NS ? cut_ns : 10 * REPLAY_STEP_NS;
}

bool replay_next(struct replay *r, struct replay_sample *ret)
{
    if (r->stage == STAGE_RUNNING && r->t_ns >= r->end_ns)
        r->stage = STAGE_END;
    switch (r->stage) {
    case STAGE_RUNNING:
        apply_until(r, r->t_ns);
        look(r, r->t_ns, ret);
        r->t_ns += step_ns(r);
        return true;
    case STAGE_END:
        apply_until(r, r->end_ns);
        look(r, r->end_ns, ret);
        r->stage = r->trace->ended ? STAGE_TOLD : STAGE_OVER;
        return true;
    case STAGE_TOLD:
        finish(r);
        look(r, r->end_ns, ret);
        r->stage = r->trace->outcome == OUTCOME_COMPLETE ? STAGE_GLIDED : STAGE_OVER;
        return true;
    case STAGE_GLIDED:
        look(r, r->end_ns + TRACKER_GLIDE_NS, ret);
        r->stage = STAGE_OVER;
        return true;
    case STAGE_OVER:
        break;
    }
    return false;
}

void replay_cut(struct replay *r, int64_t to_ns)
{
    r->cut_ns = to_ns;
    r->heard_ns = r->t_ns; // the silence of before was the worker's own
    if (r->end_ns < to_ns)
        r->end_ns = to_ns;
}

enum status replay_new(const struct trace *trace, const struct replay_options *options,
                       struct replay **ret, struct error *err)
{
    int64_t end_ns = trace_last_ns(trace);
    *ret = NULL;
    assert(options->every_ns > 0 && options->every_ns % REPLAY_STEP_NS == 0);
    if (end_ns / REPLAY_STEP_NS > REPLAY_MAX_STEPS)
        return error_set(err, ERR_LIMIT, "trace %s lasts %.0f h, more than %d", trace->submit.id,
                         (double)end_ns / 3.6e12, REPLAY_MAX_STEPS / 36000);
    struct replay *r = mem_new(struct replay);
    r->trace = trace;
    r->options = *options;
    r->end_ns = end_ns;
    begin(r);
    *ret = r;
    return OK;
}

struct replay *replay_copy(const struct replay *replay)
{
    struct replay *r = mem_new(struct replay);
    *r = *replay;
    r->feed.tracker = &r->tracker;
    r->feed.context = r;
    return r;
}

void replay_free(struct replay *replay)
{
    free(replay);
}

// ---- a whole replay ----

bool replay_is_sample(const struct replay *r, const struct replay_sample *at)
{
    bool glided = at->t_ns > r->end_ns;
    return at->told == glided && (glided || at->last_shown || at->t_ns % r->options.every_ns == 0);
}

void replay_record(const struct replay *r, struct benchmark *ret)
{
    const struct trace *trace = r->trace;
    struct job_snapshot last = {.progress = r->snapshot};
    (void)text_copy(last.job, sizeof(last.job), trace->submit.id);
    last.progress.outcome = trace->outcome;
    const struct job_end end = {
        .tracker = &r->tracker,
        .last = &last,
        .result = &r->feed.result,
        .total_s = (double)trace->end_ns * 1e-9,
        .at_ms = (int64_t)trace->submit.submitted_at_ms + trace->end_ns / 1000000,
    };
    job_record(&end, ret);
}

enum status replay_run(const struct trace *trace, const struct replay_options *options,
                       struct benchmark *ret, struct error *err)
{
    struct replay *r AUTO(replay_free) = NULL;
    struct replay_sample at;
    enum status status = replay_new(trace, options, &r, err);
    if (status != OK)
        return status;
    assert(r);
    while (replay_next(r, &at)) {
        if (options->on_sample && replay_is_sample(r, &at))
            options->on_sample(options->context, at.t_ns, at.now, at.known);
    }
    if (trace->ended && ret)
        replay_record(r, ret);
    return OK;
}
