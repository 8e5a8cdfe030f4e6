// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_trace.c — any bytes as a file of traces: lines must keep their order, and one that is
// understood must survive being written and read again.
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "job/trace.h"

static void check_round_trip(const struct trace_line *line)
{
    struct trace_line again;
    struct buffer once BUFFER_AUTO;
    struct buffer twice BUFFER_AUTO;
    buffer_init(&once, TRACE_MAX_LINE);
    buffer_init(&twice, TRACE_MAX_LINE);
    if (trace_line_write(line, &once, NULL) != OK)
        return; // an output name full of control characters
    enum status status = trace_line_parse(once.data, once.size, &again, NULL);
    assert(status == OK && again.kind == line->kind);
    status = trace_line_write(&again, &twice, NULL);
    assert(status == OK && strcmp(once.data, twice.data) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trace_reader reader;
    struct trace trace;
    struct error err;
    bool found = true;
    trace_reader_init(&reader, (const char *)data, size);
    while (found) {
        enum status status = trace_next(&reader, &trace, &found, &err);
        assert(status == OK || (status == err.status && err.text[0]));
        int64_t last_ns = 0;
        for (size_t i = 0; i < trace.count; i++) {
            struct trace_line line;
            trace_at(&trace, i, &line);
            assert(line.at_ns >= last_ns);
            assert(line.kind == TRACE_EVENT || line.kind == TRACE_SERVER);
            last_ns = line.at_ns;
            check_round_trip(&line);
        }
        assert(trace_last_ns(&trace) >= last_ns);
        trace_done(&trace);
        found = found && status == OK;
    }
    return 0;
}
