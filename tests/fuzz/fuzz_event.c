// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_event.c — any bytes as what a worker says, through the feed into a real tracker: the bar
// must stay in [0, 1], never fall and never be full. A line that is understood must survive being
// written and read again.
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "job/feed.h"
#include "job/snapshot_json.h"
#include "progress/prior.h"
#include "progress/tracker.h"

// A snapshot costs far more than a line, so not every stretch of bytes gets one.
enum { STEP_NS = 100000000, STRETCHES_PER_SNAPSHOT = 16 };

static void check_round_trip(void *context, const struct event *event)
{
    (void)context;
    struct buffer line BUFFER_AUTO;
    struct event again;
    struct error err;
    buffer_init(&line, EVENT_MAX_LINE);
    bool has_phase = event->kind == EVENT_PROGRESS ? event->progress.has_phase
                     : event->kind == EVENT_BEGIN || event->kind == EVENT_END
                         ? event->phase.has_phase
                         : true;
    if (event->kind == EVENT_UNKNOWN || !has_phase || event_write(event, &line, &err) != OK)
        return;
    enum status status = event_parse(line.data, line.size, &again, &err);
    assert(status == OK && again.kind == event->kind && again.seq == event->seq);
    (void)status;
}

static void check_snapshot(const struct snapshot *now, struct job_snapshot *shown)
{
    assert(now->fraction >= 0 && now->fraction < 1);
    struct job_snapshot s = {.job = "j", .seq = shown->seq + 1, .progress = *now};
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, SNAPSHOT_MAX_TEXT);
    assert(snapshot_json_short(shown, &s, &text) <= SNAPSHOT_SHORT_MAX);
    enum status status = snapshot_json_apply(&s, text.data, text.size, NULL);
    assert(status == OK);
    (void)status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct features none = {0};
    struct tracker tracker;
    struct prior prior;
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    tracker_init(&tracker, EXPORT_FRAMING_AI, &prior, &none, 0);
    struct feed feed;
    feed_init(&feed, "j", 1, &tracker);
    feed.on_event = check_round_trip;
    struct job_snapshot shown = {0};
    double last = 0;
    int64_t now_ns = 0;
    int stretch = 0;
    for (size_t at = 0; at < size; stretch++) {
        // The first byte of a stretch says how long it is, so the input chooses the splits.
        size_t n = 1 + data[at] % 97;
        if (n > size - at)
            n = size - at;
        feed_bytes(&feed, (const char *)data + at, n, now_ns += STEP_NS);
        at += n;
        if (stretch % STRETCHES_PER_SNAPSHOT != 0 && at < size)
            continue;
        struct snapshot snapshot;
        tracker_snapshot(&tracker, now_ns, &snapshot);
        assert(snapshot.fraction >= last);
        last = snapshot.fraction;
        check_snapshot(&snapshot, &shown);
    }
    feed_end(&feed, now_ns);
    return 0;
}
