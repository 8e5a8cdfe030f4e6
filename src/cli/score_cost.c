// SPDX-License-Identifier: GPL-3.0-or-later
// score_cost.c — see score_cost.h.
#include "cli/score_cost.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/json_write.h"
#include "base/text.h"
#include "job/feed.h"
#include "job/replay.h"
#include "job/snapshot_json.h"
#include "progress/message.h"
#include "sys/file.h"

static double processor_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// ---- the worker's lines ----

struct said_line {
    int64_t at_ns;
    size_t offset, bytes;
};

// The lines of one job as its worker wrote them.
struct script {
    const struct trace *trace;
    struct buffer text;
    struct said_line *lines;
    size_t count;
    double worker_s; // that making and writing them took
};

// Writes and takes out again, so that the pipe is never full: the worker pays for both ends here.
static enum status pass_through(const int pipe_fds[2], const char *line, size_t n,
                                struct error *err)
{
    char taken[EVENT_MAX_LINE];
    enum status status = file_write_fd(pipe_fds[1], "the pipe", line, n, err);
    for (size_t left = n; status == OK && left > 0;) {
        ssize_t got = read(pipe_fds[0], taken, left < sizeof(taken) ? left : sizeof(taken));
        if (got <= 0)
            return error_set_errno(err, errno, "read the pipe");
        left -= (size_t)got;
    }
    return status;
}

static enum status speak(struct script *s, const int pipe_fds[2], struct error *err)
{
    struct trace_line line;
    enum status status = OK;
    s->lines = mem_zeroed(s->trace->count, sizeof(s->lines[0]));
    buffer_init(&s->text, CORPUS_MAX_BYTES);
    for (size_t i = 0; i < s->trace->count && status == OK; i++) {
        trace_at(s->trace, i, &line);
        size_t begin = s->text.size;
        if (line.kind != TRACE_EVENT || line.event.kind == EVENT_UNKNOWN)
            continue;
        double before_s = processor_s();
        if (event_write(&line.event, &s->text, err) != OK)
            continue; // an output name that no worker of ours could have said either
        status = pass_through(pipe_fds, s->text.data + begin, s->text.size - begin, err);
        s->worker_s += processor_s() - before_s;
        s->lines[s->count++] = (struct said_line){line.at_ns, begin, s->text.size - begin};
    }
    return status;
}

static void script_done(struct script *s)
{
    buffer_done(&s->text);
    free(s->lines);
}

// ---- the server's side ----

enum depth { LINES, SNAPSHOTS, MESSAGES, DEPTHS };

struct listener {
    struct tracker tracker;
    struct feed feed;
    struct job_snapshot now, shown;
    struct buffer message;
};

static void listener_begin(struct listener *l, const struct script *s)
{
    const struct trace_submit *submit = &s->trace->submit;
    struct prior prior;
    *l = (struct listener){0};
    prior_shipped(submit->type, &prior);
    tracker_init(&l->tracker, submit->type, &prior, &submit->features, 0);
    l->now.progress.type = submit->type;
    buffer_init(&l->message, SNAPSHOT_MAX_TEXT);
}

static void tell(struct listener *l, enum depth depth, int64_t now_ns)
{
    if (depth < SNAPSHOTS)
        return;
    tracker_snapshot(&l->tracker, now_ns, &l->now.progress);
    if (depth < MESSAGES)
        return;
    l->now.seq++;
    (void)message_phase(l->now.message, sizeof(l->now.message), &l->now.progress, NULL);
    (void)message_eta(l->now.eta_text, sizeof(l->now.eta_text), &l->now.progress);
    buffer_clear(&l->message);
    (void)snapshot_json_short(&l->shown, &l->now, &l->message);
}

// The job that the lines are about, which a feed must know.
static void name_of(const struct script *s, char dst[static EVENT_MAX_NAME])
{
    struct event event;
    dst[0] = '\0';
    if (s->count > 0 &&
        event_parse(s->text.data + s->lines[0].offset, s->lines[0].bytes, &event, NULL) == OK)
        (void)text_copy(dst, EVENT_MAX_NAME, event.job);
}

// Goes through the job; seconds of the processor. *snapshots: how many were due.
static double listen_to(const struct script *s, enum depth depth, double *snapshots)
{
    struct listener *l AUTO(mem_free) = mem_new(struct listener);
    char job[EVENT_MAX_NAME];
    int64_t now_ns = 0;
    *snapshots = 0;
    listener_begin(l, s);
    name_of(s, job);
    feed_init(&l->feed, job, 1, &l->tracker);
    double before_s = processor_s();
    tracker_begin(&l->tracker, PHASE_STARTUP, 0);
    for (size_t i = 0; i < s->count; i++) {
        for (; now_ns < s->lines[i].at_ns; now_ns += REPLAY_STEP_NS) {
            tell(l, depth, now_ns);
            *snapshots += 1;
        }
        feed_bytes(&l->feed, s->text.data + s->lines[i].offset, s->lines[i].bytes,
                   s->lines[i].at_ns);
    }
    double took_s = processor_s() - before_s;
    buffer_done(&l->message);
    return took_s;
}

// ---- all of them ----

struct sums {
    double lines, snapshots, seconds;
    double worker_s;
    double took_s[DEPTHS];
};

static enum status add_job(const struct trace *trace, const int pipe_fds[2], struct sums *sums,
                           struct error *err)
{
    struct script script = {.trace = trace};
    double snapshots = 0;
    enum status status = speak(&script, pipe_fds, err);
    if (status == OK) {
        for (int depth = 0; depth < DEPTHS; depth++)
            sums->took_s[depth] += listen_to(&script, (enum depth)depth, &snapshots);
        sums->lines += (double)script.count;
        sums->snapshots += snapshots;
        sums->seconds += (double)trace_last_ns(trace) * 1e-9;
        sums->worker_s += script.worker_s;
    }
    script_done(&script);
    return status;
}

enum status score_cost_measure(const struct corpus *corpus, struct score_cost *ret,
                               struct error *err)
{
    struct sums sums = {0};
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
        return error_set_errno(err, errno, "make a pipe");
    enum status status = OK;
    for (size_t i = 0; i < corpus->count && status == OK; i++)
        status = add_job(&corpus->traces[i], fds, &sums, err);
    (void)close(fds[0]);
    (void)close(fds[1]);
    if (status != OK)
        return status;
    if (sums.lines == 0 || sums.snapshots == 0)
        return error_set(err, ERR_INVALID,
                         "--cost: expected lines of workers in the traces, but "
                         "there are none");
    *ret = (struct score_cost){
        .line_us = sums.took_s[LINES] / sums.lines * 1e6,
        .snapshot_us = (sums.took_s[SNAPSHOTS] - sums.took_s[LINES]) / sums.snapshots * 1e6,
        .message_us = (sums.took_s[MESSAGES] - sums.took_s[SNAPSHOTS]) / sums.snapshots * 1e6,
        .worker = sums.worker_s / sums.seconds,
        .lines = sums.lines,
        .snapshots = sums.snapshots,
    };
    return OK;
}

// ---- what is told ----

static const struct {
    const char *id, *text;
    size_t offset;
    double target, scale;
    int decimals;
} rows[] = {
    {"M16 line", "µs of the server to take in a worker's line",
     offsetof(struct score_cost, line_us), 5, 1, 2},
    {"M16 snapshot", "µs of the server to make a snapshot",
     offsetof(struct score_cost, snapshot_us), 50, 1, 1},
    {"M16 message", "µs of the server to make a message of it, once for all viewers",
     offsetof(struct score_cost, message_us), 0, 1, 1},
    {"M16 worker", "% of a job's time that its worker spends on lines",
     offsetof(struct score_cost, worker), 0.1, 100, 4},
};

static double figure(const struct score_cost *cost, size_t row)
{
    return rows[row].scale * *(const double *)((const char *)cost + rows[row].offset);
}

void score_cost_text(const struct score_cost *cost, struct buffer *out)
{
    buffer_printf(out,
                  "### What it costs on this machine\n\n%.0f lines of workers, %.0f snapshots; "
                  "processor time, not the same twice.\n\n| metric | | target | headway |\n"
                  "|---|---|---|---|\n",
                  cost->lines, cost->snapshots);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double value = figure(cost, i);
        buffer_printf(out, "| %s | %s |", rows[i].id, rows[i].text);
        if (rows[i].target > 0)
            buffer_printf(out, " ≤ %g |", rows[i].target);
        else
            buffer_text(out, " – |");
        bool missed = rows[i].target > 0 && value > rows[i].target;
        buffer_printf(out, missed ? " **%.*f** ✗ |\n" : " %.*f |\n", rows[i].decimals, value);
    }
    buffer_text(out, "\n");
}

void score_cost_json(const struct score_cost *cost, struct buffer *out)
{
    struct json_writer w;
    jw_init(&w, out);
    jw_object_begin(&w);
    jw_key_string(&w, "title", "cost");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        jw_key_number(&w, rows[i].id, figure(cost, i), 6);
    jw_object_end(&w);
    buffer_text(out, "\n");
}
