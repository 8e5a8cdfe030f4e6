// SPDX-License-Identifier: GPL-3.0-or-later
// exports_api.c — requests about jobs: handed to the supervisor, whose answers become replies.
//
// The supervisor answers on its own thread. There the reply is written (nobody else has the
// exchange then), and the exchange is posted back to the loop.
#include <string.h>

#include "base/json_write.h"
#include "server/wire.h"
#include "sys/clock.h"

// ---- on the supervisor's thread ----

static void write_job(const struct supervisor_job *job, struct json_writer *w)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, SNAPSHOT_MAX_TEXT);
    snapshot_json_full(job->snapshot, &text);
    jw_raw(w, buffer_string(&text));
}

static void write_page(const struct supervisor_answer *answer, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key(w, "exports");
    jw_array_begin(w);
    for (size_t i = 0; i < answer->job_count; i++)
        write_job(&answer->jobs[i], w);
    jw_array_end(w);
    jw_key(w, "next");
    if (answer->has_more)
        jw_uint(w, answer->next);
    else
        jw_null(w);
    jw_object_end(w);
}

static void add_location(struct reply *r, const char *job)
{
    char path[64 + EVENT_MAX_NAME];
    (void)snprintf(path, sizeof(path), "/api/exports/%s", job);
    reply_field(r, "Location", path);
}

static void write_answer(struct exchange *x, const struct supervisor_answer *answer)
{
    struct json_writer w;
    struct reply *r = &x->reply;
    reply_json(r, route_info(x->route)->code);
    jw_init(&w, &r->body);
    if (x->route == ROUTE_LIST) {
        write_page(answer, &w);
    } else if (x->route == ROUTE_WORKER_EVENTS) {
        jw_object_begin(&w);
        jw_key_bool(&w, "cancel", answer->cancel);
        jw_object_end(&w);
    } else if (answer->job_count == 1) {
        const struct job_snapshot *s = answer->jobs[0].snapshot;
        write_job(&answer->jobs[0], &w);
        add_location(r, s->job);
        bool is_old = x->route == ROUTE_SUBMIT && !answer->created;
        bool has_ended = x->route == ROUTE_CANCEL && job_state_terminal(s->state);
        if (is_old || has_ended)
            r->code = 200;
    }
    buffer_text(&r->body, "\n");
}

static void on_answer(void *context, const struct supervisor_answer *answer)
{
    struct exchange *x = context;
    if (answer->error)
        reply_error(&x->reply, answer->error);
    else
        write_answer(x, answer);
    desk_post(x->server->desk, &x->task);
}

// ---- on the loop ----

static struct exchange *of_task(struct task *task)
{
    return (struct exchange *)(void *)((char *)task - offsetof(struct exchange, task));
}

static void finish_answer(struct task *task)
{
    struct exchange *x = of_task(task);
    if (exchange_return(x))
        exchange_answer(x);
}

static struct supervisor_reply leave_for_answer(struct exchange *x)
{
    x->task.finish = finish_answer;
    exchange_leave(x);
    return (struct supervisor_reply){on_answer, x};
}

// The supervisor did not even take the request.
static void check_taken(struct exchange *x, enum status status, const struct error *err)
{
    if (status == OK)
        return;
    if (exchange_return(x))
        exchange_fail(x, err);
}

void exports_submit(struct exchange *x)
{
    struct error err = {0};
    int64_t priority = 0;
    const struct request *r = &x->request;
    const char *key = request_header(r, HEADER_IDEMPOTENCY_KEY);
    if (key && (key[0] == '\0' || strlen(key) >= SUPERVISOR_MAX_KEY)) {
        (void)error_set(&err, ERR_INVALID, "Idempotency-Key: expected 1 to %d bytes",
                        SUPERVISOR_MAX_KEY - 1);
        exchange_fail(x, &err);
        return;
    }
    if (request_integer(r, "priority", -SUPERVISOR_MAX_PRIORITY, SUPERVISOR_MAX_PRIORITY, &priority,
                        &err) != OK) {
        exchange_fail(x, &err);
        return;
    }
    const struct supervisor_submit submit = {
        .user = r->user,
        .spec = buffer_string(&r->body),
        .spec_bytes = r->body.size,
        .idempotency_key = key,
        .priority = (int)priority,
    };
    check_taken(x, supervisor_submit(x->server->supervisor, &submit, leave_for_answer(x), &err),
                &err);
}

static enum status read_which(const struct request *r, enum supervisor_which *ret,
                              struct error *err)
{
    static const char *const names[] = {
        [SUPERVISOR_ALL] = "all", [SUPERVISOR_ACTIVE] = "active", [SUPERVISOR_ENDED] = "ended"};
    const char *text = request_argument(r, "state");
    if (!text)
        return OK;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], text) == 0) {
            *ret = (enum supervisor_which)i;
            return OK;
        }
    }
    return error_set(err, ERR_INVALID, "state: expected all, active or ended, got %s", text);
}

void exports_list(struct exchange *x)
{
    struct error err = {0};
    const struct request *r = &x->request;
    struct supervisor_list list = {.user = r->user, .which = SUPERVISOR_ALL};
    int64_t limit = 50;
    int64_t before = 0;
    if (read_which(r, &list.which, &err) != OK ||
        request_integer(r, "limit", 1, SUPERVISOR_MAX_PAGE, &limit, &err) != OK ||
        request_integer(r, "before", 0, INT64_MAX, &before, &err) != OK) {
        exchange_fail(x, &err);
        return;
    }
    list.limit = (uint32_t)limit;
    list.before = (uint64_t)before;
    check_taken(x, supervisor_list(x->server->supervisor, &list, leave_for_answer(x), &err), &err);
}

typedef enum status about_job(struct supervisor *s, const char *user, const char *job,
                              struct supervisor_reply reply, struct error *err);

static void ask_about(struct exchange *x, about_job *ask)
{
    struct error err = {0};
    check_taken(x, ask(x->server->supervisor, x->request.user, x->rest, leave_for_answer(x), &err),
                &err);
}

void exports_find(struct exchange *x)
{
    ask_about(x, supervisor_find);
}

void exports_cancel(struct exchange *x)
{
    ask_about(x, supervisor_cancel);
}

void exports_retry(struct exchange *x)
{
    ask_about(x, supervisor_retry);
}

void exports_worker_events(struct exchange *x)
{
    struct error err = {0};
    const struct request *r = &x->request;
    const char *token = access_bearer(request_header(r, HEADER_AUTHORIZATION));
    check_taken(x,
                supervisor_worker_events(x->server->supervisor, x->rest, token ? token : "",
                                         buffer_string(&r->body), r->body.size, leave_for_answer(x),
                                         &err),
                &err);
}

// ---- a job that somebody wants to watch and the hub does not have ----

static void on_found(void *context, const struct supervisor_answer *answer)
{
    struct exchange *x = context;
    x->has_failed = answer->error != NULL;
    if (answer->error)
        x->error = *answer->error;
    else
        x->found = answer->jobs[0].snapshot ? mem_new(struct job_snapshot) : NULL;
    if (x->found)
        *x->found = *answer->jobs[0].snapshot;
    desk_post(x->server->desk, &x->task);
}

static void finish_fetch(struct task *task)
{
    struct exchange *x = of_task(task);
    struct job_snapshot *found = x->found;
    x->found = NULL;
    if (found) {
        hub_update(x->server->hub, x->request.user, found, clock_now_ns());
        hub_tick(x->server->hub, clock_now_ns()); // so that it is not told twice
        free(found);
    }
    if (exchange_return(x))
        x->then(x);
}

void exports_fetch(struct exchange *x, void (*then)(struct exchange *x))
{
    const struct supervisor_reply reply = {on_found, x};
    x->then = then;
    x->task.finish = finish_fetch;
    exchange_leave(x);
    if (supervisor_find(x->server->supervisor, x->request.user, x->rest, reply, &x->error) == OK)
        return;
    x->has_failed = true;
    if (exchange_return(x))
        then(x);
}
