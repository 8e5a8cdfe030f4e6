// SPDX-License-Identifier: GPL-3.0-or-later
// upload.c — an object on its way from a client into the store.
//
// The loop collects what comes; the desk opens the sink, writes and commits. While the desk has one
// buffer the other fills; when that is full the peer is told to wait (by not reading from it), so
// an upload holds two buffers, however large the object and however slow the store.
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json_write.h"
#include "base/text.h"
#include "server/wire.h"
#include "storage/sink.h"
#include "sys/cancel.h"
#include "sys/clock.h"

enum { ENOUGH = 128 * 1024, FULL = 512 * 1024 };

struct upload {
    struct server *server;
    char *where;
    bool is_paused;
    bool is_over;         // the peer has sent all of it
    struct buffer coming; // -- the loop's
    // -- the desk's while the exchange is away
    struct buffer going;
    int64_t offset;
    bool commits;
    bool is_committed;
    struct sink *sink;
    struct error error; // status OK: none
    uint64_t size;
};

void upload_free(struct upload *u)
{
    if (!u)
        return;
    u->server->metrics.values[METRIC_UPLOADS]--;
    store_leave(u->server, u->sink, NULL);
    buffer_done(&u->coming);
    buffer_done(&u->going);
    free(u->where);
    free(u);
}

// ---- on the desk ----

// The folders above a local object. A store that has none needs none.
static enum status make_folders(char *where, struct error *err)
{
    if (strstr(where, "://"))
        return OK;
    for (char *at = strchr(where + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        int rc = mkdir(where, 0777);
        enum status status = rc != 0 && errno != EEXIST
                                 ? error_set_errno(err, errno, "make the folder")
                                 : OK;
        *at = '/';
        if (status != OK)
            return status;
    }
    return OK;
}

static enum status open_sink(struct upload *u, struct error *err)
{
    enum status status = make_folders(u->where, err);
    return status == OK ? sink_open(u->server->storage, u->where, NULL, &u->sink, err) : status;
}

static enum status step(struct upload *u, struct error *err)
{
    enum status status = u->sink ? OK : open_sink(u, err);
    if (status == ERR_NOT_FOUND) // a folder was just taken away because it was empty
        status = open_sink(u, err);
    if (status == OK && u->going.size > 0) {
        struct byte_sink *door = sink_bytes(u->sink);
        status = door->write_at(door, u->offset, u->going.data, u->going.size, err);
        u->offset += (int64_t)u->going.size;
        buffer_clear(&u->going);
    }
    if (status == OK && u->commits) {
        status = sink_commit(u->sink, &u->size, err);
        u->is_committed = status == OK;
    }
    return status;
}

static struct exchange *of_task(struct task *task)
{
    return (struct exchange *)(void *)((char *)task - offsetof(struct exchange, task));
}

static void work(struct task *task)
{
    struct upload *u = of_task(task)->upload;
    if (u->error.status == OK && step(u, &u->error) != OK) {
        sink_free(u->sink);
        u->sink = NULL;
    }
}

// ---- on the loop ----

static void answer(struct exchange *x)
{
    struct upload *u = x->upload;
    struct json_writer w;
    reply_json(&x->reply, route_info(x->route)->code);
    jw_init(&w, &x->reply.body);
    jw_object_begin(&w);
    jw_key_string(&w, "key", x->rest);
    jw_key_uint(&w, "bytes", u->size);
    jw_object_end(&w);
    exchange_answer(x);
}

static void set_paused(struct exchange *x, bool is_paused)
{
    if (x->upload->is_paused == is_paused)
        return;
    x->upload->is_paused = is_paused;
    (void)lws_rx_flow_control(x->connection->wsi, is_paused ? 0 : 1);
}

// Names of places on this machine are no business of the client's.
static void say_key(struct error *err, const struct upload *u, const char *key)
{
    char text[sizeof(err->text)];
    char *at = strstr(err->text, u->where);
    if (!at)
        return;
    (void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - err->text), err->text, key,
                   at + strlen(u->where));
    (void)text_copy(err->text, sizeof(err->text), text);
}

static void finish(struct task *task);

// Hands the desk what there is, when that is worth it.
static void go_on(struct exchange *x)
{
    struct upload *u = x->upload;
    if (x->is_away || x->is_answered)
        return;
    if (u->error.status != OK) {
        say_key(&u->error, u, x->rest);
        exchange_fail(x, &u->error);
        return;
    }
    if (u->is_committed) {
        answer(x);
        return;
    }
    if (u->coming.size < ENOUGH && !u->is_over)
        return;
    struct buffer going = u->coming;
    u->coming = u->going;
    u->going = going;
    u->commits = u->is_over;
    x->task.work = work;
    x->task.finish = finish;
    exchange_leave(x);
    desk_do(x->server->desk, &x->task);
}

static void finish(struct task *task)
{
    struct exchange *x = of_task(task);
    if (!exchange_return(x))
        return;
    x->connection->progress_ns = clock_now_ns();
    set_paused(x, false); // nothing is written either to a peer that is not read from
    go_on(x);
}

void upload_begin(struct exchange *x)
{
    struct error err;
    struct server *s = x->server;
    char *where = NULL;
    if (object_key_location(s->object_root, x->request.user, x->rest, &where, &err) != OK) {
        exchange_fail(x, &err);
        return;
    }
    if (s->metrics.values[METRIC_UPLOADS] >= (uint64_t)s->options->uploads) {
        (void)error_set(&err, ERR_UNAVAILABLE, "uploads: at most %lld run at once",
                        (long long)s->options->uploads);
        free(where);
        exchange_fail(x, &err);
        return;
    }
    struct upload *u = mem_new(struct upload);
    s->metrics.values[METRIC_UPLOADS]++;
    u->server = s;
    u->where = where;
    buffer_init(&u->coming, (size_t)2 * FULL);
    buffer_init(&u->going, (size_t)2 * FULL);
    x->upload = u;
}

void upload_bytes(struct exchange *x, const char *bytes, size_t n)
{
    struct upload *u = x->upload;
    x->server->metrics.values[METRIC_BYTES_UPLOADED] += n;
    buffer_append(&u->coming, bytes, n);
    assert(!u->coming.overflow); // the peer was told to wait long before
    go_on(x);
    if (u->coming.size >= FULL)
        set_paused(x, true);
}

void upload_end(struct exchange *x)
{
    if (!x->upload) // refused
        return;
    x->upload->is_over = true;
    go_on(x);
}
