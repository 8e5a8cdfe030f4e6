// SPDX-License-Identifier: GPL-3.0-or-later
// feed.c — see feed.h.
#include "job/feed.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "progress/tracker.h"

enum { WINDOW = 64 };

void feed_init(struct feed *feed, const char *job, uint32_t attempt, struct tracker *tracker)
{
    assert(attempt > 0);
    *feed = (struct feed){.tracker = tracker, .attempt = attempt};
    bool whole = text_copy(feed->job, sizeof(feed->job), job);
    assert(whole);
    (void)whole;
}

// ---- telling the tracker ----

static void apply_plan(struct feed *feed, const struct event *event, int64_t now_ns)
{
    tracker_hello(feed->tracker, &event->plan.features, now_ns);
    if (event->plan.has_plan)
        tracker_plan(feed->tracker, &event->plan.plan, now_ns);
}

static void apply_begin(struct feed *feed, const struct event *event, int64_t now_ns)
{
    if (!event->phase.has_phase)
        return;
    tracker_begin(feed->tracker, event->phase.phase, now_ns);
    if (!event->phase.has_total)
        return;
    struct report report = {
        .phase = event->phase.phase, .has_total = true, .total_units = event->phase.total_units};
    tracker_report(feed->tracker, &report, now_ns);
}

static void apply_end(struct feed *feed, const struct event *event, int64_t now_ns)
{
    if (event->phase.has_phase)
        tracker_end(feed->tracker, event->phase.phase, event->phase.done_units, now_ns);
}

static void apply_progress(struct feed *feed, const struct event *event, int64_t now_ns)
{
    const struct event_progress *part = &event->progress;
    if (!part->has_phase)
        return;
    struct report report = {
        .phase = part->phase,
        .done_units = part->done_units,
        .has_total = part->has_total,
        .total_units = part->total_units,
        .item = part->item,
        .items = part->items,
    };
    (void)text_copy(report.cost_class, sizeof(report.cost_class), part->cost_class);
    tracker_report(feed->tracker, &report, now_ns);
}

// The first last word counts.
static void apply_result(struct feed *feed, const struct event *event, int64_t now_ns)
{
    (void)now_ns;
    if (feed->has_result || feed->has_error)
        return;
    feed->has_result = true;
    feed->result = event->result;
}

static void apply_error(struct feed *feed, const struct event *event, int64_t now_ns)
{
    (void)now_ns;
    if (feed->has_result || feed->has_error)
        return;
    feed->has_error = true;
    feed->error = event->error;
}

typedef void apply_fn(struct feed *feed, const struct event *event, int64_t now_ns);

// NULL: a sign of life and no more.
static apply_fn *const appliers[] = {
    [EVENT_UNKNOWN] = NULL,      [EVENT_HELLO] = apply_plan, [EVENT_PLAN] = apply_plan,
    [EVENT_BEGIN] = apply_begin, [EVENT_END] = apply_end,    [EVENT_PROGRESS] = apply_progress,
    [EVENT_ALIVE] = NULL,        [EVENT_NOTE] = NULL,        [EVENT_RESULT] = apply_result,
    [EVENT_ERROR] = apply_error,
};
static_assert(sizeof(appliers) / sizeof(appliers[0]) == EVENT_KIND_COUNT, "an entry per kind");

static void apply(struct feed *feed, const struct event *event, int64_t now_ns)
{
    feed->counts.applied++;
    if (event->kind == EVENT_UNKNOWN)
        feed->counts.unknown++;
    tracker_alive(feed->tracker, now_ns);
    if (appliers[event->kind])
        appliers[event->kind](feed, event, now_ns);
    if (feed->on_event)
        feed->on_event(feed->context, event);
}

// ---- bookkeeping ----

static void start_attempt(struct feed *feed, uint32_t attempt, int64_t now_ns)
{
    feed->attempt = attempt;
    feed->has_seq = false;
    feed->highest_seq = 0;
    feed->seen = 0;
    feed->has_result = false;
    feed->has_error = false;
    tracker_attempt(feed->tracker, attempt, now_ns);
}

enum seq_kind { SEQ_NEW, SEQ_REPEATED, SEQ_TOO_OLD };

// Looks `seq` up in the window and notes it there.
static enum seq_kind note_seq(struct feed *feed, uint64_t seq)
{
    if (!feed->has_seq || seq > feed->highest_seq) {
        uint64_t ahead = feed->has_seq ? seq - feed->highest_seq : WINDOW;
        feed->seen = (ahead < WINDOW ? feed->seen << ahead : 0) | 1;
        feed->highest_seq = seq;
        feed->has_seq = true;
        return SEQ_NEW;
    }
    uint64_t behind = feed->highest_seq - seq;
    if (behind >= WINDOW)
        return SEQ_TOO_OLD;
    if (feed->seen & (UINT64_C(1) << behind))
        return SEQ_REPEATED;
    feed->seen |= UINT64_C(1) << behind;
    return SEQ_NEW;
}

static bool is_last_word(enum event_kind kind)
{
    return kind == EVENT_RESULT || kind == EVENT_ERROR;
}

enum feed_verdict feed_event(struct feed *feed, const struct event *event, int64_t now_ns)
{
    uint64_t *ignored = NULL;
    if (strcmp(event->job, feed->job) != 0) {
        ignored = &feed->counts.foreign;
    } else if (event->attempt < feed->attempt) {
        ignored = &feed->counts.stale;
    } else {
        if (event->attempt > feed->attempt)
            start_attempt(feed, event->attempt, now_ns);
        enum seq_kind kind = note_seq(feed, event->seq);
        if (kind == SEQ_REPEATED)
            ignored = &feed->counts.repeated;
        else if (kind == SEQ_TOO_OLD &&
                 (!is_last_word(event->kind) || feed->has_result || feed->has_error))
            ignored = &feed->counts.stale;
    }
    if (ignored) {
        ++*ignored;
        return FEED_IGNORED;
    }
    apply(feed, event, now_ns);
    return FEED_APPLIED;
}

// ---- lines ----

void feed_line(struct feed *feed, const char *line, size_t n, int64_t now_ns)
{
    struct event event;
    if (n > 0 && line[n - 1] == '\r')
        n--;
    if (n == 0)
        return;
    enum status status = event_parse(line, n, &event, &feed->last_broken);
    if (status == OK)
        (void)feed_event(feed, &event, now_ns);
    else if (status == ERR_LIMIT)
        feed->counts.too_long++;
    else
        feed->counts.broken++;
}

// Adds bytes without a line end to the line being assembled.
static void gather(struct feed *feed, const char *bytes, size_t n)
{
    if (feed->skipping || n == 0)
        return;
    if (n > sizeof(feed->line) - 1 - feed->line_bytes) { // 1: the line end counts too
        feed->skipping = true;
        feed->line_bytes = 0;
        feed->counts.too_long++;
        (void)error_set(&feed->last_broken, ERR_LIMIT, "a line of more than %d bytes",
                        EVENT_MAX_LINE);
        return;
    }
    memcpy(feed->line + feed->line_bytes, bytes, n);
    feed->line_bytes += n;
}

static void finish_line(struct feed *feed, int64_t now_ns)
{
    if (!feed->skipping)
        feed_line(feed, feed->line, feed->line_bytes, now_ns);
    feed->skipping = false;
    feed->line_bytes = 0;
}

void feed_bytes(struct feed *feed, const char *bytes, size_t n, int64_t now_ns)
{
    while (n > 0) {
        const char *newline = memchr(bytes, '\n', n);
        size_t part = newline ? (size_t)(newline - bytes) : n;
        gather(feed, bytes, part);
        if (!newline)
            return;
        finish_line(feed, now_ns);
        bytes += part + 1;
        n -= part + 1;
    }
}

void feed_end(struct feed *feed, int64_t now_ns)
{
    finish_line(feed, now_ns);
}
