// SPDX-License-Identifier: GPL-3.0-or-later
// server.c — see server.h. What is not a request: start, timers, tokens, stop.
#include "server/server.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "base/text.h"
#include "history/tokens.h"
#include "server/openapi.h"
#include "server/wire.h"
#include "sys/clock.h"
#include "sys/log.h"

enum {
    DESK_THREADS = 4,
    BEAT_MS = 20,
    IDLE_BEAT_MS = 1000,
    MAX_TOKENS = 10000,
    FILES_FOR_US = 256, // of the process that are no connections
};
#define STOP_NS (5 * SECOND_NS)
#define MS_NS INT64_C(1000000)

// ---- tokens ----

static void add_entry(void *context, const struct token_row *row)
{
    struct token_book *book = context;
    if (book->count == MAX_TOKENS)
        return;
    book->entries = mem_resize(book->entries, book->count + 1, sizeof(*book->entries));
    struct token_entry *entry = &book->entries[book->count++];
    memcpy(entry->hash, row->hash, sizeof(entry->hash));
    (void)text_copy(entry->user, sizeof(entry->user), row->user);
}

static enum status read_tokens(const char *data_dir, struct token_book *ret, struct error *err)
{
    struct buffer path BUFFER_AUTO;
    struct db *db AUTO(db_free) = NULL;
    buffer_init(&path, 4096);
    buffer_printf(&path, "%s/headway.db", data_dir);
    const struct db_options options = {.path = buffer_string(&path)};
    *ret = (struct token_book){0};
    enum status status = db_open(&options, &db, err);
    return status == OK ? tokens_each(db, add_entry, ret, err) : status;
}

struct token_errand {
    struct task task; // first member: the task is the errand
    struct server *server;
    struct token_book book;
    bool has_failed;
};

static void work_tokens(struct task *task)
{
    struct token_errand *errand = (struct token_errand *)task;
    struct error err = {0};
    errand->has_failed = read_tokens(errand->server->options->data_dir, &errand->book, &err) != OK;
    if (errand->has_failed)
        log_line(LOG_WARN, "tokens are as they were: %s", err.text);
}

static void finish_tokens(struct task *task)
{
    struct token_errand *errand = (struct token_errand *)task;
    errand->server->tokens_away = false;
    if (!errand->has_failed)
        access_replace(&errand->server->access, &errand->book);
    free(errand->book.entries);
    free(errand);
}

static void read_tokens_again(struct server *s)
{
    if (s->tokens_away)
        return;
    struct token_errand *errand = mem_new(struct token_errand);
    errand->task = (struct task){.work = work_tokens, .finish = finish_tokens};
    errand->server = s;
    s->tokens_away = true;
    desk_do(s->desk, &errand->task);
}

// ---- timers ----

static struct server *of_timer(lws_sorted_usec_list_t *timer, size_t offset)
{
    return (struct server *)(void *)((char *)timer - offset);
}

static void tell_news(struct server *s)
{
    int64_t now_ns = clock_now_ns();
    s->last_tick_ns = now_ns;
    for (struct letter *l = mailbox_take(s->mailbox), *next; l; l = next) {
        next = l->next;
        hub_update(s->hub, l->user, &l->snapshot, now_ns);
        free(l);
    }
    hub_tick(s->hub, now_ns);
}

static void on_tick(lws_sorted_usec_list_t *timer)
{
    struct server *s = of_timer(timer, offsetof(struct server, tick));
    s->tick_is_set = false;
    tell_news(s);
}

// There is news: told at once, or when the time since the last news has passed.
void server_plan_tick(struct server *s)
{
    if (s->tick_is_set || !s->context)
        return;
    int64_t due_ns = s->last_tick_ns + s->options->tick_ms * MS_NS - clock_now_ns();
    s->tick_is_set = true;
    lws_sul_schedule(s->context, 0, &s->tick, on_tick, due_ns > 0 ? due_ns / 1000 : 1);
}

static void on_beat(lws_sorted_usec_list_t *timer)
{
    struct server *s = of_timer(timer, offsetof(struct server, beat));
    int64_t pause_ms = s->connections ? BEAT_MS : IDLE_BEAT_MS;
    pulse_beat(&s->pulse, clock_now_ns(), pause_ms * MS_NS);
    lws_sul_schedule(s->context, 0, &s->beat, on_beat, pause_ms * 1000);
}

static void on_housekeeping(lws_sorted_usec_list_t *timer)
{
    struct server *s = of_timer(timer, offsetof(struct server, housekeeping));
    int64_t now_ns = clock_now_ns();
    for (struct connection *c = s->connections, *next; c; c = next) {
        next = c->next;
        if (c->is_viewer)
            watch_housekeeping(c, now_ns);
        else
            exchange_housekeeping(c, now_ns);
    }
    read_tokens_again(s);
    server_plan_tick(s); // forgets jobs that ended long ago
    (void)sd_notify(0, "WATCHDOG=1");
    lws_sul_schedule(s->context, 0, &s->housekeeping, on_housekeeping, LWS_US_PER_SEC);
}

// ---- from other threads ----

static void wake_loop(void *context)
{
    struct server *s = context;
    lws_cancel_service(s->context);
}

void server_on_snapshot(void *context, const char *user, const struct job_snapshot *snapshot)
{
    struct server *s = context;
    if (mailbox_put(s->mailbox, user, snapshot))
        wake_loop(s);
}

// ---- start ----

static enum status make_folder(const char *path, struct error *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return OK;
    return error_set_errno(err, errno, "make the folder %s", path);
}

// As many files as the system lets us have; connections beyond that would only fail later.
static void raise_file_limit(const struct server_options *o)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur != RLIM_INFINITY && (int64_t)limit.rlim_cur < o->connections + FILES_FOR_US)
        log_line(LOG_WARN,
                 "the system allows this process %lld open files, which is less than "
                 "--max-connections needs",
                 (long long)limit.rlim_cur);
}

static enum status set_up_access(struct server *s, struct error *err)
{
    struct token_book book;
    enum status status = make_folder(s->options->data_dir, err);
    if (status == OK)
        status = read_tokens(s->options->data_dir, &book, err);
    if (status != OK)
        return status;
    access_init(&s->access, s->listening.is_wide);
    access_replace(&s->access, &book);
    if (s->listening.is_wide && s->access.book.count == 0)
        return error_set(err, ERR_USAGE,
                         "listen: %s can be reached from other machines, which needs a token: make "
                         "one with `headway token add NAME`, or listen on 127.0.0.1",
                         s->listening.name);
    return OK;
}

static char *object_root_of(const struct server_options *o)
{
    if (o->store)
        return mem_strdup(o->store);
    struct buffer root BUFFER_AUTO;
    buffer_init(&root, 4096);
    buffer_printf(&root, "%s/objects", o->data_dir);
    return buffer_take(&root);
}

enum status server_new(const struct server_options *options, struct storage *storage,
                       struct server **ret, struct error *err)
{
    struct server *s AUTO(server_free) = mem_new(struct server);
    *ret = NULL;
    s->options = options;
    s->storage = storage;
    s->object_root = object_root_of(options);
    raise_file_limit(options);
    enum status status = listen_open(options->listen, &s->listening, err);
    if (status == OK)
        status = set_up_access(s, err);
    if (status != OK)
        return status;
    const struct hub_limits limits = {(int)options->viewers, (int)options->viewers_per_user,
                                      (int)options->viewers_per_job};
    s->hub = hub_new(&limits);
    s->mailbox = mailbox_new();
    s->peers = peers_new();
    s->desk = desk_new(DESK_THREADS, wake_loop, s);
    buffer_init(&s->openapi, OPENAPI_MAX);
    openapi_write(&s->openapi);
    status = transport_open(s, err);
    if (status != OK)
        return status;
    *ret = s;
    s = NULL;
    return OK;
}

void server_free(struct server *s)
{
    if (!s)
        return;
    if (s->desk)
        desk_stop(s->desk); // nobody wakes the loop any more
    if (s->context)
        lws_context_destroy(s->context); // closes the listeners that it was given
    if (!s->transport_has_listeners)
        listen_close(&s->listening);
    desk_free(s->desk);
    hub_free(s->hub);
    mailbox_free(s->mailbox);
    peers_free(s->peers);
    access_done(&s->access);
    buffer_done(&s->openapi);
    free(s->object_root);
    free(s);
}

const char *server_address(const struct server *s)
{
    return s->listening.name;
}

const char *server_object_root(const struct server *s)
{
    return s->object_root;
}

// ---- run and stop ----

struct stop_waker {
    struct cancel_waker waker; // first member: the waker is the stop waker
    struct server *server;
};

static void on_stop(struct cancel_waker *waker)
{
    wake_loop(((struct stop_waker *)waker)->server);
}

// -- on the supervisor's thread
static void on_drained(void *context, const struct supervisor_answer *answer)
{
    struct server *s = context;
    (void)answer;
    desk_post(s->desk, &s->drained);
}

static void finish_drained(struct task *task)
{
    struct server *s = (struct server *)(void *)((char *)task - offsetof(struct server, drained));
    s->is_drained = true;
}

// No job is taken and none started; everybody is served on.
static void begin_to_drain(struct server *s)
{
    int64_t wait_s = s->options->stop_wait_s;
    struct error err = {0};
    s->is_draining = true;
    (void)sd_notifyf(0, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld",
                     (long long)((wait_s * SECOND_NS + 2 * STOP_NS) / 1000));
    s->drained.finish = finish_drained;
    if (wait_s == 0 ||
        supervisor_drain(s->supervisor, (struct supervisor_reply){on_drained, s}, &err) != OK)
        s->is_drained = true;
}

static void begin_to_stop(struct server *s)
{
    s->is_stopping = true;
    tell_news(s); // the last
    for (int i = 0; i < s->listening.count; i++)
        lws_set_timeout(s->listener_wsi[i], PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    for (struct connection *c = s->connections, *next; c; c = next) {
        next = c->next;
        if (c->is_viewer)
            watch_goodbye(c);
        else if (!c->exchange)
            connection_kill(c);
    }
}

enum status server_run(struct server *s, struct supervisor *supervisor, struct cancel *stop,
                       struct error *err)
{
    struct stop_waker waker = {.waker = {.wake = on_stop}, .server = s};
    int64_t draining_ns = 0;
    int64_t stopped_ns = 0;
    int rc = 0;
    s->supervisor = supervisor;
    cancel_add(stop, &waker.waker);
    lws_sul_schedule(s->context, 0, &s->housekeeping, on_housekeeping, 1);
    lws_sul_schedule(s->context, 0, &s->beat, on_beat, 1);
    (void)sd_notify(0, "READY=1");
    while (rc >= 0) {
        if (cancel_fired(stop) && !s->is_draining) {
            begin_to_drain(s);
            draining_ns = clock_now_ns();
        }
        if (s->is_draining && !s->is_stopping &&
            (s->is_drained || clock_now_ns() - draining_ns > s->options->stop_wait_s * SECOND_NS)) {
            begin_to_stop(s);
            stopped_ns = clock_now_ns();
        }
        if (s->is_stopping && (!s->connections || clock_now_ns() - stopped_ns > STOP_NS))
            break;
        pulse_turn_begin(&s->pulse);
        rc = lws_service(s->context, 0);
        pulse_turn_end(&s->pulse);
    }
    cancel_remove(stop, &waker.waker);
    return rc < 0 ? error_set(err, ERR_INTERNAL, "the web server's loop ended by itself") : OK;
}
