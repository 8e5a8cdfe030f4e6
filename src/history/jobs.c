// SPDX-License-Identifier: GPL-3.0-or-later
// jobs.c — see jobs.h.
//
// The file is open twice: commits on one door wait for the disk, those on the other do not. The
// one owner never has transactions on both at once.
#include "history/jobs.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "history/db.h"

// Kept prepared: they run all the time.
enum kept { KEPT_MOVE, KEPT_VIEW, KEPT_ATTEMPT_BEGIN, KEPT_ATTEMPT_END, KEPT_FIND, KEPT_COUNT };

struct jobs {
    struct db *db;      // commits wait for the disk
    struct db *view_db; // they do not
    struct statement *kept[KEPT_COUNT];
    struct statement *show; // of view_db
    uint64_t commits;
};

#define COLUMNS                                                                                    \
    "number, id, user, state, attempt, version, priority, cancel_asked, submitted_ms, due_ms,"     \
    " ceiling"
#define SET_VIEW                                                                                   \
    "INSERT INTO job_views (job, view, ceiling) VALUES (:job, :view, :ceiling)"                    \
    " ON CONFLICT (job) DO UPDATE SET view = excluded.view, ceiling = excluded.ceiling"

static const char *const kept_sql[] = {
    // The only statement that changes the state of a job.
    [KEPT_MOVE] = "UPDATE jobs SET state = :to, attempt = :next_attempt, version = version + 1,"
                  " ended = :ended, changed_ms = :now, due_ms = :due"
                  " WHERE number = :job AND state = :from AND attempt = :attempt"
                  " AND version = :version",
    [KEPT_VIEW] = SET_VIEW,
    [KEPT_ATTEMPT_BEGIN] =
        "INSERT INTO attempts (job, attempt, pid, start_ticks, boot, token_hash, started_ms)"
        " VALUES (:job, :attempt, :pid, :ticks, :boot, :hash, :now)",
    [KEPT_ATTEMPT_END] = "UPDATE attempts SET ended_ms = :now, how = :how, code = :code,"
                         " text = :text, detail = :detail"
                         " WHERE job = :job AND attempt = :attempt AND ended_ms IS NULL",
    [KEPT_FIND] = "SELECT " COLUMNS ", view FROM jobs JOIN job_views ON job = number"
                  " WHERE id = :id",
};
static_assert(sizeof(kept_sql) / sizeof(kept_sql[0]) == KEPT_COUNT, "a text for each");

// ---- opening ----

enum status jobs_open(const char *path, struct jobs **ret, struct error *err)
{
    struct jobs *jobs = mem_new(struct jobs);
    enum status status = db_open(&(struct db_options){.path = path, .durable = true}, &jobs->db,
                                 err);
    if (status == OK)
        status = db_open(&(struct db_options){.path = path}, &jobs->view_db, err);
    for (int i = 0; i < KEPT_COUNT && status == OK; i++)
        status = db_prepare(jobs->db, kept_sql[i], &jobs->kept[i], err);
    if (status == OK)
        status = db_prepare(jobs->view_db, SET_VIEW, &jobs->show, err);
    *ret = jobs;
    if (status != OK) {
        jobs_free(jobs);
        *ret = NULL;
    }
    return status;
}

void jobs_free(struct jobs *jobs)
{
    if (!jobs)
        return;
    for (int i = 0; i < KEPT_COUNT; i++)
        statement_free(jobs->kept[i]);
    statement_free(jobs->show);
    db_free(jobs->db);
    db_free(jobs->view_db);
    free(jobs);
}

uint64_t jobs_commits(const struct jobs *jobs)
{
    return jobs->commits;
}

static enum status commit(struct jobs *jobs, struct transaction *t, struct error *err)
{
    enum status status = transaction_commit(t, err);
    jobs->commits += status == OK;
    return status;
}

// ---- rows ----

static void read_row(const struct statement *s, struct job_row *ret)
{
    *ret = (struct job_row){
        .number = column_int(s, "number"),
        .attempt = (uint32_t)column_int(s, "attempt"),
        .version = column_int(s, "version"),
        .priority = (int)column_int(s, "priority"),
        .cancel_asked = column_int(s, "cancel_asked") != 0,
        .submitted_ms = column_int(s, "submitted_ms"),
        .due_ms = column_int(s, "due_ms"),
        .ceiling = column_number(s, "ceiling"),
    };
    (void)text_copy(ret->id, sizeof(ret->id), column_text(s, "id"));
    (void)text_copy(ret->user, sizeof(ret->user), column_text(s, "user"));
    bool known = job_state_from_name(column_text(s, "state"), &ret->state);
    assert(known); // nobody else writes this table
    (void)known;
}

// ---- submit ----

static enum status insert_job(struct jobs *jobs, const struct job_new *add, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    enum status status = db_prepare(
        jobs->db,
        "INSERT INTO jobs (id, user, idempotency_key, retry_of, type, output, priority,"
        " state, attempt, version, cancel_asked, ended, submitted_ms, changed_ms, due_ms)"
        " VALUES (:id, :user, :key, :retry_of, :type, :output, :priority, 'queued', 0, 0,"
        " 0, 0, :now, :now, 0)",
        &s, err);
    if (status != OK)
        return status;
    bind_text(s, ":id", add->id);
    bind_text(s, ":user", add->user);
    bind_text(s, ":key", add->idempotency_key);
    bind_text(s, ":retry_of", add->retry_of);
    bind_text(s, ":type", add->type);
    bind_text(s, ":output", add->output);
    bind_int(s, ":priority", add->priority);
    bind_int(s, ":now", add->now_ms);
    return statement_run(s, err);
}

static enum status insert_spec(struct jobs *jobs, int64_t number, const char *spec,
                               struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    enum status status = db_prepare(
        jobs->db, "INSERT INTO job_specs (job, spec) VALUES (:job, :spec)", &s, err);
    if (status != OK)
        return status;
    bind_int(s, ":job", number);
    bind_text(s, ":spec", spec);
    return statement_run(s, err);
}

static enum status set_view(struct statement *s, int64_t number, const char *view, double ceiling,
                            struct error *err)
{
    bind_number(s, ":ceiling", ceiling);
    bind_int(s, ":job", number);
    bind_text(s, ":view", view);
    return statement_run(s, err);
}

enum status jobs_submitted(struct jobs *jobs, const struct job_new *add, struct job_row *ret,
                           bool *ret_found, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    *ret_found = false;
    if (!add->idempotency_key && !add->retry_of)
        return OK;
    enum status status = db_prepare(
        jobs->db,
        "SELECT " COLUMNS ", spec FROM jobs JOIN job_specs ON job_specs.job = number"
        " JOIN job_views ON job_views.job = number"
        " WHERE (user = :user AND idempotency_key = :key) OR retry_of = :retry_of",
        &s, err);
    if (status != OK)
        return status;
    bind_text(s, ":user", add->user);
    bind_text(s, ":key", add->idempotency_key);
    bind_text(s, ":retry_of", add->retry_of);
    status = statement_step(s, ret_found, err);
    if (status != OK || !*ret_found)
        return status;
    read_row(s, ret);
    if (strcmp(column_text(s, "spec"), add->spec) != 0)
        return error_set(err, ERR_CONFLICT,
                         "the idempotency key %s belongs to job %s, which was submitted with "
                         "another spec",
                         add->idempotency_key ? add->idempotency_key : "", ret->id);
    return OK;
}

// Does a job that has not ended write there?
static enum status check_output(struct jobs *jobs, const struct job_new *add, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    bool found = false;
    enum status status = db_prepare(
        jobs->db, "SELECT id FROM jobs WHERE user = :user AND output = :output AND ended = 0", &s,
        err);
    if (status != OK || !add->output)
        return status;
    bind_text(s, ":user", add->user);
    bind_text(s, ":output", add->output);
    status = statement_step(s, &found, err);
    if (status == OK && found)
        return error_set(err, ERR_CONFLICT, "output: job %s, which has not ended, writes %s too",
                         column_text(s, "id"), add->output);
    return status;
}

static enum status add_job(struct jobs *jobs, const struct job_new *add, struct job_row *ret,
                           struct error *err)
{
    enum status status = check_output(jobs, add, err);
    if (status == OK)
        status = insert_job(jobs, add, err);
    if (status != OK)
        return status;
    *ret = (struct job_row){.number = db_last_id(jobs->db),
                            .state = JOB_QUEUED,
                            .priority = add->priority,
                            .submitted_ms = add->now_ms};
    (void)text_copy(ret->id, sizeof(ret->id), add->id);
    (void)text_copy(ret->user, sizeof(ret->user), add->user);
    status = insert_spec(jobs, ret->number, add->spec, err);
    return status == OK ? set_view(jobs->kept[KEPT_VIEW], ret->number, add->view, 0, err) : status;
}

enum status jobs_submit(struct jobs *jobs, const struct job_new *add, struct job_row *ret,
                        bool *ret_created, struct error *err)
{
    struct transaction t TRANSACTION_AUTO;
    bool found = false;
    enum status status = transaction_begin(&t, jobs->db, err);
    if (status == OK)
        status = jobs_submitted(jobs, add, ret, &found, err);
    if (status != OK)
        return status;
    *ret_created = !found;
    if (found)
        return OK;
    status = add_job(jobs, add, ret, err);
    return status == OK ? commit(jobs, &t, err) : status;
}

// ---- moves ----

static enum status begin_attempt(struct jobs *jobs, const struct job_row *row,
                                 const struct job_move *move, struct error *err)
{
    struct statement *s = jobs->kept[KEPT_ATTEMPT_BEGIN];
    bind_int(s, ":job", row->number);
    bind_int(s, ":attempt", row->attempt + 1);
    bind_int(s, ":pid", move->start->process.pid);
    bind_int(s, ":ticks", (int64_t)move->start->process.start_ticks);
    bind_text(s, ":boot", move->start->process.boot);
    bind_blob(s, ":hash", move->start->token_hash, JOBS_TOKEN_HASH);
    bind_int(s, ":now", move->now_ms);
    return statement_run(s, err);
}

static enum status end_attempt(struct jobs *jobs, const struct job_row *row,
                               const struct job_move *move, struct error *err)
{
    struct statement *s = jobs->kept[KEPT_ATTEMPT_END];
    bind_int(s, ":job", row->number);
    bind_int(s, ":attempt", row->attempt);
    bind_int(s, ":now", move->now_ms);
    bind_text(s, ":how", move->end->how);
    bind_text(s, ":code", move->end->code);
    bind_text(s, ":text", move->end->text);
    bind_text(s, ":detail", move->end->detail);
    return statement_run(s, err);
}

static enum status guarded(struct jobs *jobs, const struct job_row *row, struct error *err)
{
    return db_changes(jobs->db) == 1
               ? OK
               : error_set(err, ERR_CONFLICT, "job %s is not %s in attempt %u any more", row->id,
                           job_state_name(row->state), row->attempt);
}

static enum status change_state(struct jobs *jobs, const struct job_row *row,
                                const struct job_move *move, struct error *err)
{
    struct statement *s = jobs->kept[KEPT_MOVE];
    bind_int(s, ":job", row->number);
    bind_text(s, ":from", job_state_name(row->state));
    bind_int(s, ":attempt", row->attempt);
    bind_int(s, ":version", row->version);
    bind_text(s, ":to", job_state_name(move->to));
    bind_int(s, ":next_attempt", row->attempt + (move->start ? 1 : 0));
    bind_int(s, ":ended", job_state_terminal(move->to));
    bind_int(s, ":now", move->now_ms);
    bind_int(s, ":due", move->to == JOB_QUEUED ? move->due_ms : 0);
    enum status status = statement_run(s, err);
    return status == OK ? guarded(jobs, row, err) : status;
}

enum status jobs_move(struct jobs *jobs, struct job_row *row, const struct job_move *move,
                      struct error *err)
{
    assert((move->start != NULL) == (move->to == JOB_STARTING));
    enum job_state state = row->state;
    struct transaction t TRANSACTION_AUTO;
    enum status status = job_state_move(&state, move->to, err);
    if (status == OK)
        status = transaction_begin(&t, jobs->db, err);
    if (status == OK)
        status = change_state(jobs, row, move, err);
    if (status == OK && move->start)
        status = begin_attempt(jobs, row, move, err);
    if (status == OK && move->end)
        status = end_attempt(jobs, row, move, err);
    if (status == OK && move->view)
        status = set_view(jobs->kept[KEPT_VIEW], row->number, move->view, move->ceiling, err);
    if (status == OK)
        status = commit(jobs, &t, err);
    if (status != OK)
        return status;
    row->state = state;
    row->attempt += move->start ? 1 : 0;
    row->version++;
    row->due_ms = move->to == JOB_QUEUED ? move->due_ms : 0;
    return OK;
}

enum status jobs_ask_cancel(struct jobs *jobs, struct job_row *row, struct error *err)
{
    struct transaction t TRANSACTION_AUTO;
    struct statement *s AUTO(statement_free) = NULL;
    if (row->cancel_asked)
        return OK;
    enum status status = transaction_begin(&t, jobs->db, err);
    if (status == OK)
        status = db_prepare(jobs->db,
                            "UPDATE jobs SET cancel_asked = 1, version = version + 1"
                            " WHERE number = :job AND ended = 0 AND version = :version",
                            &s, err);
    if (status != OK)
        return status;
    bind_int(s, ":job", row->number);
    bind_int(s, ":version", row->version);
    status = statement_run(s, err);
    if (status == OK)
        status = guarded(jobs, row, err);
    if (status == OK)
        status = commit(jobs, &t, err);
    if (status != OK)
        return status;
    row->cancel_asked = true;
    row->version++;
    return OK;
}

enum status jobs_show(struct jobs *jobs, const struct job_view *views, size_t n, struct error *err)
{
    struct transaction t TRANSACTION_AUTO;
    enum status status = transaction_begin(&t, jobs->view_db, err);
    for (size_t i = 0; i < n && status == OK; i++)
        status = set_view(jobs->show, views[i].number, views[i].view, views[i].ceiling, err);
    return status == OK ? commit(jobs, &t, err) : status;
}

// ---- forgetting ----

static enum status delete_ended(struct jobs *jobs, const struct jobs_keep *keep, uint32_t limit,
                                struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    enum status status = db_prepare(
        jobs->view_db,
        "DELETE FROM jobs WHERE number IN (SELECT number FROM jobs WHERE ended = 1 AND changed_ms <"
        " max(:since, coalesce((SELECT changed_ms FROM jobs WHERE ended = 1"
        " ORDER BY changed_ms DESC LIMIT 1 OFFSET :others), 0)) ORDER BY changed_ms LIMIT :limit)",
        &s, err);
    if (status != OK)
        return status;
    bind_int(s, ":since", keep->since_ms);
    bind_int(s, ":others", keep->count > 0 ? keep->count - 1 : INT64_MAX);
    bind_int(s, ":limit", limit);
    return statement_run(s, err);
}

// Not waited for: what is not on the disk at a crash is removed again.
enum status jobs_prune(struct jobs *jobs, const struct jobs_keep *keep, uint32_t limit,
                       uint32_t *ret, struct error *err)
{
    struct transaction t TRANSACTION_AUTO;
    *ret = 0;
    enum status status = transaction_begin(&t, jobs->view_db, err);
    if (status == OK)
        status = delete_ended(jobs, keep, limit, err);
    if (status != OK)
        return status;
    *ret = (uint32_t)db_changes(jobs->view_db);
    return commit(jobs, &t, err);
}

// ---- reading ----

enum status jobs_find(struct jobs *jobs, const char *id, struct job_row *ret, struct buffer *view,
                      struct error *err)
{
    struct statement *s = jobs->kept[KEPT_FIND];
    bool found = false;
    bind_text(s, ":id", id);
    enum status status = statement_step(s, &found, err);
    if (status == OK && found) {
        read_row(s, ret);
        if (view)
            buffer_text(view, column_text(s, "view"));
    }
    statement_reset(s);
    if (status == OK && !found)
        return error_set(err, ERR_NOT_FOUND, "there is no job %s", id);
    return status;
}

enum status jobs_spec(struct jobs *jobs, int64_t number, struct buffer *out, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    bool found = false;
    enum status status = db_prepare(jobs->db, "SELECT spec FROM job_specs WHERE job = :job", &s,
                                    err);
    if (status != OK)
        return status;
    bind_int(s, ":job", number);
    status = statement_step(s, &found, err);
    if (status == OK && !found)
        return error_set(err, ERR_NOT_FOUND, "job number %lld has no spec", (long long)number);
    if (status == OK)
        buffer_text(out, column_text(s, "spec"));
    return status;
}

// One text for each kind, so that each finds its index.
static const char *const list_sql[] = {
    [JOBS_ALL] = "",
    [JOBS_ACTIVE] = " AND ended = 0",
    [JOBS_ENDED] = " AND ended = 1",
};

static enum status list_rows(struct statement *s,
                             enum status (*each)(void *context, const struct job_row *row,
                                                 const char *view, struct error *err),
                             void *context, struct error *err)
{
    bool found = false;
    enum status status = statement_step(s, &found, err);
    while (status == OK && found) {
        struct job_row row;
        read_row(s, &row);
        status = each(context, &row, column_text(s, "view"), err);
        if (status == OK)
            status = statement_step(s, &found, err);
    }
    return status;
}

enum status jobs_list(struct jobs *jobs, const struct jobs_query *query,
                      enum status (*each)(void *context, const struct job_row *row,
                                          const char *view, struct error *err),
                      void *context, struct error *err)
{
    char sql[512];
    struct statement *s AUTO(statement_free) = NULL;
    assert(query->which <= JOBS_ENDED);
    (void)snprintf(sql, sizeof(sql),
                   "SELECT " COLUMNS ", view FROM jobs JOIN job_views ON job = number"
                   " WHERE number < :before%s%s ORDER BY number DESC LIMIT :limit",
                   query->user ? " AND user = :user" : "", list_sql[query->which]);
    enum status status = db_prepare(jobs->db, sql, &s, err);
    if (status != OK)
        return status;
    if (query->user)
        bind_text(s, ":user", query->user);
    bind_int(s, ":before", query->before > 0 ? query->before : INT64_MAX);
    bind_int(s, ":limit", query->limit);
    return list_rows(s, each, context, err);
}

static void read_attempt(const struct statement *s, struct attempt_row *ret)
{
    size_t n = 0;
    *ret = (struct attempt_row){
        .process = {.pid = column_int(s, "pid"),
                    .start_ticks = (uint64_t)column_int(s, "start_ticks")},
        .started_ms = column_int(s, "started_ms"),
        .ended = !column_is_null(s, "ended_ms"),
        .ended_ms = column_int(s, "ended_ms"),
    };
    (void)text_copy(ret->process.boot, sizeof(ret->process.boot), column_text(s, "boot"));
    (void)text_copy(ret->how, sizeof(ret->how), column_text(s, "how"));
    const void *hash = column_blob(s, "token_hash", &n);
    if (n == JOBS_TOKEN_HASH)
        memcpy(ret->token_hash, hash, n);
}

enum status jobs_attempt(struct jobs *jobs, int64_t number, uint32_t attempt,
                         struct attempt_row *ret, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    bool found = false;
    enum status status = db_prepare(
        jobs->db, "SELECT * FROM attempts WHERE job = :job AND attempt = :attempt", &s, err);
    if (status != OK)
        return status;
    bind_int(s, ":job", number);
    bind_int(s, ":attempt", attempt);
    status = statement_step(s, &found, err);
    if (status == OK && !found)
        return error_set(err, ERR_NOT_FOUND, "job number %lld has no attempt %u", (long long)number,
                         attempt);
    if (status == OK)
        read_attempt(s, ret);
    return status;
}

static enum status count_attempts(struct jobs *jobs, int64_t *ret, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    bool row = false;
    enum status status = db_prepare(
        jobs->db, "SELECT count(*) AS n FROM attempts WHERE ended_ms IS NULL", &s, err);
    if (status == OK)
        status = statement_step(s, &row, err);
    if (status == OK)
        *ret = column_int(s, "n");
    return status;
}

enum status jobs_count(struct jobs *jobs, struct jobs_counts *ret, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    bool row = false;
    *ret = (struct jobs_counts){0};
    enum status status = db_prepare(
        jobs->db, "SELECT state, count(*) AS n FROM jobs GROUP BY state", &s, err);
    if (status == OK)
        status = statement_step(s, &row, err);
    while (status == OK && row) {
        enum job_state state;
        if (job_state_from_name(column_text(s, "state"), &state))
            ret->jobs[state] = column_int(s, "n");
        status = statement_step(s, &row, err);
    }
    return status == OK ? count_attempts(jobs, &ret->open_attempts, err) : status;
}
