// SPDX-License-Identifier: GPL-3.0-or-later
// job_trace.c — see job_trace.h.
#include "jobs/job_trace.h"

#include <assert.h>

void job_trace_begin(struct job_trace *trace, const struct trace_submit *submit,
                     int64_t submitted_ns)
{
    trace->wanted = true;
    trace->submitted_ns = submitted_ns;
    buffer_init(&trace->text, JOB_TRACE_MAX);
    job_trace_add(trace, (struct trace_line){.kind = TRACE_SUBMIT, .submit = *submit},
                  submitted_ns);
}

void job_trace_add(struct job_trace *trace, struct trace_line line, int64_t now_ns)
{
    struct error err;
    if (!trace->wanted || trace->dropped)
        return;
    line.at_ns = now_ns > trace->submitted_ns ? now_ns - trace->submitted_ns : 0;
    if (trace_line_write(&line, &trace->text, &err) == OK && !trace->text.overflow)
        return;
    trace->dropped = true;
    buffer_done(&trace->text);
}

void job_trace_cut(struct job_trace *trace, size_t size)
{
    if (!trace->wanted || trace->dropped || trace->text.size == size)
        return;
    assert(size < trace->text.size);
    trace->text.size = size;
    trace->text.data[size] = '\0';
}

void job_trace_done(struct job_trace *trace)
{
    buffer_done(&trace->text);
    *trace = (struct job_trace){0};
}
