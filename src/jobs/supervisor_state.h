// SPDX-License-Identifier: GPL-3.0-or-later
// supervisor_state.h — what the files of the supervisor share. Private to this floor.
//
// supervisor.c: the thread and its rounds · requests.c: what others ask · attempts.c: workers from
// start to end · recovery.c: what an earlier process left · moves.c: states, viewers, the table.
// Everything here is the supervisor's thread's, but for what stands under a lock.
#pragma once

#include <pthread.h>

#include "dispatch/checker.h"
#include "jobs/learning.h"
#include "jobs/live_job.h"
#include "jobs/supervisor.h"

enum { JOB_BUCKETS = 1024 };

enum request_kind {
    REQUEST_SUBMIT,
    REQUEST_CANCEL,
    REQUEST_RETRY,
    REQUEST_FIND,
    REQUEST_LIST,
    REQUEST_EVENTS,
    REQUEST_DRAIN,
    REQUEST_KIND_COUNT
};

// A question in the inbox. Texts are owned.
struct request {
    struct request *next;
    enum request_kind kind;
    struct supervisor_reply reply;
    char *user, *job, *key, *token;
    char *text; // spec, or lines
    size_t text_bytes;
    int priority;
    struct supervisor_list list;
};

struct supervisor {
    struct supervisor_options o; // texts owned
    char *spool_dir;
    pthread_t thread;
    int lock_fd; // of the data folder
    int wake_fd; // eventfd: something is in the inbox, or was checked
    int epoll_fd;
    bool has_thread;

    // -- protected by lock
    bool stopping;
    pthread_mutex_t lock;
    struct request *inbox, **inbox_last;
    size_t inbox_count;
    struct supervisor_stats told; // as of the last round

    // -- owned by the thread
    struct jobs *jobs;
    struct checker *checker, *sweeper; // the second removes old uploads; NULL: there are none
    struct learning *learning;
    struct live_job *live; // every job that is not at its end; order of numbers
    struct live_job *buckets[JOB_BUCKETS];
    struct supervisor_stats stats;
    struct request *drains; // answered when no worker runs
    bool draining;
    bool lineup_changed;
    int64_t lineup_ns; // when the line was last looked at
    int64_t hold_ns;   // no worker is started before
    int64_t round_ns;  // when this round began
    int64_t prune_ns;  // ended jobs are looked through then
    uint64_t random;
};

// ---- moves.c ----

struct live_job *find_live(struct supervisor *s, const char *id);
void add_live(struct supervisor *s, struct live_job *j);
void remove_live(struct supervisor *s, struct live_job *j);

struct step {
    enum job_state to;
    int64_t due_ms;                    // to QUEUED
    const struct attempt_start *start; // to STARTING
    const struct attempt_end *end;
    const struct error *error; // of FAILED and CANCELLED
};

// Moves the job in the table, then in memory, then tells the viewers. False: the table could not be
// written now, nothing has changed, and it is to be tried again (not before j->stuck_ns).
bool move_job(struct supervisor *s, struct live_job *j, const struct step *step, int64_t now_ns);
// Brings the snapshot to now and tells it.
void publish(struct supervisor *s, struct live_job *j, int64_t now_ns);
// Publishes what is due, writes to the table what viewers see, forgets jobs that are at their end.
void tell_viewers(struct supervisor *s, int64_t now_ns);
// The table is told where everything stands that it was told nothing of for a second. `leave` says
// that nothing more will be shown.
void write_views(struct supervisor *s, bool leave, int64_t now_ns);

// ---- attempts.c ----

// Starts workers for those whose turn it is; forecasts for those who wait.
void serve_line(struct supervisor *s, int64_t now_ns);
// Looks after one job: reads its worker, notices its end, decides what comes then.
void look_after(struct supervisor *s, struct live_job *j, int64_t now_ns);
// Tells its worker to stop, or cancels it when it has none.
void cancel_job(struct supervisor *s, struct live_job *j, int64_t now_ns);
// The store was asked.
void take_verdict(struct supervisor *s, struct live_job *j, const struct check *check,
                  int64_t now_ns);
// Waits for the end of its process.
void watch_process(struct supervisor *s, struct live_job *j);
char *lines_path(const struct supervisor *s, const struct live_job *j);

// ---- recovery.c ----

MUST_USE enum status recover(struct supervisor *s, struct error *err);
// Everything known of a row of the table, as a live job without an attempt.
MUST_USE enum status revive(struct supervisor *s, const struct job_row *row, struct live_job **ret,
                            struct error *err);

// ---- requests.c ----

void answer_requests(struct supervisor *s, int64_t now_ns);
void answer_drains(struct supervisor *s);
// Refuses what is left in the inbox.
void refuse_requests(struct supervisor *s);
