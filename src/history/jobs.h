// SPDX-License-Identifier: GPL-3.0-or-later
// jobs.h — the table of jobs: what is asked, where each stands, what was tried, how it ended.
//
// One statement moves jobs from state to state: it names the state, the attempt and the version
// that the caller believes in, and moves only a row that is still so. Whoever comes second gets
// ERR_CONFLICT and has changed nothing. job/job_state.h says which moves there are.
//
// Moves, submits and wishes to cancel are on the disk when they return. What viewers see in
// between (jobs_show) is written without waiting for the disk: after a crash of the program it is
// all there, after one of the machine the last seconds may be missing.
//
// Units: *_ms wall time, milliseconds since 1970. Threads: one owner. Errors: those of db.h.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "job/job_state.h"

struct jobs;

enum {
    JOBS_ID = 64,         // bytes of a job's id, with the NUL
    JOBS_USER = 64,       // of a user's name, with the NUL
    JOBS_BOOT = 40,       // of the kernel's boot id, with the NUL
    JOBS_TOKEN_HASH = 32, // SHA-256
};

// A job as the table has it.
struct job_row {
    int64_t number; // ascending in the order of submits
    char id[JOBS_ID];
    char user[JOBS_USER];
    enum job_state state;
    uint32_t attempt; // 0 before the first
    int64_t version;  // one higher with each change
    int priority;
    bool cancel_asked;
    int64_t submitted_ms;
    int64_t due_ms; // not to be started before; 0: at any time
    double ceiling; // the bar may have been shown up to this fraction
};

MUST_USE enum status jobs_open(const char *path, struct jobs **ret, struct error *err);
void jobs_free(struct jobs *jobs);
AUTO_DEFINE(struct jobs, jobs_free)

// ---- submit ----

// Texts are borrowed for the call.
struct job_new {
    const char *id; // not used before
    const char *user;
    const char *idempotency_key; // NULL: none
    const char *retry_of;        // id of the job that this one repeats; NULL: none
    const char *type;
    const char *output; // that it writes; NULL: none
    const char *spec;   // JSON; the same spec is the same text
    const char *view;   // JSON of its first snapshot
    int priority;
    int64_t now_ms;
};

// Adds a queued job, or finds the one with that idempotency key (of that user) or retry_of:
// *ret_created tells. ERR_CONFLICT: the key stands for another spec, or a job of that user that
// has not ended writes the same output.
MUST_USE enum status jobs_submit(struct jobs *jobs, const struct job_new *add, struct job_row *ret,
                                 bool *ret_created, struct error *err);

// Only the second half of that: *ret_found tells.
MUST_USE enum status jobs_submitted(struct jobs *jobs, const struct job_new *add,
                                    struct job_row *ret, bool *ret_found, struct error *err);

// ---- moves ----

// The process of an attempt, as it can be found again.
struct job_process {
    int64_t pid; // 0: none on this machine
    uint64_t start_ticks;
    char boot[JOBS_BOOT];
};

struct attempt_start {
    struct job_process process;
    unsigned char token_hash[JOBS_TOKEN_HASH];
};

// How an attempt ended. Texts are borrowed.
struct attempt_end {
    const char *how;    // "result", "error", "died", "stopped", "lost", "cancelled"
    const char *code;   // of the error; NULL: none
    const char *text;   // NULL: none
    const char *detail; // for logs; NULL: none
};

struct job_move {
    enum job_state to;
    const char *view;                  // JSON of the snapshot as of the new state; NULL: as it is
    double ceiling;                    // goes with the view
    int64_t now_ms;                    // of the move
    int64_t due_ms;                    // to QUEUED: not before
    const struct attempt_start *start; // to STARTING: the next attempt begins
    const struct attempt_end *end;     // the attempt has ended; NULL: it goes on, or there is none
};

// Moves the job that is as *row says; *row is then as the table has it. ERR_CONFLICT, and nothing
// is changed: it is not so any more, or the states allow no such move.
MUST_USE enum status jobs_move(struct jobs *jobs, struct job_row *row, const struct job_move *move,
                               struct error *err);
// Notes that the job is to be cancelled; the same guard. Idempotent.
MUST_USE enum status jobs_ask_cancel(struct jobs *jobs, struct job_row *row, struct error *err);

// ---- what viewers see ----

struct job_view {
    int64_t number;
    const char *view; // JSON
    double ceiling;   // the bar is shown no further before the next
};

// Writes all of them in one transaction.
MUST_USE enum status jobs_show(struct jobs *jobs, const struct job_view *views, size_t n,
                               struct error *err);

// ---- forgetting ----

// Which of the jobs that have ended are kept.
struct jobs_keep {
    int64_t since_ms; // who ended before that is removed
    int64_t count;    // of the others the newest so many are kept; 0: all
};

// Removes jobs that are not kept, at most `limit` at once and those first that ended first, with
// all that the table knows of them. What they made is not touched. *ret is how many.
MUST_USE enum status jobs_prune(struct jobs *jobs, const struct jobs_keep *keep, uint32_t limit,
                                uint32_t *ret, struct error *err);

// ---- reading ----

// By id. ERR_NOT_FOUND. `view` (may be NULL) gets the JSON of the newest snapshot appended.
MUST_USE enum status jobs_find(struct jobs *jobs, const char *id, struct job_row *ret,
                               struct buffer *view, struct error *err);
MUST_USE enum status jobs_spec(struct jobs *jobs, int64_t number, struct buffer *out,
                               struct error *err);

enum jobs_which { JOBS_ALL, JOBS_ACTIVE, JOBS_ENDED };

struct jobs_query {
    const char *user; // NULL: of all
    enum jobs_which which;
    int64_t before; // numbers below this one; 0: from the newest
    uint32_t limit;
};

// Calls `each` for the jobs asked for, the newest first. An `each` that fails ends it.
MUST_USE enum status jobs_list(struct jobs *jobs, const struct jobs_query *query,
                               enum status (*each)(void *context, const struct job_row *row,
                                                   const char *view, struct error *err),
                               void *context, struct error *err);

struct attempt_row {
    struct job_process process;
    unsigned char token_hash[JOBS_TOKEN_HASH];
    int64_t started_ms;
    bool ended;
    int64_t ended_ms; // meaningless unless ended
    char how[16];     // "" unless ended
};

// ERR_NOT_FOUND when that job never had such an attempt.
MUST_USE enum status jobs_attempt(struct jobs *jobs, int64_t number, uint32_t attempt,
                                  struct attempt_row *ret, struct error *err);

struct jobs_counts {
    int64_t jobs[JOB_STATE_COUNT];
    int64_t open_attempts; // begun and not ended
};

MUST_USE enum status jobs_count(struct jobs *jobs, struct jobs_counts *ret, struct error *err);
// Commits so far.
uint64_t jobs_commits(const struct jobs *jobs);
