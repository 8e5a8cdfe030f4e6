// SPDX-License-Identifier: GPL-3.0-or-later
// live_job.c — see live_job.h.
#include "jobs/live_job.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "progress/message.h"
#include "sys/clock.h"

#define MS_NS INT64_C(1000000)

struct live_job *live_job_new(const struct job_row *row, enum export_type type,
                              const struct features *features, const struct model *model,
                              int64_t submitted_ns)
{
    struct live_job *j = mem_new(struct live_job);
    struct prior prior;
    j->row = *row;
    j->lines_fd = -1;
    j->model = model;
    model_prior(model, type, features, &prior);
    tracker_init(&j->tracker, type, &prior, features, submitted_ns);
    struct job_snapshot *s = &j->snapshot;
    (void)text_copy(s->job, sizeof(s->job), row->id);
    s->state = row->state;
    s->progress.type = type;
    s->submitted_at_ms = (uint64_t)row->submitted_ms;
    return j;
}

void live_job_free(struct live_job *j)
{
    if (!j)
        return;
    live_job_end_attempt(j);
    job_trace_done(&j->trace);
    free(j->output);
    free(j);
}

void live_job_restore(struct live_job *j, const struct job_snapshot *earlier, int64_t now_ns)
{
    tracker_restore(&j->tracker, j->row.ceiling, now_ns - j->tracker.start_ns, now_ns);
    j->snapshot.seq = earlier->seq + LIVE_JOB_SEQ_GAP;
    memcpy(j->snapshot.worker, earlier->worker, sizeof(j->snapshot.worker));
}

// ---- what no worker can tell ----

void live_job_trace(struct live_job *j)
{
    struct trace_submit submit = {
        .type = j->tracker.type,
        .submitted_at_ms = j->snapshot.submitted_at_ms,
        .features = j->tracker.features,
    };
    (void)text_copy(submit.id, sizeof(submit.id), j->row.id);
    job_trace_begin(&j->trace, &submit, j->tracker.start_ns);
}

static void trace_server(struct live_job *j, struct trace_server server, int64_t now_ns)
{
    job_trace_add(&j->trace, (struct trace_line){.kind = TRACE_SERVER, .server = server}, now_ns);
}

void live_job_enter(struct live_job *j, enum phase phase, int64_t now_ns)
{
    tracker_begin(&j->tracker, phase, now_ns);
    trace_server(j, (struct trace_server){.word = TRACE_BEGIN, .phase = phase}, now_ns);
}

void live_job_leave(struct live_job *j, enum phase phase, int64_t now_ns)
{
    tracker_end(&j->tracker, phase, 0, now_ns);
    trace_server(j, (struct trace_server){.word = TRACE_FINISH, .phase = phase}, now_ns);
}

// Forecasts come many times a minute; the trace has those that say something else.
void live_job_wait(struct live_job *j, double median_s, double sigma, int64_t now_ns)
{
    static const double news = 0.05; // of the whole time in line
    double whole_s = (double)(now_ns - j->tracker.start_ns) / 1e9 + median_s;
    tracker_wait(&j->tracker, median_s, sigma, now_ns);
    if (fabs(whole_s - j->traced_whole_s) <= news * j->traced_whole_s)
        return;
    j->traced_whole_s = whole_s;
    trace_server(j, (struct trace_server){.word = TRACE_WAIT, .wait = {median_s, sigma}}, now_ns);
}

void live_job_lost(struct live_job *j, int64_t now_ns)
{
    if (!j->tracker.lost)
        trace_server(j, (struct trace_server){.word = TRACE_LOST}, now_ns);
    tracker_lost(&j->tracker, now_ns);
}

void live_job_try(struct live_job *j, uint32_t attempt, int64_t now_ns)
{
    if (attempt > j->tracker.attempt)
        trace_server(j, (struct trace_server){.word = TRACE_ATTEMPT, .attempt = attempt}, now_ns);
    tracker_attempt(&j->tracker, attempt, now_ns);
    live_job_enter(j, PHASE_STARTUP, now_ns);
}

void live_job_finish(struct live_job *j, enum outcome outcome, int64_t now_ns)
{
    tracker_finish(&j->tracker, outcome, now_ns);
    job_trace_add(&j->trace, (struct trace_line){.kind = TRACE_END, .end = outcome}, now_ns);
}

// ---- the attempt ----

// A worker has told its machine, or the sizes: that may be known ground.
static void believe_again(struct live_job *j)
{
    struct prior prior;
    model_prior(j->model, j->tracker.type, tracker_features(&j->tracker), &prior);
    tracker_prior(&j->tracker, &prior, j->tracker.now_ns);
}

// Once a plan is known, which is also so when it is read again by a later supervisor.
static void note_estimate(struct live_job *j)
{
    struct snapshot s;
    struct tracker copy = j->tracker;
    tracker_snapshot(&copy, j->tracker.now_ns, &s);
    if (s.has_eta)
        j->estimated_s = (double)(s.elapsed_ns + s.eta_ns) / 1e9;
}

static void on_event(void *context, const struct event *event)
{
    struct live_job *j = context;
    job_trace_add(&j->trace, (struct trace_line){.kind = TRACE_EVENT, .event = *event},
                  j->tracker.now_ns);
    bool tells = event->kind == EVENT_HELLO || event->kind == EVENT_PLAN;
    if (tells)
        believe_again(j);
    j->planned = j->planned || (tells && event->plan.has_plan);
    if (j->planned && !j->restored && j->estimated_s <= 0)
        note_estimate(j);
    if (event->kind != EVENT_HELLO)
        return;
    j->hello = true;
    j->remote = event->plan.call_id[0] != '\0';
    (void)text_copy(j->snapshot.worker, sizeof(j->snapshot.worker), event->plan.worker);
}

void live_job_begin(struct live_job *j, int64_t now_ns)
{
    live_job_end_attempt(j);
    j->feed = mem_new(struct feed);
    feed_init(j->feed, j->row.id, j->row.attempt, &j->tracker);
    j->feed->on_event = on_event;
    j->feed->context = j;
    j->heard_ns = now_ns;
    live_job_try(j, j->row.attempt, now_ns);
}

void live_job_end_attempt(struct live_job *j)
{
    worker_process_free(j->process);
    free(j->feed);
    if (j->lines_fd >= 0)
        (void)close(j->lines_fd);
    j->process = NULL;
    j->feed = NULL;
    j->lines_fd = -1;
    j->lines_at = 0;
    j->how = (struct worker_exit){0};
    j->hello = j->remote = j->mute = j->checking = j->polled_end = false;
    j->stopped_ns = j->told_ns = j->check_ns = 0;
    j->checks = 0;
    j->killed = NULL;
    j->start_error = (struct error){0};
}

// The next bytes of the file; 0 when there are none for now.
static size_t read_chunk(struct live_job *j, const char *path, char *dst, size_t size)
{
    if (j->lines_fd < 0)
        j->lines_fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = j->lines_fd >= 0 ? pread(j->lines_fd, dst, size, j->lines_at) : 0;
    if (n > 0)
        j->lines_at += n;
    return n > 0 ? (size_t)n : 0;
}

bool live_job_read(struct live_job *j, const char *lines_path, int64_t now_ns)
{
    char chunk[32768];
    bool any = false;
    uint64_t before = j->feed->counts.applied;
    for (size_t n; (n = read_chunk(j, lines_path, chunk, sizeof(chunk))) > 0; any = true)
        feed_bytes(j->feed, chunk, n, now_ns);
    if (j->feed->counts.applied > before) {
        j->heard_ns = now_ns;
        j->mute = false;
    }
    return any;
}

// When this line was said; *last_ns when it does not tell.
static int64_t said_at(const char *line, size_t n, int64_t began_ns, int64_t last_ns)
{
    struct event event;
    struct error err;
    if (event_parse(line, n, &event, &err) != OK)
        return last_ns;
    int64_t at_ns = began_ns + event.t_ms * MS_NS;
    return at_ns > last_ns ? at_ns : last_ns;
}

void live_job_replay(struct live_job *j, const char *lines_path, int64_t began_ns, int64_t now_ns)
{
    char chunk[32768];
    int64_t at_ns = began_ns;
    size_t kept = 0; // of a line that is not complete
    for (size_t n; (n = read_chunk(j, lines_path, chunk + kept, sizeof(chunk) - kept)) > 0;) {
        const char *line = chunk;
        const char *end = chunk + kept + n;
        for (const char *newline; (newline = memchr(line, '\n', (size_t)(end - line)));) {
            int64_t then_ns = said_at(line, (size_t)(newline - line), began_ns, at_ns);
            at_ns = then_ns < now_ns ? then_ns : now_ns;
            feed_bytes(j->feed, line, (size_t)(newline + 1 - line), at_ns);
            line = newline + 1;
        }
        kept = (size_t)(end - line);
        if (kept > EVENT_MAX_LINE) { // no line of ours
            feed_bytes(j->feed, line, kept, at_ns);
            kept = 0;
        }
        memmove(chunk, line, kept);
    }
    feed_bytes(j->feed, chunk, kept, at_ns);
    j->heard_ns = at_ns;
}

bool live_job_has_last_word(const struct live_job *j)
{
    return j->feed && (j->feed->has_result || j->feed->has_error);
}

// ---- looking ----

static void look_at_ends(struct live_job *j)
{
    struct job_snapshot *s = &j->snapshot;
    bool waits = s->state == JOB_QUEUED;
    if (!waits) {
        s->queue_position = 0;
        s->has_queue_eta = false;
    }
    if (j->row.cancel_asked && !job_state_terminal(s->state)) {
        (void)text_copy(s->message, sizeof(s->message), "Cancelling…");
        s->eta_text[0] = '\0';
    }
}

void live_job_look(struct live_job *j, uint32_t max_attempts, int64_t now_ns)
{
    struct job_snapshot *s = &j->snapshot;
    s->state = j->row.state;
    s->seq++;
    s->updated_at_ms = (uint64_t)clock_wall_ms();
    tracker_snapshot(&j->tracker, now_ns, &s->progress);
    const struct message_context context = {
        .queue_position = s->queue_position,
        .max_attempts = max_attempts,
    };
    (void)message_phase(s->message, sizeof(s->message), &s->progress, &context);
    (void)message_eta(s->eta_text, sizeof(s->eta_text), &s->progress);
    look_at_ends(j);
}

struct job_end live_job_record(const struct live_job *j, int64_t now_ns, int64_t now_ms)
{
    return (struct job_end){
        .tracker = &j->tracker,
        .last = &j->snapshot,
        .result = &j->feed->result,
        .total_s = (double)(now_ns - j->tracker.start_ns) / 1e9,
        .estimated_s = j->estimated_s,
        .at_ms = now_ms,
    };
}

void live_job_measure(struct live_job *j, int64_t now_ns)
{
    static const double guess_s = 60;
    static const double guess_sigma = 1.5;
    static const double ten_percent = 1.2816; // standard deviations from the median to 10 or 90 %
    struct snapshot s;
    struct tracker copy = j->tracker;
    tracker_snapshot(&copy, now_ns, &s);
    j->whole_s = guess_s;
    j->whole_sigma = guess_sigma;
    if (!s.has_eta || s.eta_ns <= 0)
        return;
    j->whole_s = (double)s.eta_ns / 1e9;
    double ratio = (double)s.eta_high_ns / (double)(s.eta_low_ns > 0 ? s.eta_low_ns : 1);
    j->whole_sigma = fmin(log(fmax(ratio, 1)) / (2 * ten_percent), guess_sigma);
}
