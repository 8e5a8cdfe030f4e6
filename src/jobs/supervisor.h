// SPDX-License-Identifier: GPL-3.0-or-later
// supervisor.h — jobs that cannot be lost: takes them, runs them, tells everyone the same.
//
// Keeps the table of jobs (history/jobs.h), starts a worker process for each job when it is its
// turn (dispatch/worker_process.h), reads what the worker says into the job's tracker, checks the
// output in the store, tries again what can work a second time, and hands out every new snapshot.
// State before word: a state is durable before anyone hears of it. docs/jobs.md has the states,
// the guarantees and what happens when this process dies.
//
// Data flow: requests → inbox → supervisor's thread → table, workers, trackers → on_snapshot().
//
// Threads: supervisor_new() starts one thread, which owns everything: database, trackers, workers.
//   Requests may be made from any thread. They copy what they are given, put it into an inbox and
//   return at once; they never touch the disk, so an event loop may call them. The answer comes
//   as one call of `done` on the supervisor's thread. on_snapshot() comes on that thread too, for
//   one job always in the order of its sequence numbers. Both must be quick and must not block:
//   hand over and wake whoever waits. They may make requests; they must not free the supervisor.
// Ownership: what an answer or a snapshot points to is valid during the call only.
// Units: *_ms milliseconds, wall times since 1970; *_s seconds.
// Errors: a request that cannot even be queued (the inbox is full, the supervisor is stopping) is
//   refused at once with ERR_UNAVAILABLE, and `done` is not called. All else is told in the answer.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "dispatch/worker_process.h"
#include "job/snapshot_json.h"
#include "jobs/retry.h"

struct storage;
struct supervisor;

enum {
    SUPERVISOR_MAX_USER = 64,      // bytes of a user's name, with the NUL
    SUPERVISOR_MAX_KEY = 128,      // of an idempotency key, with the NUL
    SUPERVISOR_TOKEN_HASH = 32,    // bytes of the hash of a token
    SUPERVISOR_MAX_PAGE = 200,     // jobs in one answer to a list
    SUPERVISOR_MAX_PRIORITY = 100, // either sign
};

// A zeroed struct with `data_dir` set is a working configuration: 0 takes the default named.
struct supervisor_options {
    const char *data_dir; // holds headway.db and spool/; made when missing
    // Keys in specs are objects below this place ("DIR/objects", "s3://bucket/prefix"), each user's
    // in a folder of their own (job/object_key.h). NULL: names in specs are paths and URLs as they
    // are, which only those may say who may read every file of this machine.
    const char *object_root;
    struct storage *storage;   // borrowed, outlives the supervisor; used by several threads
    const char *program;       // started as "headway worker"; NULL: this program
    const char *model_dir;     // handed on; NULL: the usual places
    int threads;               // of one worker; 0: the processors, shared out among the workers
    uint32_t workers;          // at once; 0: 1
    uint32_t workers_per_user; // at once; 0: as many as there are workers
    uint32_t queue_per_user;   // waiting and running jobs of one user; 0: 100
    uint32_t queue_limit;      // of all users; 0: 1000
    struct retry_policy retry; // 3 attempts, 1 s, 60 s
    // Hashes a worker's token, which is kept as its hash alone (SHA-256, say). NULL: workers get no
    // token, and nobody may send events for them.
    void (*hash)(const void *bytes, size_t n, uint8_t ret[static SUPERVISOR_TOKEN_HASH]);
    struct worker_limits limits;
    int64_t silence_ms; // without a line: its state is unknown; 10 s (workers speak every 2 s)
    int64_t stopped_ms; // a worker that somebody stopped (SIGSTOP) is killed after this; 60 s
    int64_t lost_ms;    // one that has said nothing for this long is given up and killed; 1 h
    int64_t keep_ms;    // a job that ended longer ago is forgotten; 0: none is
    int64_t keep_count; // and of the others all but the newest so many; 0: none is

    // Every new snapshot of every job. `user` is whose job it is.
    void (*on_snapshot)(void *context, const char *user, const struct job_snapshot *snapshot);
    void *context;
    // The whole trace of each job that comes to its end (job/trace.h), `n` bytes of text; NULL:
    // none is kept. Called on the supervisor's thread, which may write it to a file.
    void (*on_trace)(void *context, const char *text, size_t n);
    void *trace_context;
};

// Opens the table, takes up what the process before left (live workers are adopted, finished ones
// finalized, dead ones retried), starts the thread. All jobs that are not at their end are told to
// on_snapshot() before the first answer.
MUST_USE enum status supervisor_new(const struct supervisor_options *options,
                                    struct supervisor **ret, struct error *err);
// Ends the thread. Workers that run go on; the next supervisor on this data_dir adopts them.
// Requests not answered yet are answered ERR_UNAVAILABLE.
void supervisor_free(struct supervisor *s);
AUTO_DEFINE(struct supervisor, supervisor_free)

// ---- requests ----

struct supervisor_job {
    const char *user;
    const struct job_snapshot *snapshot;
};

struct supervisor_answer {
    const struct error *error; // NULL: it worked
    const struct supervisor_job *jobs;
    size_t job_count; // 1 for submit, cancel, retry and find; any number for list
    bool created;     // submit: false when that key was submitted before: the job is the same
    bool has_more;    // list: older jobs follow
    uint64_t next;    // list: `before` of the next page; meaningless unless has_more
    bool cancel;      // worker_events: the worker is to stop
};

// Takes the answer, once for each request that was accepted.
struct supervisor_reply {
    void (*done)(void *context, const struct supervisor_answer *answer);
    void *context;
};

// `user` of a request: whose jobs may be seen; a job of somebody else is ERR_NOT_FOUND. NULL: all.

struct supervisor_submit {
    const char *user; // required; user_name_check() of job/object_key.h says what it may be
    const char *spec; // JSON as it came; read strictly on the supervisor's thread
    size_t spec_bytes;
    const char *idempotency_key; // NULL: none
    int priority;                // higher runs sooner; ±SUPERVISOR_MAX_PRIORITY
};

// Answers with the new job once it is durable, or with the one that has that key already (another
// spec under the same key is ERR_CONFLICT, as is an output that a job still running will write).
// ERR_INVALID names the field; ERR_LIMIT: too many jobs wait.
MUST_USE enum status supervisor_submit(struct supervisor *s, const struct supervisor_submit *submit,
                                       struct supervisor_reply reply, struct error *err);
// Answers once the wish is durable: a job that waits is then cancelled, one that runs is told to
// stop and becomes `cancelled` only when its worker has ended. Of a job at its end nothing changes.
MUST_USE enum status supervisor_cancel(struct supervisor *s, const char *user, const char *job,
                                       struct supervisor_reply reply, struct error *err);
// A new job with the spec of one that failed or was cancelled; ERR_CONFLICT for others. Asked
// again, it answers with the same new job.
MUST_USE enum status supervisor_retry(struct supervisor *s, const char *user, const char *job,
                                      struct supervisor_reply reply, struct error *err);
MUST_USE enum status supervisor_find(struct supervisor *s, const char *user, const char *job,
                                     struct supervisor_reply reply, struct error *err);

enum supervisor_which { SUPERVISOR_ALL, SUPERVISOR_ACTIVE, SUPERVISOR_ENDED };

struct supervisor_list {
    const char *user;
    enum supervisor_which which;
    uint64_t before; // jobs submitted before this place; 0: from the newest
    uint32_t limit;  // 1…SUPERVISOR_MAX_PAGE
};

// The newest first.
MUST_USE enum status supervisor_list(struct supervisor *s, const struct supervisor_list *list,
                                     struct supervisor_reply reply, struct error *err);
// Lines of a worker on another machine, in any portions, whole lines only. `token` is the one that
// this job's attempt was started with (HEADWAY_WORKER_TOKEN); ERR_PERMISSION for any other. The
// answer tells whether the worker is to stop.
MUST_USE enum status supervisor_worker_events(struct supervisor *s, const char *job,
                                              const char *token, const char *lines, size_t n,
                                              struct supervisor_reply reply, struct error *err);
// From now on no job is taken and none is started. Answers when no worker runs any more and every
// end has been told.
MUST_USE enum status supervisor_drain(struct supervisor *s, struct supervisor_reply reply,
                                      struct error *err);

// ---- figures ----

struct supervisor_stats {
    uint64_t jobs[JOB_STATE_COUNT]; // queued … finalizing: now; the ends: since this start
    uint64_t submitted, retries, adopted, workers_started, workers_killed;
    uint64_t lines, broken_lines; // of workers
    uint64_t snapshots;
    uint64_t commits;         // of the database
    uint64_t pruned;          // ended jobs that were forgotten
    uint64_t drifts;          // learning_drifts()
    int64_t longest_round_ns; // of the supervisor's thread, since the figures were last taken
};

// As of the last round of the thread; from any thread, never waits for the disk.
void supervisor_stats(struct supervisor *s, struct supervisor_stats *ret);
