// SPDX-License-Identifier: GPL-3.0-or-later
// feed.h — from the bytes of a worker to its tracker: lines, bookkeeping, the last word.
//
// Data flow: bytes of a pipe, split anywhere → feed_bytes() → lines → event_parse() →
// feed_event() → tracker.
//
// Idempotent by (job, attempt, seq): a line that comes twice is applied once; lines that come
// late or in another order leave what is right, since every count in them is absolute; a lower
// attempt is ignored; a higher one starts the counts again (tracker_attempt). Sequence numbers
// more than 64 behind the newest cannot be told from repeats and are ignored, except a result or
// an error, of which the first is kept.
//
// Pure: time comes in as an argument. Ownership: borrows the tracker. Threads: one owner.
// Errors: none; what cannot be used is counted, and the last reason kept.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "job/event.h"

struct tracker;

struct feed_counts {
    uint64_t applied;
    uint64_t repeated; // seen before
    uint64_t stale;    // of a lower attempt, or too far behind
    uint64_t foreign;  // of another job
    uint64_t unknown;  // of a kind that we do not know; still a sign of life
    uint64_t broken;   // not a line of the protocol
    uint64_t too_long; // over EVENT_MAX_LINE
};

enum feed_verdict { FEED_APPLIED, FEED_IGNORED };

struct feed {
    // -- set by the owner after feed_init()
    // Called with every event that is applied, after the tracker was told; may be NULL.
    void (*on_event)(void *context, const struct event *event);
    void *context;

    // -- for the owner to read
    struct feed_counts counts;
    struct error last_broken; // why the last broken or too long line was not used
    bool has_result;
    struct event_result result; // meaningless unless has_result
    bool has_error;
    struct event_error error; // meaningless unless has_error

    // -- private
    struct tracker *tracker;
    char job[EVENT_MAX_NAME];
    uint32_t attempt;
    bool has_seq;
    uint64_t highest_seq; // of this attempt; meaningless unless has_seq
    uint64_t seen;        // bit i: highest_seq − i was applied
    size_t line_bytes;    // in `line`
    bool skipping;        // to the end of a line that was too long
    char line[EVENT_MAX_LINE];
};

// A feed of job `job` (under EVENT_MAX_NAME bytes), of which `attempt` (from 1) runs now.
void feed_init(struct feed *feed, const char *job, uint32_t attempt, struct tracker *tracker);

// Bytes as they come from the worker, in any split.
void feed_bytes(struct feed *feed, const char *bytes, size_t n, int64_t now_ns);
// The worker's stream has ended: a last line without its line end is used too.
void feed_end(struct feed *feed, int64_t now_ns);
// One line without its line end. Empty lines are nothing.
void feed_line(struct feed *feed, const char *line, size_t n, int64_t now_ns);
// One event that was parsed already.
enum feed_verdict feed_event(struct feed *feed, const struct event *event, int64_t now_ns);
