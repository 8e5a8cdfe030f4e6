// SPDX-License-Identifier: GPL-3.0-or-later
// recovery.c — takes up what the process before left behind.
//
// The table says which jobs are not at their end, and which process each attempt is. A worker that
// lives is adopted; of one that does not, the file of its lines says how it ended, and the same
// code decides that watches living ones. A result whose output is there is finalized, not made
// again. Files that belong to no attempt are removed.
#include <string.h>

#include "base/text.h"
#include "job/spec_features.h"
#include "jobs/spool.h"
#include "jobs/supervisor_state.h"
#include "sys/clock.h"
#include "sys/log.h"

#define MS_NS INT64_C(1000000)

// A row, set aside: moves are not made while the list is read.
struct left {
    struct left *next;
    struct job_row row;
    char *view;
};

static int64_t monotonic_of(int64_t wall_ms)
{
    int64_t ago_ms = clock_wall_ms() - wall_ms;
    return clock_now_ns() - (ago_ms > 0 ? ago_ms : 0) * MS_NS;
}

static enum status read_spec(struct supervisor *s, const struct job_row *row, struct spec **ret,
                             struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, (size_t)2 * SPEC_MAX_TEXT_BYTES);
    enum status status = jobs_spec(s->jobs, row->number, &text, err);
    return status == OK ? spec_parse(buffer_string(&text), text.size, ret, err) : status;
}

enum status revive(struct supervisor *s, const struct job_row *row, struct live_job **ret,
                   struct error *err)
{
    struct spec *spec AUTO(spec_free) = NULL;
    struct features features;
    enum status status = read_spec(s, row, &spec, err);
    if (status != OK)
        return status;
    spec_features(spec, &features);
    learning_idle(s->learning, row->submitted_ms, &features);
    *ret = live_job_new(row, spec->type, &features, learning_model(s->learning),
                        monotonic_of(row->submitted_ms));
    (*ret)->output = mem_strdup(spec->output);
    live_job_measure(*ret, (*ret)->tracker.start_ns);
    if (s->o.on_trace)
        live_job_trace(*ret);
    live_job_enter(*ret, PHASE_QUEUE, (*ret)->tracker.start_ns);
    return OK;
}

// ---- one job ----

// The attempt that ran goes on, or what it left behind is judged in the first round.
static enum status resume_attempt(struct supervisor *s, struct live_job *j, struct error *err)
{
    struct attempt_row attempt;
    enum status status = jobs_attempt(s->jobs, j->row.number, j->row.attempt, &attempt, err);
    if (status != OK)
        return status;
    struct process_id id = {.pid = (pid_t)attempt.process.pid,
                            .start_ticks = attempt.process.start_ticks};
    (void)text_copy(id.boot, sizeof(id.boot), attempt.process.boot);
    int64_t began_ns = monotonic_of(attempt.started_ms);
    char *path AUTO(mem_free) = lines_path(s, j);
    live_job_begin(j, began_ns);
    // Taken over before its lines are read: what it says in between is read later.
    j->process = worker_process_adopt(&id);
    live_job_replay(j, path, began_ns, clock_now_ns());
    if (j->process) {
        s->stats.adopted++;
        watch_process(s, j);
    }
    return OK;
}

static void resume(struct supervisor *s, struct live_job *j, const struct job_snapshot *earlier)
{
    struct error err = {0};
    int64_t now_ns = clock_now_ns();
    j->restored = j->row.attempt > 1; // the lines of the attempts before are gone
    if (j->row.state == JOB_QUEUED && j->row.attempt > 0) {
        live_job_try(j, j->row.attempt + 1, now_ns);
    } else if (j->row.state != JOB_QUEUED && resume_attempt(s, j, &err) != OK) {
        log_line(LOG_ERROR, "job %s: %s", j->row.id, err.text);
        live_job_begin(j, now_ns); // no trace of its worker: judged as dead
    }
    if (j->row.state == JOB_FINALIZING)
        live_job_enter(j, PHASE_FINALIZE, now_ns);
    live_job_restore(j, earlier, clock_now_ns());
}

// A job whose spec this program cannot read any more.
static void give_up(struct supervisor *s, const struct left *left, const struct error *why)
{
    struct job_row row = left->row;
    struct error err;
    const struct attempt_end end = {
        .how = "lost", .code = status_info(why->status)->name, .text = why->text};
    const struct job_move move = {.to = JOB_FAILED, .now_ms = clock_wall_ms(), .end = &end};
    log_line(LOG_ERROR, "job %s cannot go on: %s", row.id, why->text);
    if (jobs_move(s->jobs, &row, &move, &err) != OK)
        log_line(LOG_ERROR, "job %s: %s", row.id, err.text);
}

static void take_up(struct supervisor *s, const struct left *left)
{
    struct job_snapshot earlier = {0};
    struct live_job *j = NULL;
    struct error err = {0};
    if (revive(s, &left->row, &j, &err) != OK) {
        give_up(s, left, &err);
        return;
    }
    if (snapshot_json_apply(&earlier, left->view, strlen(left->view), &err) != OK) {
        log_line(LOG_WARN, "job %s: what was shown of it cannot be read: %s", j->row.id, err.text);
        earlier = (struct job_snapshot){0};
    }
    resume(s, j, &earlier);
    add_live(s, j);
    publish(s, j, clock_now_ns());
}

// ---- all of them ----

static enum status set_aside(void *context, const struct job_row *row, const char *view,
                             struct error *err)
{
    struct left **first = context;
    struct left *left = mem_new(struct left);
    (void)err;
    left->row = *row;
    left->view = mem_strdup(view);
    left->next = *first;
    *first = left;
    return OK;
}

static bool is_wanted(void *context, const char *job, uint32_t attempt)
{
    const struct live_job *j = find_live(context, job);
    return j && j->feed && j->row.attempt == attempt;
}

enum status recover(struct supervisor *s, struct error *err)
{
    struct left *first = NULL;
    const struct jobs_query query = {.which = JOBS_ACTIVE, .limit = UINT32_MAX};
    enum status status = jobs_list(s->jobs, &query, set_aside, &first, err);
    while (first) {
        struct left *left = first;
        first = left->next;
        if (status == OK)
            take_up(s, left);
        free(left->view);
        free(left);
    }
    if (status == OK)
        (void)spool_sweep(s->spool_dir, is_wanted, s);
    return status;
}
