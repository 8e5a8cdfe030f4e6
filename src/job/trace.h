// SPDX-License-Identifier: GPL-3.0-or-later
// trace.h — recorded runs: whole traces out of the text of a file.
//
// A file holds any number of traces, one after the other, each from its `submit` line to its `end`
// line (trace_line.h). Reading is tolerant, as a log that was cut or mixed up must still tell
// what it can: lines that cannot be used are counted and the last reason kept; time that runs
// backwards is held; a trace without an `end` is censored: how long the job took is not known.
// Only text that does not begin with a submit is refused, as it is something else.
//
// Pure. Ownership: a struct trace borrows the text and owns its table of lines.
// Threads: a trace that was read is never changed.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "job/trace_line.h"

struct trace_counts {
    size_t broken;    // no lines of a trace
    size_t unknown;   // of a kind that we do not know
    size_t backwards; // earlier than the line before: taken at that line's time
    size_t stray;     // between an end and the next submit
};

// A line that can be used, by its place in the text.
struct trace_entry {
    int64_t at_ns;
    size_t offset;
    size_t bytes;
};

struct trace {
    struct trace_submit submit;  // an id that is missing is made of the trace's number: "trace-3"
    struct trace_entry *entries; // events and server's words, in order of time
    size_t count;
    bool tells_server; // the server's words are among them
    bool ended;        // false: censored, the two below are meaningless
    enum outcome outcome;
    int64_t end_ns;   // since submit
    const char *text; // borrowed
};

struct trace_reader {
    struct trace_counts counts;
    struct error last_broken; // why the last broken line was not used; names it: "line 7: …"

    // -- private
    const char *text;
    size_t n, at;
    size_t line; // from 1; of the text at `at`
    size_t traces;
};

// Reads n bytes of text, which must stay until the traces from it are done with.
void trace_reader_init(struct trace_reader *reader, const char *text, size_t n);
// The next trace. *ret_found is false at the end of the text. ERR_INVALID when something
// else than a submit comes first. *ret is released by trace_done(), also after a failure.
MUST_USE enum status trace_next(struct trace_reader *reader, struct trace *ret, bool *ret_found,
                                struct error *err);
void trace_done(struct trace *trace);
// Line i < count, which is TRACE_EVENT or TRACE_SERVER.
void trace_at(const struct trace *trace, size_t i, struct trace_line *ret);
// When the last line came, since submit; end_ns when it has ended.
int64_t trace_last_ns(const struct trace *trace);
