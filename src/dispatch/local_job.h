// SPDX-License-Identifier: GPL-3.0-or-later
// local_job.h — one job on this machine: its worker process, its tracker, its true state.
//
// Starts the worker as a child process, feeds its lines to the tracker and decides how the job
// ended. "Complete" is said only after the worker named its result and the output object was
// found with that size, by a thread that waits for the store (checker.h); a worker that died
// without a last word is told as exactly that. Data flow: child's lines → feed → tracker → struct
// job_snapshot.
//
// Usage: poll local_job_fd() and call local_job_step() when it is readable and at least ten
// times a second; then look at local_job_snapshot() until local_job_ended().
// Threads: one owner, which ignores SIGPIPE. Nothing blocks, except that a worker takes its spec
// before anything else.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "job/benchmark.h"
#include "job/snapshot_json.h"
#include "job/spec.h"
#include "job/trace_line.h"
#include "storage/storage.h"

struct local_job;
struct model;

struct local_job_options {
    const char *program;          // path of this program, started as "headway worker"
    const char *id;               // at most EVENT_MAX_NAME - 1 bytes
    const struct spec *spec;      // copied
    const struct model *model;    // what history taught, outlives the job; NULL: the shipped prior
    const struct features *known; // beside what the spec tells: the idle gap; NULL: nothing
    struct storage *storage;      // where the output is looked at; NULL: local files alone
    const char *model_dir;        // handed on; NULL: the usual places
    int threads;                  // handed on; 0: one for each core
    int64_t submitted_ns;         // when the user asked, on the monotonic clock
    // Called from local_job_step() with each line that the worker wrote to its standard error,
    // without the line end, cut at LOCAL_JOB_MAX_LOG bytes. NULL: they are dropped.
    void (*on_log)(void *context, const char *line);
    // Called with each line of the job's trace, from its submit to its end; NULL: nobody records.
    void (*on_trace)(void *context, const struct trace_line *line);
    void *context; // of both
};

MUST_USE enum status local_job_start(const struct local_job_options *options,
                                     struct local_job **ret, struct error *err);
// Kills the worker when it still runs.
void local_job_free(struct local_job *job);
AUTO_DEFINE(struct local_job, local_job_free)

// Readable when the worker said something or ended; -1 (which poll() passes over) when there is
// nothing more to wait for. May change with each step. Owned by the job.
int local_job_fd(const struct local_job *job);
// Takes in what there is and brings the snapshot to now_ns.
void local_job_step(struct local_job *job, int64_t now_ns);
// Asks the worker to stop; it is killed when it has not after LOCAL_JOB_GRACE_S, as is one that
// closed its lines and lives on. A store that is asked for the output then has LOCAL_JOB_CHECK_MS
// to answer. Idempotent.
void local_job_cancel(struct local_job *job, int64_t now_ns);
// The worker has really stopped, the output is verified or gone, and the display has arrived.
bool local_job_ended(const struct local_job *job);
// As of the last step. Valid until the next one.
const struct job_snapshot *local_job_snapshot(const struct local_job *job);
// What the phases took by the worker's own stamps; all absent unless complete.
const struct record_phase *local_job_timings(const struct local_job *job);
// The record of the job for the history; meaningless unless complete.
void local_job_record(const struct local_job *job, struct benchmark *ret);
// Why it failed or was cancelled; status OK when complete. Meaningless before the end.
const struct error *local_job_error(const struct local_job *job);

enum { LOCAL_JOB_GRACE_S = 5, LOCAL_JOB_CHECK_MS = 800, LOCAL_JOB_MAX_LOG = 8192 };
