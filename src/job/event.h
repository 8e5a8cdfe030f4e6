// SPDX-License-Identifier: GPL-3.0-or-later
// event.h — the worker's lines (protocol v1, docs/protocol.md) as plain values, read and written.
//
// One JSON object a line, UTF-8, at most EVENT_MAX_LINE bytes with its line end. Reading is
// lenient where a newer worker may say more: unknown fields are ignored, an unknown `ev` gives
// EVENT_UNKNOWN, an unknown phase gives has_phase = false. It is strict where a known field is
// wrong: that line is broken.
//
// Pure. Units: *_ms milliseconds, *_s seconds, counts in the unit of the phase.
// Ownership: a struct event owns nothing and borrows nothing; copy it freely.
// Texts for people are cut at the end of their arrays; names that matter (job, output) are never
// cut: too long is an error.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json_read.h"
#include "progress/phase.h"
#include "progress/plan.h"
#include "progress/record.h"

enum {
    EVENT_MAX_LINE = 4096,
    EVENT_MAX_NAME = 64,     // job, worker, call id; with the NUL
    EVENT_MAX_OUTPUT = 1025, // output of a result; with the NUL
    EVENT_MAX_TEXT = 384,    // note, error; with the NUL
    EVENT_MAX_DATA = 2048,   // data of a result; with the NUL
};
#define EVENT_MAX_UNITS INT64_C(1000000000000000) // of any count; keeps sums far from overflow

enum event_kind {
    EVENT_UNKNOWN, // an `ev` from the future
    EVENT_HELLO,
    EVENT_PLAN,
    EVENT_BEGIN,
    EVENT_END,
    EVENT_PROGRESS,
    EVENT_ALIVE,
    EVENT_NOTE,
    EVENT_RESULT,
    EVENT_ERROR,
    EVENT_KIND_COUNT
};

// HELLO and PLAN. A hello is said before the first slow thing, so its plan usually comes later,
// in a PLAN of its own; worker and call_id are in HELLO only.
struct event_plan {
    char worker[EVENT_MAX_NAME];
    char call_id[EVENT_MAX_NAME]; // of the platform that runs the worker; "" when it has none
    bool has_plan;
    struct plan plan;         // meaningless unless has_plan
    struct features features; // what is known; engine, device and cold come from HELLO's own fields
};

// BEGIN and END.
struct event_phase {
    bool has_phase; // false: a phase that we do not know
    enum phase phase;
    bool has_total; // BEGIN
    uint64_t total_units;
    uint64_t done_units; // END
    double busy_s;       // END: time spent working, waiting for other phases left out
};

struct event_progress {
    bool has_phase;
    enum phase phase;
    uint64_t done_units;
    bool has_total;
    uint64_t total_units;
    uint32_t item, items;             // 0 when not said
    char cost_class[PLAN_CLASS_NAME]; // "" when not said
};

enum note_level { NOTE_INFO, NOTE_WARNING, NOTE_LEVEL_COUNT };

struct event_note {
    enum note_level level;
    char text[EVENT_MAX_TEXT];
};

struct event_result {
    char output[EVENT_MAX_OUTPUT];
    uint64_t bytes;
    uint64_t frames;
    double duration_s;
    char data[EVENT_MAX_DATA]; // what this export has to say beyond that: one JSON value, or ""
    struct record_phase timings[PHASE_COUNT]; // indexed by enum phase
};

struct event_error {
    enum status code; // ERR_INTERNAL for a code that we do not know; never OK
    bool retryable;
    char text[EVENT_MAX_TEXT];   // for people
    char detail[EVENT_MAX_TEXT]; // for logs
};

struct event {
    enum event_kind kind;
    char job[EVENT_MAX_NAME];
    uint32_t attempt; // from 1
    uint64_t seq;     // from 0 in each attempt
    int64_t t_ms;     // the worker's monotonic clock, since its start
    union {           // by kind; nothing for ALIVE and UNKNOWN
        struct event_plan plan;
        struct event_phase phase;
        struct event_progress progress;
        struct event_note note;
        struct event_result result;
        struct event_error error;
    };
};

const char *event_name(enum event_kind kind); // "hello"; EVENT_UNKNOWN is "unknown"

// Reads one line of n bytes, with or without its line end. ERR_INVALID names the field,
// ERR_LIMIT: longer than EVENT_MAX_LINE. *ret is undefined after a failure.
MUST_USE enum status event_parse(const char *line, size_t n, struct event *ret, struct error *err);

// The same from a value inside another document (a line of a trace).
MUST_USE enum status event_read(const struct jr *v, struct event *ret, struct error *err);

// Appends one line with its line end, never longer than EVENT_MAX_LINE: texts for people are cut
// until it fits. ERR_LIMIT, and nothing appended, when that is not enough (an output name full of
// control characters). kind must not be EVENT_UNKNOWN.
MUST_USE enum status event_write(const struct event *event, struct buffer *out, struct error *err);
