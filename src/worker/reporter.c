// SPDX-License-Identifier: GPL-3.0-or-later
// reporter.c — see reporter.h.
#include "worker/reporter.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/clock.h"

#define MS INT64_C(1000000)
enum { FACTS_MAX_BYTES = 1024 * 1024, LAST_WORDS_MS = 500 };
static const int64_t min_gap_ns = 100 * MS; // between two counts of a phase
static const int64_t max_gap_ns = 500 * MS; // while it counts …
static const int64_t gap_share = 50; // … and this part of the worker's age, if that is less
static const int64_t silence_ns = 1500 * MS; // then a sign of life is due
static const uint64_t frames_step = 10;

// The newest count of a phase, or of one of its cost classes.
struct count_record {
    struct report newest;
    struct report said; // zeros: nothing yet
    int64_t said_ns;    // 0: never
};

struct phase_record {
    bool begun, ended;
    int64_t begun_ns, ended_ns, busy_ns;
    uint64_t done_units; // by its end
    struct count_record counts[PLAN_MAX_CLASSES];
    int count_count;
};

struct reporter {
    struct listener listener; // first member: of_listener() relies on it
    int fd;
    struct cancel *cancel;
    char job[EVENT_MAX_NAME];
    uint32_t attempt;
    int64_t started_ns;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    // -- protected by lock
    uint64_t seq;
    struct buffer facts; // lines to write before anything else
    struct phase_record phases[PHASE_COUNT];
    bool has_plan;
    struct features features;
    bool closing;
    bool has_last_word; // a result or error was said: nothing comes behind it
    // -- owned by the thread
    int64_t last_line_ns;
};

static struct reporter *of_listener(struct listener *listener)
{
    return (struct reporter *)listener;
}

// ---- facts; the lock is held ----

// Appends the event as a line. A line that cannot be written is a bug of ours: a note says so.
static void append_line(struct reporter *r, const struct event *event, struct buffer *out)
{
    struct event line = *event;
    (void)text_copy(line.job, sizeof(line.job), r->job);
    line.attempt = r->attempt;
    line.seq = r->seq++;
    line.t_ms = (clock_now_ns() - r->started_ns) / MS;
    struct error err;
    if (event_write(&line, out, &err) == OK)
        return;
    line.kind = EVENT_NOTE;
    line.note = (struct event_note){.level = NOTE_WARNING};
    (void)text_copy(line.note.text, sizeof(line.note.text), err.text);
    (void)!event_write(&line, out, NULL);
}

static void say_fact(struct reporter *r, const struct event *event)
{
    if (r->has_last_word)
        return;
    r->has_last_word = event->kind == EVENT_RESULT || event->kind == EVENT_ERROR;
    append_line(r, event, &r->facts);
    (void)pthread_cond_signal(&r->changed);
}

static void append_count(struct reporter *r, struct count_record *c, int64_t now_ns,
                         struct buffer *out)
{
    struct event event = {
        .kind = EVENT_PROGRESS,
        .progress = {.has_phase = true,
                     .phase = c->newest.phase,
                     .done_units = c->newest.done_units,
                     .has_total = c->newest.has_total,
                     .total_units = c->newest.total_units,
                     .item = c->newest.item,
                     .items = c->newest.items},
    };
    memcpy(event.progress.cost_class, c->newest.cost_class, PLAN_CLASS_NAME);
    append_line(r, &event, out);
    c->said = c->newest;
    c->said_ns = now_ns;
}

static bool total_is_news(const struct count_record *c)
{
    return c->newest.has_total &&
           (!c->said.has_total || c->newest.total_units != c->said.total_units);
}

// Totals that nobody has heard: no count will follow that tells them.
static void say_totals(struct reporter *r, struct phase_record *p)
{
    for (int i = 0; !r->has_last_word && i < p->count_count; i++) {
        if (total_is_news(&p->counts[i]))
            append_count(r, &p->counts[i], clock_now_ns(), &r->facts);
    }
}

// ---- the listener ----

static void on_plan(struct listener *listener, const struct plan *plan,
                    const struct features *features)
{
    struct reporter *r = of_listener(listener);
    struct event event = {
        .kind = EVENT_PLAN,
        .plan = {.has_plan = true, .plan = *plan, .features = *features},
    };
    (void)pthread_mutex_lock(&r->lock);
    r->has_plan = true;
    r->features = *features;
    say_fact(r, &event);
    (void)pthread_mutex_unlock(&r->lock);
}

static void on_begin(struct listener *listener, enum phase phase)
{
    struct reporter *r = of_listener(listener);
    (void)pthread_mutex_lock(&r->lock);
    r->phases[phase].begun = true;
    r->phases[phase].begun_ns = clock_now_ns();
    struct event event = {.kind = EVENT_BEGIN, .phase = {.has_phase = true, .phase = phase}};
    say_fact(r, &event);
    (void)pthread_mutex_unlock(&r->lock);
}

// The record for counts of that class; NULL when there are too many classes.
static struct count_record *find_count(struct phase_record *p, const char *cost_class)
{
    for (int i = 0; i < p->count_count; i++) {
        if (strcmp(p->counts[i].newest.cost_class, cost_class) == 0)
            return &p->counts[i];
    }
    return p->count_count < PLAN_MAX_CLASSES ? &p->counts[p->count_count++] : NULL;
}

static void on_report(struct listener *listener, const struct report *report)
{
    struct reporter *r = of_listener(listener);
    (void)pthread_mutex_lock(&r->lock);
    struct count_record *c = find_count(&r->phases[report->phase], report->cost_class);
    if (c && report->done_units >= c->newest.done_units)
        c->newest = *report;
    (void)pthread_cond_signal(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
}

static void on_end(struct listener *listener, enum phase phase, uint64_t done_units,
                   int64_t busy_ns)
{
    struct reporter *r = of_listener(listener);
    (void)pthread_mutex_lock(&r->lock);
    struct phase_record *record = &r->phases[phase];
    say_totals(r, record);
    record->ended = true;
    record->ended_ns = clock_now_ns();
    record->busy_ns = busy_ns;
    record->done_units = done_units;
    struct event event = {
        .kind = EVENT_END,
        .phase = {.has_phase = true,
                  .phase = phase,
                  .done_units = done_units,
                  .busy_s = (double)busy_ns / 1e9},
    };
    say_fact(r, &event);
    (void)pthread_mutex_unlock(&r->lock);
}

static void on_note(struct listener *listener, const char *text)
{
    struct event event = {.kind = EVENT_NOTE, .note = {.level = NOTE_WARNING}};
    (void)text_copy(event.note.text, sizeof(event.note.text), text);
    reporter_say(of_listener(listener), &event);
}

// ---- the thread ----

// The longest time between two counts: young workers may have short jobs.
static int64_t gap_ns(const struct reporter *r, int64_t now_ns)
{
    int64_t gap = (now_ns - r->started_ns) / gap_share;
    return gap < min_gap_ns ? min_gap_ns : gap < max_gap_ns ? gap : max_gap_ns;
}

// When the newest count is to be said: now_ns or earlier means now, INT64_MAX nothing new.
static int64_t due_ns(const struct reporter *r, const struct count_record *c)
{
    if (c->newest.done_units == c->said.done_units && !total_is_news(c))
        return INT64_MAX;
    if (c->said_ns == 0)
        return 0;
    bool frames = phase_info(c->newest.phase)->unit == UNIT_FRAMES;
    bool complete = c->newest.has_total && c->newest.done_units >= c->newest.total_units;
    bool step = frames && c->newest.done_units - c->said.done_units >= frames_step;
    return c->said_ns + (step || complete ? min_gap_ns : gap_ns(r, c->said_ns));
}

// Appends the counts that are due; returns when the next one will be.
static int64_t append_counts(struct reporter *r, int64_t now_ns, struct buffer *out)
{
    int64_t next_ns = INT64_MAX;
    for (int k = 0; k < PHASE_COUNT; k++) {
        struct phase_record *p = &r->phases[k];
        for (int i = 0; p->begun && !p->ended && i < p->count_count; i++) {
            int64_t when_ns = due_ns(r, &p->counts[i]);
            if (when_ns <= now_ns)
                append_count(r, &p->counts[i], now_ns, out);
            else
                next_ns = when_ns < next_ns ? when_ns : next_ns;
        }
    }
    return next_ns;
}

// Collects the lines to write now; returns when to look again. The lock is held.
static int64_t collect(struct reporter *r, struct buffer *out)
{
    int64_t now_ns = clock_now_ns();
    buffer_append(out, buffer_string(&r->facts), r->facts.size);
    buffer_clear(&r->facts);
    if (r->has_last_word)
        return INT64_MAX;
    int64_t next_ns = append_counts(r, now_ns, out);
    if (out->size == 0 && now_ns - r->last_line_ns >= silence_ns)
        append_line(r, &(struct event){.kind = EVENT_ALIVE}, out);
    if (out->size > 0)
        r->last_line_ns = now_ns;
    int64_t alive_ns = r->last_line_ns + silence_ns;
    return alive_ns < next_ns ? alive_ns : next_ns;
}

static void wait_until(struct reporter *r, int64_t when_ns)
{
    struct timespec when = {.tv_sec = when_ns / 1000000000, .tv_nsec = when_ns % 1000000000};
    (void)pthread_cond_timedwait(&r->changed, &r->lock, &when);
}

// Writes all of it; false when nobody will read it. A pipe that polls writable takes PIPE_BUF
// bytes at once, so only poll() waits, and that listens to the cancel.
static bool write_out(const struct reporter *r, const char *bytes, size_t n)
{
    while (n > 0) {
        bool stopping = cancel_fired(r->cancel);
        struct pollfd fds[] = {{.fd = r->fd, .events = POLLOUT},
                               {.fd = stopping ? -1 : cancel_fd(r->cancel), .events = POLLIN}};
        int ready = poll(fds, 2, stopping ? LAST_WORDS_MS : -1);
        if (ready == 0 || (ready < 0 && errno != EINTR))
            return false;
        if (ready < 0 || fds[0].revents == 0)
            continue;
        ssize_t written = write(r->fd, bytes, n < PIPE_BUF ? n : PIPE_BUF);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        if (written > 0) {
            bytes += written;
            n -= (size_t)written;
        }
    }
    return true;
}

static void *write_lines(void *argument)
{
    struct reporter *r = argument;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, FACTS_MAX_BYTES + (size_t)(PHASE_COUNT + 1) * EVENT_MAX_LINE);
    bool reader_gone = false;
    bool closing = false;
    (void)pthread_mutex_lock(&r->lock);
    while (!closing) {
        closing = r->closing;
        buffer_clear(&out);
        int64_t next_ns = collect(r, &out);
        if (out.size == 0) {
            if (!closing)
                wait_until(r, next_ns);
            continue;
        }
        (void)pthread_mutex_unlock(&r->lock);
        if (!reader_gone && !write_out(r, out.data, out.size)) {
            reader_gone = true;
            cancel_fire(r->cancel);
        }
        (void)pthread_mutex_lock(&r->lock);
    }
    (void)pthread_mutex_unlock(&r->lock);
    return NULL;
}

// ---- public ----

struct reporter *reporter_new(int fd, const char *job, uint32_t attempt, struct cancel *cancel)
{
    struct reporter *r = mem_new(struct reporter);
    r->listener = (struct listener){on_plan, on_begin, on_report, on_end, on_note};
    r->fd = fd;
    r->cancel = cancel;
    (void)text_copy(r->job, sizeof(r->job), job);
    r->attempt = attempt;
    r->started_ns = clock_now_ns();
    r->last_line_ns = r->started_ns;
    buffer_init(&r->facts, FACTS_MAX_BYTES);
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_cond_init(&r->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (pthread_create(&r->thread, NULL, write_lines, r) != 0)
        abort(); // without a voice there is no worker
    return r;
}

void reporter_free(struct reporter *r)
{
    if (!r)
        return;
    (void)pthread_mutex_lock(&r->lock);
    r->closing = true;
    (void)pthread_cond_signal(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
    (void)pthread_join(r->thread, NULL);
    (void)pthread_cond_destroy(&r->changed);
    (void)pthread_mutex_destroy(&r->lock);
    buffer_done(&r->facts);
    free(r);
}

struct listener *reporter_listener(struct reporter *r)
{
    return &r->listener;
}

void reporter_say(struct reporter *r, const struct event *event)
{
    (void)pthread_mutex_lock(&r->lock);
    say_fact(r, event);
    (void)pthread_mutex_unlock(&r->lock);
}

void reporter_timings(struct reporter *r, struct record_phase ret[static PHASE_COUNT])
{
    (void)pthread_mutex_lock(&r->lock);
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct phase_record *p = &r->phases[k];
        ret[k] = (struct record_phase){
            .present = p->ended,
            .busy_s = (double)p->busy_ns / 1e9,
            .wall_s = p->ended ? (double)(p->ended_ns - p->begun_ns) / 1e9 : 0,
            .units = p->done_units,
        };
    }
    (void)pthread_mutex_unlock(&r->lock);
}

bool reporter_plan(struct reporter *r, struct features *ret)
{
    (void)pthread_mutex_lock(&r->lock);
    *ret = r->features;
    bool has_plan = r->has_plan;
    (void)pthread_mutex_unlock(&r->lock);
    return has_plan;
}
