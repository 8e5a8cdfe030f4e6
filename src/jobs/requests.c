// SPDX-License-Identifier: GPL-3.0-or-later
// requests.c — what others ask of the supervisor: put into the inbox on their threads, answered on
// its own.
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/text.h"
#include "job/object_key.h"
#include "job/spec.h"
#include "job/spec_features.h"
#include "jobs/placing.h"
#include "jobs/spool.h"
#include "jobs/supervisor_state.h"
#include "sys/clock.h"

enum { INBOX_MAX = 10000 };

// ---- asking: any thread ----

static struct request *request_new(enum request_kind kind, struct supervisor_reply reply)
{
    struct request *r = mem_new(struct request);
    r->kind = kind;
    r->reply = reply;
    return r;
}

static void request_free(struct request *r)
{
    free(r->user);
    free(r->job);
    free(r->key);
    free(r->token);
    free(r->text);
    free(r);
}

static enum status ask(struct supervisor *s, struct request *r, struct error *err)
{
    (void)pthread_mutex_lock(&s->lock);
    bool taken = !s->stopping && s->inbox_count < INBOX_MAX;
    bool stopping = s->stopping;
    if (taken) {
        *s->inbox_last = r;
        s->inbox_last = &r->next;
        s->inbox_count++;
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (!taken) {
        request_free(r);
        return error_set(err, ERR_UNAVAILABLE,
                         stopping ? "the server is stopping" : "the server has too much to do");
    }
    (void)eventfd_write(s->wake_fd, 1);
    return OK;
}

enum status supervisor_submit(struct supervisor *s, const struct supervisor_submit *submit,
                              struct supervisor_reply reply, struct error *err)
{
    struct request *r = request_new(REQUEST_SUBMIT, reply);
    r->user = mem_strdup(submit->user);
    r->key = mem_strdup(submit->idempotency_key);
    r->text = mem_strndup(submit->spec, submit->spec_bytes);
    r->text_bytes = submit->spec_bytes;
    r->priority = submit->priority;
    return ask(s, r, err);
}

static enum status ask_of_job(struct supervisor *s, enum request_kind kind, const char *user,
                              const char *job, struct supervisor_reply reply, struct error *err)
{
    struct request *r = request_new(kind, reply);
    r->user = mem_strdup(user);
    r->job = mem_strdup(job);
    return ask(s, r, err);
}

enum status supervisor_cancel(struct supervisor *s, const char *user, const char *job,
                              struct supervisor_reply reply, struct error *err)
{
    return ask_of_job(s, REQUEST_CANCEL, user, job, reply, err);
}

enum status supervisor_retry(struct supervisor *s, const char *user, const char *job,
                             struct supervisor_reply reply, struct error *err)
{
    return ask_of_job(s, REQUEST_RETRY, user, job, reply, err);
}

enum status supervisor_find(struct supervisor *s, const char *user, const char *job,
                            struct supervisor_reply reply, struct error *err)
{
    return ask_of_job(s, REQUEST_FIND, user, job, reply, err);
}

enum status supervisor_list(struct supervisor *s, const struct supervisor_list *list,
                            struct supervisor_reply reply, struct error *err)
{
    struct request *r = request_new(REQUEST_LIST, reply);
    r->user = mem_strdup(list->user);
    r->list = *list;
    return ask(s, r, err);
}

enum status supervisor_worker_events(struct supervisor *s, const char *job, const char *token,
                                     const char *lines, size_t n, struct supervisor_reply reply,
                                     struct error *err)
{
    struct request *r = request_new(REQUEST_EVENTS, reply);
    r->job = mem_strdup(job);
    r->token = mem_strdup(token);
    r->text = mem_strndup(lines, n);
    r->text_bytes = n;
    return ask(s, r, err);
}

enum status supervisor_drain(struct supervisor *s, struct supervisor_reply reply, struct error *err)
{
    return ask(s, request_new(REQUEST_DRAIN, reply), err);
}

// ---- answering: the supervisor's thread ----

static void answer(const struct request *r, const struct supervisor_answer *a)
{
    if (r->reply.done)
        r->reply.done(r->reply.context, a);
}

static void answer_error(const struct request *r, const struct error *err)
{
    answer(r, &(struct supervisor_answer){.error = err});
}

static void answer_snapshot(const struct request *r, const char *user,
                            const struct job_snapshot *snapshot, bool created)
{
    const struct supervisor_job job = {.user = user, .snapshot = snapshot};
    answer(r, &(struct supervisor_answer){.jobs = &job, .job_count = 1, .created = created});
}

// What the table keeps of a job. Its state is that of the row.
static enum status snapshot_of(const struct job_row *row, const char *view,
                               struct job_snapshot *ret, struct error *err)
{
    *ret = (struct job_snapshot){0};
    enum status status = snapshot_json_apply(ret, view, strlen(view), err);
    ret->state = row->state;
    return status == OK ? OK : error_wrap(err, "job %s", row->id);
}

static enum status find_row(struct supervisor *s, const struct request *r, struct job_row *row,
                            struct buffer *view, struct error *err)
{
    enum status status = jobs_find(s->jobs, r->job, row, view, err);
    if (status == OK && r->user && strcmp(r->user, row->user) != 0)
        return error_set(err, ERR_NOT_FOUND, "there is no job %s", r->job);
    return status;
}

// The job of the table, which may be live.
static void answer_row(struct supervisor *s, const struct request *r, const struct job_row *row,
                       const char *view, bool created)
{
    struct job_snapshot snapshot;
    struct error err = {0};
    const struct live_job *j = find_live(s, row->id);
    if (j)
        answer_snapshot(r, row->user, &j->snapshot, created);
    else if (snapshot_of(row, view, &snapshot, &err) == OK)
        answer_snapshot(r, row->user, &snapshot, created);
    else
        answer_error(r, &err);
}

// A live job of that user, or NULL.
static struct live_job *find_users(struct supervisor *s, const struct request *r)
{
    struct live_job *j = find_live(s, r->job);
    return j && (!r->user || strcmp(r->user, j->row.user) == 0) ? j : NULL;
}

static void do_find(struct supervisor *s, struct request *r, int64_t now_ns)
{
    (void)now_ns;
    struct job_row row;
    struct error err = {0};
    struct buffer view BUFFER_AUTO;
    buffer_init(&view, SNAPSHOT_MAX_TEXT);
    const struct live_job *j = find_users(s, r);
    if (j)
        answer_snapshot(r, j->row.user, &j->snapshot, false);
    else if (find_row(s, r, &row, &view, &err) == OK)
        answer_row(s, r, &row, buffer_string(&view), false);
    else
        answer_error(r, &err);
}

// ---- submit ----

static void fresh_id(char id[static JOBS_ID])
{
    unsigned char bytes[12];
    ssize_t n = getrandom(bytes, sizeof(bytes), 0);
    assert(n == (ssize_t)sizeof(bytes));
    (void)n;
    for (size_t i = 0; i < sizeof(bytes); i++)
        (void)snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

static enum status check_submit(const struct supervisor *s, const struct request *r,
                                struct error *err)
{
    if (s->draining)
        return error_set(err, ERR_UNAVAILABLE, "the server is stopping and takes no jobs");
    if (r->key && (r->key[0] == '\0' || strlen(r->key) >= SUPERVISOR_MAX_KEY))
        return error_set(err, ERR_INVALID, "idempotency key: expected 1 to %d bytes, got %zu",
                         SUPERVISOR_MAX_KEY - 1, strlen(r->key));
    if (r->priority < -SUPERVISOR_MAX_PRIORITY || r->priority > SUPERVISOR_MAX_PRIORITY)
        return error_set(err, ERR_INVALID, "priority: expected a number from %d to %d, got %d",
                         -SUPERVISOR_MAX_PRIORITY, SUPERVISOR_MAX_PRIORITY, r->priority);
    return user_name_check(r->user, err);
}

static enum status check_room(const struct supervisor *s, const char *user, struct error *err)
{
    uint32_t all = 0;
    uint32_t own = 0;
    for (const struct live_job *j = s->live; j; j = j->next) {
        all += !j->ended_ns;
        own += !j->ended_ns && strcmp(j->row.user, user) == 0;
    }
    if (own >= s->o.queue_per_user) {
        (void)error_set(err, ERR_LIMIT, "%u of your jobs wait or run already; at most %u may", own,
                        s->o.queue_per_user);
        err->retryable = true; // some will end
        return ERR_LIMIT;
    }
    if (all >= s->o.queue_limit)
        return error_set(err, ERR_UNAVAILABLE, "%u jobs wait or run already; at most %u may", all,
                         s->o.queue_limit);
    return OK;
}

// A live job for a spec that was never submitted, with its first snapshot.
static struct live_job *conceive(const struct spec *spec, const struct job_row *row,
                                 const struct supervisor *s, int64_t now_ns)
{
    struct features features;
    spec_features(spec, &features);
    learning_idle(s->learning, row->submitted_ms, &features);
    struct live_job *j = live_job_new(row, spec->type, &features, learning_model(s->learning),
                                      now_ns);
    j->output = mem_strdup(spec->output);
    live_job_measure(j, now_ns);
    if (s->o.on_trace)
        live_job_trace(j);
    live_job_enter(j, PHASE_QUEUE, now_ns);
    live_job_look(j, s->o.retry.max_attempts, now_ns);
    return j;
}

static enum status store_job(struct supervisor *s, struct live_job *j, struct job_new *add,
                             struct job_row *row, bool *ret_created, struct error *err)
{
    struct buffer view BUFFER_AUTO;
    bool found = false;
    buffer_init(&view, SNAPSHOT_MAX_TEXT);
    snapshot_json_full(&j->snapshot, &view);
    add->view = buffer_string(&view);
    *ret_created = false;
    enum status status = jobs_submitted(s->jobs, add, row, &found, err);
    if (status != OK || found)
        return status;
    status = check_room(s, add->user, err);
    return status == OK ? jobs_submit(s->jobs, add, row, ret_created, err) : status;
}

static void welcome(struct supervisor *s, const struct request *r, struct live_job *j,
                    const struct job_row *row, int64_t now_ns)
{
    j->row = *row;
    j->published_ns = now_ns;
    j->shown_seq = j->snapshot.seq;
    add_live(s, j);
    s->stats.submitted++;
    s->stats.snapshots++;
    s->lineup_changed = true;
    s->o.on_snapshot(s->o.context, j->row.user, &j->snapshot);
    answer_snapshot(r, j->row.user, &j->snapshot, true);
}

// The job that was there already.
static void answer_earlier(struct supervisor *s, struct request *r, const struct job_row *earlier)
{
    struct job_row row;
    struct error err = {0};
    struct buffer view BUFFER_AUTO;
    buffer_init(&view, SNAPSHOT_MAX_TEXT);
    if (jobs_find(s->jobs, earlier->id, &row, &view, &err) == OK)
        answer_row(s, r, &row, buffer_string(&view), false);
    else
        answer_error(r, &err);
}

static void submit_spec(struct supervisor *s, struct request *r, struct spec *spec,
                        const char *retry_of, int64_t now_ns)
{
    struct error err = {0};
    struct job_row row = {.state = JOB_QUEUED, .submitted_ms = clock_wall_ms()};
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, (size_t)2 * SPEC_MAX_TEXT_BYTES);
    bool created = false;
    fresh_id(row.id);
    spec_write(spec, &text);
    struct live_job *j = conceive(spec, &row, s, now_ns);
    struct job_new add = {
        .id = row.id,
        .user = r->user,
        .idempotency_key = r->key,
        .retry_of = retry_of,
        .type = export_info(spec->type)->name,
        .output = spec->output,
        .spec = buffer_string(&text),
        .priority = r->priority,
        .now_ms = row.submitted_ms,
    };
    char *output AUTO(mem_free) = mem_strdup(spec->output); // placing changes the spec
    struct job_row stored;
    add.output = output;
    char id[JOBS_ID];
    memcpy(id, row.id, sizeof(id));
    enum status status = OK;
    if (s->o.object_root)
        status = placing_apply(spec, s->o.object_root, r->user, &err);
    if (status == OK)
        status = store_job(s, j, &add, &stored, &created, &err);
    if (status == OK && created) {
        welcome(s, r, j, &stored, now_ns);
        return;
    }
    live_job_free(j);
    if (status == OK)
        answer_earlier(s, r, &stored);
    else
        answer_error(r, &err);
}

static void do_submit(struct supervisor *s, struct request *r, int64_t now_ns)
{
    struct error err = {0};
    struct spec *spec AUTO(spec_free) = NULL;
    enum status status = check_submit(s, r, &err);
    if (status == OK)
        status = spec_parse(r->text, r->text_bytes, &spec, &err);
    if (status == OK && spec)
        submit_spec(s, r, spec, NULL, now_ns);
    else
        answer_error(r, &err);
}

static enum status spec_to_retry(struct supervisor *s, const struct job_row *row, struct spec **ret,
                                 struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, (size_t)2 * SPEC_MAX_TEXT_BYTES);
    if (row->state != JOB_FAILED && row->state != JOB_CANCELLED)
        return error_set(err, ERR_CONFLICT,
                         "job %s is %s; only one that failed or was cancelled is tried again",
                         row->id, job_state_name(row->state));
    enum status status = jobs_spec(s->jobs, row->number, &text, err);
    return status == OK ? spec_parse(buffer_string(&text), text.size, ret, err) : status;
}

static void do_retry(struct supervisor *s, struct request *r, int64_t now_ns)
{
    struct error err = {0};
    struct job_row row;
    struct spec *spec AUTO(spec_free) = NULL;
    if (find_row(s, r, &row, NULL, &err) != OK || spec_to_retry(s, &row, &spec, &err) != OK) {
        answer_error(r, &err);
        return;
    }
    free(r->user);
    r->user = mem_strdup(row.user);
    r->priority = row.priority;
    if (spec && check_submit(s, r, &err) == OK)
        submit_spec(s, r, spec, row.id, now_ns);
    else
        answer_error(r, &err);
}

// ---- the others ----

static void do_cancel(struct supervisor *s, struct request *r, int64_t now_ns)
{
    struct error err = {0};
    struct live_job *j = find_users(s, r);
    if (!j || j->ended_ns) {
        do_find(s, r, now_ns);
        return;
    }
    if (jobs_ask_cancel(s->jobs, &j->row, &err) != OK) {
        answer_error(r, &err);
        return;
    }
    cancel_job(s, j, now_ns);
    if (!j->ended_ns)
        publish(s, j, now_ns);
    answer_snapshot(r, j->row.user, &j->snapshot, false);
}

// A page in the making.
struct page {
    struct supervisor *s;
    struct job_snapshot *snapshots;
    struct supervisor_job *jobs;
    char (*users)[JOBS_USER];
    size_t count, limit;
    bool has_more;
    int64_t last;
};

static enum status add_to_page(void *context, const struct job_row *row, const char *view,
                               struct error *err)
{
    struct page *page = context;
    if (page->count == page->limit) {
        page->has_more = true;
        return OK;
    }
    struct job_snapshot *snapshot = &page->snapshots[page->count];
    const struct live_job *j = find_live(page->s, row->id);
    if (j)
        *snapshot = j->snapshot;
    else if (snapshot_of(row, view, snapshot, err) != OK)
        return err->status;
    memcpy(page->users[page->count], row->user, JOBS_USER);
    page->jobs[page->count] = (struct supervisor_job){.user = page->users[page->count],
                                                      .snapshot = snapshot};
    page->last = row->number;
    page->count++;
    return OK;
}

static void do_list(struct supervisor *s, struct request *r, int64_t now_ns)
{
    (void)now_ns;
    static const enum jobs_which which[] = {[SUPERVISOR_ALL] = JOBS_ALL,
                                            [SUPERVISOR_ACTIVE] = JOBS_ACTIVE,
                                            [SUPERVISOR_ENDED] = JOBS_ENDED};
    struct error err = {0};
    size_t limit = r->list.limit;
    if (limit < 1 || limit > SUPERVISOR_MAX_PAGE) {
        (void)error_set(&err, ERR_INVALID, "limit: expected a number from 1 to %d, got %zu",
                        SUPERVISOR_MAX_PAGE, limit);
        answer_error(r, &err);
        return;
    }
    struct job_snapshot *snapshots AUTO(mem_free) = mem_zeroed(limit, sizeof(struct job_snapshot));
    struct supervisor_job *jobs AUTO(mem_free) = mem_zeroed(limit, sizeof(struct supervisor_job));
    void *users AUTO(mem_free) = mem_zeroed(limit, JOBS_USER);
    struct page page = {
        .s = s, .snapshots = snapshots, .jobs = jobs, .users = users, .limit = limit};
    const struct jobs_query query = {
        .user = r->user,
        .which = which[r->list.which],
        .before = (int64_t)r->list.before,
        .limit = (uint32_t)limit + 1,
    };
    if (jobs_list(s->jobs, &query, add_to_page, &page, &err) != OK)
        answer_error(r, &err);
    else
        answer(r, &(struct supervisor_answer){.jobs = jobs,
                                              .job_count = page.count,
                                              .has_more = page.has_more,
                                              .next = (uint64_t)page.last});
}

static bool same_hash(const unsigned char *a, const unsigned char *b)
{
    unsigned char differs = 0;
    for (int i = 0; i < JOBS_TOKEN_HASH; i++)
        differs |= a[i] ^ b[i];
    return differs == 0;
}

static enum status check_token(struct supervisor *s, const struct live_job *j, const char *token,
                               struct error *err)
{
    struct attempt_row attempt;
    unsigned char hash[JOBS_TOKEN_HASH];
    if (!s->o.hash)
        return error_set(err, ERR_PERMISSION, "this server takes no events of workers");
    enum status status = jobs_attempt(s->jobs, j->row.number, j->row.attempt, &attempt, err);
    if (status != OK)
        return status;
    s->o.hash(token, strlen(token), hash);
    if (!same_hash(hash, attempt.token_hash))
        return error_set(err, ERR_PERMISSION, "that is not the token of job %s's attempt %u",
                         j->row.id, j->row.attempt);
    return OK;
}

// Through the attempt's file, as a local worker's: so they outlive this process too.
static void do_events(struct supervisor *s, struct request *r, int64_t now_ns)
{
    struct error err = {0};
    struct live_job *j = find_live(s, r->job);
    if (!j || !j->feed) {
        (void)error_set(&err, ERR_NOT_FOUND, "no worker is expected to speak for job %s", r->job);
        answer_error(r, &err);
        return;
    }
    if (check_token(s, j, r->token, &err) != OK ||
        spool_append(s->spool_dir, r->job, j->row.attempt, r->text, r->text_bytes, &err) != OK) {
        answer_error(r, &err);
        return;
    }
    bool cancel = j->row.cancel_asked;
    look_after(s, j, now_ns);
    answer(r, &(struct supervisor_answer){.cancel = cancel});
}

static void do_drain(struct supervisor *s, struct request *r, int64_t now_ns)
{
    (void)now_ns;
    struct request *waiting = mem_new(struct request);
    waiting->reply = r->reply;
    waiting->next = s->drains;
    s->drains = waiting;
    s->draining = true;
}

void answer_drains(struct supervisor *s)
{
    for (const struct live_job *j = s->live; j; j = j->next) {
        if (j->feed || j->ended_ns)
            return;
    }
    while (s->drains) {
        struct request *r = s->drains;
        s->drains = r->next;
        answer(r, &(struct supervisor_answer){0});
        request_free(r);
    }
}

typedef void do_fn(struct supervisor *s, struct request *r, int64_t now_ns);

static do_fn *const doers[] = {
    [REQUEST_SUBMIT] = do_submit, [REQUEST_CANCEL] = do_cancel, [REQUEST_RETRY] = do_retry,
    [REQUEST_FIND] = do_find,     [REQUEST_LIST] = do_list,     [REQUEST_EVENTS] = do_events,
    [REQUEST_DRAIN] = do_drain,
};
static_assert(sizeof(doers) / sizeof(doers[0]) == REQUEST_KIND_COUNT, "one for each kind");

static struct request *take_inbox(struct supervisor *s)
{
    (void)pthread_mutex_lock(&s->lock);
    struct request *first = s->inbox;
    s->inbox = NULL;
    s->inbox_last = &s->inbox;
    s->inbox_count = 0;
    (void)pthread_mutex_unlock(&s->lock);
    return first;
}

void answer_requests(struct supervisor *s, int64_t now_ns)
{
    struct request *r = take_inbox(s);
    while (r) {
        struct request *next = r->next;
        doers[r->kind](s, r, now_ns);
        request_free(r);
        r = next;
    }
}

void refuse_requests(struct supervisor *s)
{
    struct error err;
    (void)error_set(&err, ERR_UNAVAILABLE, "the server is stopping");
    for (struct request *r = take_inbox(s), *next; r; r = next) {
        next = r->next;
        answer_error(r, &err);
        request_free(r);
    }
    while (s->drains) {
        struct request *r = s->drains;
        s->drains = r->next;
        answer_error(r, &err);
        request_free(r);
    }
}
