// SPDX-License-Identifier: GPL-3.0-or-later
// live_job.h — a job that is not at its end, in memory: its tracker, its worker, what viewers see.
//
// Knows nothing of tables and other jobs: the supervisor moves it. Its worker's lines come from the
// attempt's file (spool.h), which a later supervisor reads again from the beginning: then every
// line is taken in at the time when the worker said it, so that paces come out as they were.
// Threads: one owner. Units: *_ns on the monotonic clock, *_ms wall time.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "dispatch/worker_process.h"
#include "history/jobs.h"
#include "job/feed.h"
#include "job/job_record.h"
#include "job/snapshot_json.h"
#include "jobs/job_trace.h"
#include "progress/model.h"
#include "progress/tracker.h"

struct live_job {
    struct live_job *next;      // of all
    struct live_job *next_hash; // of those with the same hash of the id
    struct job_row row;
    char *output; // the key as its user said it; NULL: none
    struct tracker tracker;
    struct job_snapshot snapshot; // the newest
    struct job_trace trace;
    double traced_whole_s;     // time in line, waited and to come, as the trace has it; 0: not yet
    const struct model *model; // what earlier jobs taught; borrowed
    bool planned;              // a worker has told its plan
    bool restored;             // a part of it that an earlier supervisor saw is not known here
    double estimated_s;        // the total expected when the plan was known; 0: nothing yet
    double whole_s, whole_sigma; // forecast of the time that a worker takes for it, and ln spread

    // -- the attempt that runs; `feed` is NULL while none does
    struct feed *feed;
    struct worker_process *process; // NULL: it has ended, or runs on another machine
    struct worker_exit how;         // meaningless while process
    int lines_fd;                   // -1: not open
    int64_t lines_at;               // read so far
    int64_t heard_ns;               // when it last said something
    bool hello;                     // it has said its name
    bool remote;                    // it runs on another machine: no process here has to live
    bool mute;                      // it lives and has said nothing for long
    int64_t stopped_ns;             // since when somebody has it stopped; 0: not
    int64_t told_ns;                // when it was told to stop; 0: not
    const char *killed;             // why we killed it; NULL: we did not
    struct error start_error;       // why it could not be started; status OK otherwise

    // -- its output is being looked for
    bool checking;
    uint32_t checks;
    int64_t check_ns; // when to ask again; 0: not

    // -- the supervisor's bookkeeping
    int64_t stuck_ns;     // a move could not be written: not again before
    int64_t published_ns; // when viewers were last told
    bool changed;         // there is more to tell than that
    bool polled_end;      // the process's descriptor has said that it ended
    uint64_t shown_seq;   // of the snapshot that the table has
    int64_t shown_ns;     // when it was told
    double ceiling;       // the bar may be shown up to here before the table is told again
    int64_t ended_ns;     // when it came to its end; 0: not yet
};

// `model` outlives the job; `features` is what is known of it at submit.
struct live_job *live_job_new(const struct job_row *row, enum export_type type,
                              const struct features *features, const struct model *model,
                              int64_t submitted_ns);
// Workers that run go on.
void live_job_free(struct live_job *j);
AUTO_DEFINE(struct live_job, live_job_free)

// What is known of this job goes on from an earlier snapshot, and from row.ceiling, up to which the
// bar may have been shown since: it does not fall. Sequence numbers go on above those that may have
// been sent.
void live_job_restore(struct live_job *j, const struct job_snapshot *earlier, int64_t now_ns);

// From here on all that happens to it is kept as a trace.
void live_job_trace(struct live_job *j);
// What no worker can tell, to the tracker and into the trace: a phase begins or ends, it is not
// known how the worker is, the job is tried again, it has come to its end.
void live_job_enter(struct live_job *j, enum phase phase, int64_t now_ns);
void live_job_leave(struct live_job *j, enum phase phase, int64_t now_ns);
// How long it waits in line, as tracker_wait().
void live_job_wait(struct live_job *j, double median_s, double sigma, int64_t now_ns);
void live_job_lost(struct live_job *j, int64_t now_ns);
void live_job_try(struct live_job *j, uint32_t attempt, int64_t now_ns);
void live_job_finish(struct live_job *j, enum outcome outcome, int64_t now_ns);

// Attempt row.attempt begins at now_ns; its lines are in `lines_path` (which may not be there yet).
void live_job_begin(struct live_job *j, int64_t now_ns);
// The attempt is over: its process and file are let go of.
void live_job_end_attempt(struct live_job *j);
// Takes in what the worker has said since. Returns whether there was anything.
bool live_job_read(struct live_job *j, const char *lines_path, int64_t now_ns);
// The same for the file of an attempt that another supervisor began, at the times at which the
// worker, which was started at began_ns, said it.
void live_job_replay(struct live_job *j, const char *lines_path, int64_t began_ns, int64_t now_ns);
// Has the worker had its last word?
bool live_job_has_last_word(const struct live_job *j);

// The state as row.state has it, the tracker as of now_ns, the sentences: into the snapshot, which
// gets the next sequence number.
void live_job_look(struct live_job *j, uint32_t max_attempts, int64_t now_ns);
// What a complete job teaches, as of its last snapshot; valid until the attempt is ended.
struct job_end live_job_record(const struct live_job *j, int64_t now_ns, int64_t now_ms);
// How long a worker will take for it, as far as is known before it starts.
void live_job_measure(struct live_job *j, int64_t now_ns);

enum { LIVE_JOB_SEQ_GAP = 1000 };
