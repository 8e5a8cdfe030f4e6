// SPDX-License-Identifier: GPL-3.0-or-later
// trace_line.h — one line of a trace (docs/protocol.md): what happened to a job, and when.
//
//   {"at_ms":0,"submit":{"id","type",…}}                              first
//   {"at_ms":N,"server":{"ev":"begin","phase":"startup"}}             what no worker can tell
//   {"at_ms":N,"event":{…}}                                           a worker's line, as received
//   {"at_ms":T,"end":"complete"|"failed"|"cancelled"}                 last
//
// at_ms counts from the submit on the receiver's clock; it may have decimals when read and is
// written to the microsecond. Unknown members are ignored, a line of an unknown kind is
// TRACE_UNKNOWN. Pure. Ownership: a struct trace_line is a plain value. Threads: none of its own.
#pragma once

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "job/event.h"
#include "progress/tracker.h"

enum { TRACE_MAX_LINE = EVENT_MAX_LINE + 1024, TRACE_MAX_LABEL = 32 };
#define TRACE_MAX_NS (INT64_C(100000000) * 1000000000) // three years

enum trace_kind {
    TRACE_UNKNOWN,
    TRACE_SUBMIT,
    TRACE_EVENT,
    TRACE_SERVER,
    TRACE_END,
    TRACE_KIND_COUNT
};

struct trace_submit {
    char id[EVENT_MAX_NAME];
    char label[TRACE_MAX_LABEL]; // circumstances, for whoever looks at many; "" none
    enum export_type type;
    uint64_t submitted_at_ms; // since 1970; 0 when not known
    struct features features; // what is known at submit; device, engine and cold included
};

enum trace_word {
    TRACE_BEGIN,   // of a phase that the server times: queue, startup, finalize
    TRACE_FINISH,  // of such a phase; "end" on the wire
    TRACE_LOST,    // the stream of the worker's lines broke
    TRACE_ATTEMPT, // the job is tried again
    TRACE_WAIT,    // how long the server expects it to wait in line
    TRACE_WORD_COUNT
};

struct trace_server {
    enum trace_word word;
    enum phase phase; // BEGIN, FINISH
    union {
        uint32_t attempt; // ATTEMPT
        struct {
            double median_s, sigma; // as tracker_wait() takes them
        } wait;                     // WAIT
    };
};

struct trace_line {
    enum trace_kind kind;
    int64_t at_ns; // since submit, ≥ 0
    union {
        struct trace_submit submit;
        struct event event;
        struct trace_server server;
        enum outcome end;
    };
};

const char *outcome_name(enum outcome outcome); // "complete"
// False, and *ret unchanged, when there is none of that name.
bool outcome_from_name(const char *name, enum outcome *ret);

// Reads one line of n bytes, with or without its line end. ERR_INVALID names the field, ERR_LIMIT:
// longer than TRACE_MAX_LINE. *ret is undefined after a failure.
MUST_USE enum status trace_line_parse(const char *text, size_t n, struct trace_line *ret,
                                      struct error *err);
// Appends one line with its line end. An event of an unknown kind is written as a sign of life.
// ERR_LIMIT, and nothing appended, when an event does not fit EVENT_MAX_LINE.
MUST_USE enum status trace_line_write(const struct trace_line *line, struct buffer *out,
                                      struct error *err);
