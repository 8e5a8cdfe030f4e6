// SPDX-License-Identifier: GPL-3.0-or-later
// job_trace.h — the trace of one job (job/trace_line.h), kept in memory until the job has ended.
//
// A trace is worth something when it is whole: one that outgrows JOB_TRACE_MAX is dropped, and so
// is one of a job that a later supervisor could only see the end of. Nothing is kept unless
// somebody wants it. Threads: one owner. Units: *_ns on the monotonic clock.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "job/trace_line.h"

enum { JOB_TRACE_MAX = 8 << 20 }; // bytes

struct job_trace {
    bool wanted;
    bool dropped; // it was too long
    int64_t submitted_ns;
    struct buffer text;
};

// Nothing is wanted of a zeroed trace. From here on it is; its first line is `submit`.
void job_trace_begin(struct job_trace *trace, const struct trace_submit *submit,
                     int64_t submitted_ns);
// Adds a line that happened at now_ns.
void job_trace_add(struct job_trace *trace, struct trace_line line, int64_t now_ns);
// Forgets what was added since the text had `size` bytes.
void job_trace_cut(struct job_trace *trace, size_t size);
void job_trace_done(struct job_trace *trace);
