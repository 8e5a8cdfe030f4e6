// SPDX-License-Identifier: GPL-3.0-or-later
// local_job.c — see local_job.h.
#include "dispatch/local_job.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/text.h"
#include "dispatch/checker.h"
#include "job/feed.h"
#include "job/spec_features.h"
#include "job/job_record.h"
#include "progress/message.h"
#include "progress/model.h"
#include "sys/child.h"
#include "sys/clock.h"

#define MS_NS INT64_C(1000000)
#define SECOND_NS (1000 * MS_NS)

static const int64_t check_patience_ns = 60 * SECOND_NS; // with a store that does not answer

struct local_job {
    struct storage *storage;
    const struct model *model;
    struct child *child;
    struct tracker tracker;
    struct feed feed;
    struct job_snapshot snapshot;
    struct error error;
    void (*on_log)(void *context, const char *line);
    void (*on_trace)(void *context, const struct trace_line *line);
    void *context;
    int64_t submitted_ns;
    int64_t now_ns;          // of this step
    struct buffer log;       // a line of the worker's standard error that is not complete
    bool stream_open;        // the worker may still say something
    bool concluded;          // the worker has ended and we know how
    bool planned;            // the worker has told its plan
    bool cancelled;          // we asked it to stop
    int check_fd;            // readable when the checker has an answer; -1: none
    struct checker *checker; // looks at the output; NULL: not yet, or there is none
    int64_t checked_ns;      // since when it looks
    int64_t closed_ns;       // when the worker closed its lines; meaningless while stream_open
    int64_t cancelled_ns;    // when; meaningless unless cancelled
    double estimated_s;      // the total expected at the plan; 0: nothing yet
    struct benchmark record; // of a complete job
};

// ---- the trace ----

static void record(struct local_job *job, struct trace_line line, int64_t now_ns)
{
    if (!job->on_trace)
        return;
    line.at_ns = now_ns > job->submitted_ns ? now_ns - job->submitted_ns : 0;
    job->on_trace(job->context, &line);
}

static void begin_phase(struct local_job *job, enum phase phase, int64_t now_ns)
{
    tracker_begin(&job->tracker, phase, now_ns);
    record(
        job,
        (struct trace_line){.kind = TRACE_SERVER, .server = {.word = TRACE_BEGIN, .phase = phase}},
        now_ns);
}

static void end_phase(struct local_job *job, enum phase phase, int64_t now_ns)
{
    tracker_end(&job->tracker, phase, 0, now_ns);
    record(
        job,
        (struct trace_line){.kind = TRACE_SERVER, .server = {.word = TRACE_FINISH, .phase = phase}},
        now_ns);
}

static void record_submit(struct local_job *job, const char *id)
{
    struct trace_line line = {.kind = TRACE_SUBMIT};
    line.submit.type = job->tracker.type;
    line.submit.submitted_at_ms = job->snapshot.submitted_at_ms;
    line.submit.features = job->tracker.features;
    (void)text_copy(line.submit.id, sizeof(line.submit.id), id);
    record(job, line, job->submitted_ns);
}

// ---- states ----

// A move that the table does not allow is a bug of this file.
static void move(struct local_job *job, enum job_state to)
{
    if (job->snapshot.state == to)
        return;
    enum status status = job_state_move(&job->snapshot.state, to, NULL);
    assert(status == OK);
}

// A worker has told its machine, or the sizes: that may be known ground.
static void believe_again(struct local_job *job)
{
    struct prior prior;
    if (!job->model)
        return;
    model_prior(job->model, job->tracker.type, tracker_features(&job->tracker), &prior);
    tracker_prior(&job->tracker, &prior, job->now_ns);
}

static void on_event(void *context, const struct event *event)
{
    struct local_job *job = context;
    record(job, (struct trace_line){.kind = TRACE_EVENT, .event = *event}, job->now_ns);
    job->planned = job->planned || event->kind == EVENT_PLAN;
    if (event->kind == EVENT_HELLO || event->kind == EVENT_PLAN)
        believe_again(job);
    if (event->kind != EVENT_HELLO)
        return;
    (void)text_copy(job->snapshot.worker, sizeof(job->snapshot.worker), event->plan.worker);
    move(job, JOB_RUNNING);
}

static void finish(struct local_job *job, enum job_state state, int64_t now_ns)
{
    static const enum outcome outcomes[JOB_STATE_COUNT] = {
        [JOB_COMPLETE] = OUTCOME_COMPLETE,
        [JOB_FAILED] = OUTCOME_FAILED,
        [JOB_CANCELLED] = OUTCOME_CANCELLED,
    };
    move(job, state);
    tracker_finish(&job->tracker, outcomes[state], now_ns);
    record(job, (struct trace_line){.kind = TRACE_END, .end = outcomes[state]}, now_ns);
}

static void fail(struct local_job *job, int64_t now_ns)
{
    struct job_snapshot *s = &job->snapshot;
    bool wanted = job->cancelled && job->error.status == ERR_CANCELLED;
    s->has_error = true;
    s->error.code = job->error.status;
    s->error.retryable = job->error.retryable;
    (void)text_copy(s->error.text, sizeof(s->error.text), job->error.text);
    finish(job, wanted ? JOB_CANCELLED : JOB_FAILED, now_ns);
}

// ---- the end of the worker ----

static void keep_record(struct local_job *job, int64_t now_ns)
{
    tracker_snapshot(&job->tracker, now_ns, &job->snapshot.progress);
    const struct job_end end = {
        .tracker = &job->tracker,
        .last = &job->snapshot,
        .result = &job->feed.result,
        .total_s = (double)(now_ns - job->submitted_ns) / 1e9,
        .estimated_s = job->estimated_s,
        .at_ms = clock_wall_ms(),
    };
    job_record(&end, &job->record);
}

static void complete(struct local_job *job, int64_t now_ns)
{
    const struct event_result *result = &job->feed.result;
    struct snapshot_result *shown = &job->snapshot.result;
    job->snapshot.has_result = true;
    (void)text_copy(shown->output, sizeof(shown->output), result->output);
    shown->bytes = result->bytes;
    shown->frames = result->frames;
    shown->duration_s = result->duration_s;
    (void)text_copy(shown->data, sizeof(shown->data), result->data);
    end_phase(job, PHASE_FINALIZE, now_ns);
    finish(job, JOB_COMPLETE, now_ns);
    keep_record(job, now_ns);
}

// ---- the output ----

static void on_answer(void *context)
{
    (void)eventfd_write(((struct local_job *)context)->check_fd, 1);
}

// Is the object there, as large as the worker said? Who answers in the result alone has none.
static void check_output(struct local_job *job, int64_t now_ns)
{
    const struct event_result *result = &job->feed.result;
    begin_phase(job, PHASE_FINALIZE, now_ns);
    move(job, JOB_RUNNING); // where its hello was lost
    move(job, JOB_FINALIZING);
    if (result->output[0] == '\0') {
        complete(job, now_ns);
        return;
    }
    struct check check = {.where = mem_strdup(result->output), .bytes = result->bytes};
    job->check_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); // without one the steps will do
    job->checked_ns = now_ns;
    job->checker = checker_new(job->storage, check_patience_ns, on_answer, job);
    checker_ask(job->checker, &check);
}

static void end_check(struct local_job *job)
{
    checker_free(job->checker);
    job->checker = NULL;
    if (job->check_fd >= 0)
        (void)close(job->check_fd);
    job->check_fd = -1;
}

// Who has cancelled does not wait for a store that is slow to answer.
static bool is_given_up(const struct local_job *job, int64_t now_ns)
{
    int64_t since_ns = job->checked_ns > job->cancelled_ns ? job->checked_ns : job->cancelled_ns;
    return job->cancelled && now_ns - since_ns > LOCAL_JOB_CHECK_MS * MS_NS;
}

static void take_verdict(struct local_job *job, int64_t now_ns)
{
    struct check *check = checker_take(job->checker);
    if (!check && !is_given_up(job, now_ns))
        return;
    if (check)
        job->error = check->verdict;
    else
        (void)error_set(&job->error, ERR_CANCELLED,
                        "cancelled before the store had said that it has %s whole",
                        job->feed.result.output);
    check_free(check);
    end_check(job);
    if (job->error.status == OK)
        complete(job, now_ns);
    else
        fail(job, now_ns);
}

// The error for a worker that ended without a last word.
static void explain_death(struct local_job *job, const struct child_exit *how)
{
    if (job->cancelled)
        (void)error_set(&job->error, ERR_CANCELLED, "cancelled");
    else if (!how->exited)
        (void)error_set(&job->error, ERR_WORKER, "the worker was killed by signal %d (%s)",
                        how->signal, strsignal(how->signal));
    else
        (void)error_set(&job->error, ERR_WORKER,
                        "the worker ended with code %d and did not say why", how->code);
    if (job->feed.counts.broken > 0)
        error_detail(&job->error, "%llu lines were not understood, the last: %s",
                     (unsigned long long)job->feed.counts.broken, job->feed.last_broken.text);
}

static void conclude(struct local_job *job, const struct child_exit *how, int64_t now_ns)
{
    job->concluded = true;
    feed_end(&job->feed, now_ns);
    if (job->feed.has_result) {
        check_output(job, now_ns);
        return;
    }
    if (job->feed.has_error) {
        const struct event_error *said = &job->feed.error;
        (void)error_set(&job->error, said->code, "%s", said->text);
        job->error.retryable = said->retryable;
        error_detail(&job->error, "%s", said->detail);
    } else {
        explain_death(job, how);
    }
    fail(job, now_ns);
}

// ---- start ----

static enum status start_worker(struct local_job *job, const struct local_job_options *o,
                                struct error *err)
{
    char threads[16];
    (void)snprintf(threads, sizeof(threads), "%d", o->threads);
    const char *argv[12] = {"headway", "worker", "--job", o->id, "--threads", threads};
    int n = 6;
    if (o->model_dir) {
        argv[n++] = "--model-dir";
        argv[n++] = o->model_dir;
    }
    const struct child_options child = {
        .path = o->program,
        .argv = argv,
        .die_with_parent = true,
    };
    enum status status = child_start(&child, &job->child, err);
    if (status != OK)
        return status;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, SPEC_MAX_TEXT_BYTES);
    spec_write(o->spec, &text);
    status = child_feed(job->child, buffer_string(&text), text.size, err);
    return status == ERR_IO ? OK : status; // it is gone already; its end will tell why
}

static void start_tracker(struct local_job *job, const struct local_job_options *o)
{
    struct features known;
    enum export_type type = o->spec->type;
    spec_features(o->spec, &known);
    known.has_idle = o->known && o->known->has_idle;
    known.idle_s = known.has_idle ? o->known->idle_s : 0;
    struct prior prior;
    job->model = o->model;
    if (job->model)
        model_prior(job->model, type, &known, &prior);
    else
        prior_shipped(type, &prior);
    tracker_init(&job->tracker, type, &prior, &known, o->submitted_ns);
}

enum status local_job_start(const struct local_job_options *options, struct local_job **ret,
                            struct error *err)
{
    *ret = NULL;
    struct local_job *job = mem_new(struct local_job);
    job->storage = options->storage;
    start_tracker(job, options);
    feed_init(&job->feed, options->id, 1, &job->tracker);
    job->feed.on_event = on_event;
    job->feed.context = job;
    job->stream_open = true;
    job->check_fd = -1;
    job->on_log = options->on_log;
    job->on_trace = options->on_trace;
    job->context = options->context;
    job->submitted_ns = options->submitted_ns;
    buffer_init(&job->log, LOCAL_JOB_MAX_LOG);
    job->snapshot.state = JOB_QUEUED;
    (void)text_copy(job->snapshot.job, sizeof(job->snapshot.job), options->id);
    job->snapshot.submitted_at_ms = clock_wall_ms();
    int64_t now_ns = clock_now_ns();
    record_submit(job, options->id);
    begin_phase(job, PHASE_STARTUP, now_ns);
    move(job, JOB_STARTING);
    enum status status = start_worker(job, options, err);
    if (status != OK) {
        local_job_free(job);
        return status;
    }
    local_job_step(job, now_ns);
    *ret = job;
    return OK;
}

void local_job_free(struct local_job *job)
{
    if (!job)
        return;
    end_check(job);
    child_free(job->child);
    buffer_done(&job->log);
    free(job);
}

// ---- running ----

int local_job_fd(const struct local_job *job)
{
    if (job->stream_open)
        return child_output_fd(job->child);
    return job->concluded ? job->check_fd : child_end_fd(job->child);
}

// Reads until there is no more for now, or to the end of the stream.
static void read_lines(struct local_job *job, int64_t now_ns)
{
    char chunk[16384];
    while (job->stream_open) {
        ssize_t n = read(child_output_fd(job->child), chunk, sizeof(chunk));
        if (n > 0) {
            feed_bytes(&job->feed, chunk, (size_t)n, now_ns);
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && errno == EAGAIN) {
            return;
        } else {
            job->stream_open = false;
            job->closed_ns = now_ns;
        }
    }
}

static void say_log(struct local_job *job)
{
    if (job->on_log && job->log.size > 0)
        job->on_log(job->context, buffer_string(&job->log));
    buffer_clear(&job->log);
}

// Hands on what the worker wrote to its standard error, line by line.
static void read_log(struct local_job *job)
{
    char chunk[4096];
    for (;;) {
        ssize_t n = read(child_error_fd(job->child), chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        for (ssize_t i = 0; i < n; i++) {
            if (chunk[i] == '\n')
                say_log(job);
            else
                buffer_append(&job->log, &chunk[i], 1);
        }
    }
    if (job->concluded)
        say_log(job); // a last line without its end
}

static void refresh(struct local_job *job, int64_t now_ns)
{
    struct job_snapshot *s = &job->snapshot;
    tracker_snapshot(&job->tracker, now_ns, &s->progress);
    if (job->planned && job->estimated_s <= 0 && s->progress.has_eta)
        job->estimated_s = (double)(s->progress.elapsed_ns + s->progress.eta_ns) / 1e9;
    s->seq++;
    s->updated_at_ms = clock_wall_ms();
    (void)message_phase(s->message, sizeof(s->message), &s->progress, NULL);
    (void)message_eta(s->eta_text, sizeof(s->eta_text), &s->progress);
}

// Should the worker have ended by now?
static bool overdue(const struct local_job *job, int64_t now_ns)
{
    int64_t grace_ns = LOCAL_JOB_GRACE_S * SECOND_NS;
    return !job->concluded && ((job->cancelled && now_ns - job->cancelled_ns > grace_ns) ||
                               (!job->stream_open && now_ns - job->closed_ns > grace_ns));
}

void local_job_step(struct local_job *job, int64_t now_ns)
{
    job->now_ns = now_ns;
    read_lines(job, now_ns);
    struct child_exit how;
    if (!job->stream_open && !job->concluded && child_poll(job->child, &how))
        conclude(job, &how, now_ns);
    if (job->checker)
        take_verdict(job, now_ns);
    if (overdue(job, now_ns))
        child_signal(job->child, SIGKILL);
    read_log(job);
    refresh(job, now_ns);
}

void local_job_cancel(struct local_job *job, int64_t now_ns)
{
    if (job->cancelled)
        return;
    job->cancelled = true;
    job->cancelled_ns = now_ns;
    child_signal(job->child, SIGTERM);
}

bool local_job_ended(const struct local_job *job)
{
    const struct snapshot *p = &job->snapshot.progress;
    if (!job_state_terminal(job->snapshot.state))
        return false;
    return job->snapshot.state != JOB_COMPLETE || p->fraction >= 1;
}

const struct job_snapshot *local_job_snapshot(const struct local_job *job)
{
    return &job->snapshot;
}

const struct record_phase *local_job_timings(const struct local_job *job)
{
    return job->feed.result.timings;
}

void local_job_record(const struct local_job *job, struct benchmark *ret)
{
    *ret = job->record;
}

const struct error *local_job_error(const struct local_job *job)
{
    return &job->error;
}
