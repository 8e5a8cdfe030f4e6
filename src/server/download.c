// SPDX-License-Identifier: GPL-3.0-or-later
// download.c — objects and files on their way to a client, whole or a part.
//
// The desk reads one block while the loop sends the other, and no further: a client that reads
// slowly makes us read slowly, and a download holds two blocks however large the object.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "server/byte_range.h"
#include "server/wire.h"
#include "storage/object.h"
#include "storage/sink.h"
#include "storage/source.h"

enum { BLOCK = 256 * 1024, REDIRECT_S = 900 };

struct block {
    size_t size, sent;
    char bytes[BLOCK];
};

struct download {
    struct server *server;
    char *where;
    int64_t at;         // of the object, that the desk reads next
    int64_t left;       // to read
    int64_t owed;       // to send
    struct block *full; // the loop sends it; NULL: none
    // -- the desk's while the exchange is away
    struct source *source; // NULL: not opened yet
    struct block *next;    // it reads into it; NULL: none was needed yet
    struct error error;    // status OK: none
};

// ---- leaving the store, which may take a while: a half-written object is taken away ----

struct farewell {
    struct task task; // first member: the task is the farewell
    struct sink *sink;
    struct source *source;
};

static void work_leave(struct task *task)
{
    struct farewell *f = (struct farewell *)task;
    sink_free(f->sink);
    source_free(f->source);
}

static void finish_leave(struct task *task)
{
    free(task);
}

void store_leave(struct server *s, struct sink *sink, struct source *source)
{
    if (!sink && !source)
        return;
    struct farewell *f = mem_new(struct farewell);
    f->task = (struct task){.work = work_leave, .finish = finish_leave};
    f->sink = sink;
    f->source = source;
    desk_do(s->desk, &f->task);
}

void download_free(struct download *d)
{
    if (!d)
        return;
    store_leave(d->server, NULL, d->source);
    free(d->full);
    free(d->next);
    free(d->where);
    free(d);
}

// ---- on the desk ----

static struct exchange *of_task(struct task *task)
{
    return (struct exchange *)(void *)((char *)task - offsetof(struct exchange, task));
}

static enum status read_block(struct download *d, struct error *err)
{
    struct byte_source *door = source_bytes(d->source);
    size_t wanted = d->left < BLOCK ? (size_t)d->left : BLOCK;
    d->next->size = d->next->sent = 0;
    while (d->next->size < wanted) {
        size_t got = 0;
        enum status status = door->read_at(door, d->at, d->next->bytes + d->next->size,
                                           wanted - d->next->size, &got, err);
        if (status != OK)
            return status;
        if (got == 0)
            return error_set(err, ERR_IO, "the object became shorter while it was read");
        d->next->size += got;
        d->at += (int64_t)got;
        d->left -= (int64_t)got;
    }
    return OK;
}

static void work_open(struct task *task)
{
    struct download *d = of_task(task)->download;
    (void)!source_open(d->server->storage, d->where, NULL, &d->source, &d->error);
}

static void work_read(struct task *task)
{
    struct download *d = of_task(task)->download;
    (void)!read_block(d, &d->error);
}

// ---- on the loop ----

static void finish_read(struct task *task);

// Has the desk read the next block while this one goes out.
static void read_ahead(struct exchange *x)
{
    struct download *d = x->download;
    if (x->is_away) // the desk has the next block, and all that belongs to it
        return;
    bool has_next = d->next && d->next->size > 0;
    if (has_next || d->left == 0 || d->error.status != OK)
        return;
    if (!d->next)
        d->next = mem_new(struct block);
    x->task.work = work_read;
    x->task.finish = finish_read;
    exchange_leave(x);
    desk_do(x->server->desk, &x->task);
}

// The next block becomes the one that is sent, when that is empty.
static void turn_over(struct exchange *x)
{
    struct download *d = x->download;
    if (x->is_away || (d->full && d->full->sent < d->full->size) || !d->next || d->next->size == 0)
        return;
    struct block *empty = d->full;
    d->full = d->next;
    d->next = empty;
    if (empty)
        empty->size = empty->sent = 0;
}

static void finish_read(struct task *task)
{
    struct exchange *x = of_task(task);
    if (!exchange_return(x))
        return;
    if (x->download->error.status != OK) { // the head is out: all that is left is to hang up
        connection_kill(x->connection);
        return;
    }
    turn_over(x);
    read_ahead(x);
    (void)lws_callback_on_writable(x->connection->wsi);
}

char *download_peek(struct exchange *x, size_t *ret_n)
{
    struct download *d = x->download;
    turn_over(x);
    read_ahead(x);
    if (!d->full || d->full->sent == d->full->size)
        return NULL;
    size_t n = d->full->size - d->full->sent;
    if (n < *ret_n)
        *ret_n = n;
    return d->full->bytes + d->full->sent;
}

void download_sent(struct exchange *x, size_t n)
{
    struct download *d = x->download;
    d->full->sent += n;
    d->owed -= (int64_t)n;
    turn_over(x);
    read_ahead(x);
}

bool download_is_over(const struct exchange *x)
{
    return x->download->owed == 0 || x->request.method == METHOD_HEAD;
}

// ---- the head ----

static const struct {
    const char *suffix, *type;
} types[] = {
    {".mp4", "video/mp4"},
    {".mov", "video/quicktime"},
    {".webm", "video/webm"},
    {".mkv", "video/x-matroska"},
    {".avi", "video/x-msvideo"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".json", "application/json"},
    {".tsv", "text/tab-separated-values"},
};

// Types that a browser runs are only given to our own page, never to what somebody uploaded.
static const struct {
    const char *suffix, *type;
} page_types[] = {
    {".html", "text/html; charset=utf-8"},     {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"}, {".svg", "image/svg+xml"},
    {".ico", "image/vnd.microsoft.icon"},
};

static const char *type_of(const char *name, bool is_page)
{
    for (size_t i = 0; is_page && i < sizeof(page_types) / sizeof(page_types[0]); i++) {
        if (text_ends(name, page_types[i].suffix))
            return page_types[i].type;
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (text_ends(name, types[i].suffix))
            return types[i].type;
    }
    return "application/octet-stream";
}

static void say_range(struct exchange *x, enum range_kind kind, const struct byte_range *range,
                      int64_t size)
{
    char text[80];
    if (kind == RANGE_PART)
        (void)snprintf(text, sizeof(text), "bytes %lld-%lld/%lld", (long long)range->first,
                       (long long)(range->first + range->count - 1), (long long)size);
    else
        (void)snprintf(text, sizeof(text), "bytes */%lld", (long long)size);
    reply_field(&x->reply, "Content-Range", text);
}

static void answer_range(struct exchange *x)
{
    struct download *d = x->download;
    struct reply *r = &x->reply;
    struct byte_range range;
    int64_t size = source_bytes(d->source)->size_bytes;
    // Nothing here changes in place, but whoever asks for a part of one version gets all of it.
    const char *header = request_header(&x->request, HEADER_IF_RANGE)
                             ? NULL
                             : request_header(&x->request, HEADER_RANGE);
    enum range_kind kind = byte_range_parse(header, size, &range);
    bool is_page = x->route == ROUTE_PAGE || x->route == ROUTE_PAGE_LOOK;
    if (kind == RANGE_UNSATISFIABLE) {
        struct error err;
        (void)error_set(&err, ERR_INVALID, "Range: expected a part of %lld bytes", (long long)size);
        reply_error_code(r, 416, &err);
        say_range(x, kind, &range, size);
        d->owed = d->left = 0;
        exchange_answer(x);
        return;
    }
    r->code = kind == RANGE_PART ? 206 : 200;
    r->type = type_of(d->where, is_page);
    r->has_length = true;
    r->length = (uint64_t)range.count;
    reply_field(r, "Accept-Ranges", "bytes");
    reply_field(r, "Content-Security-Policy",
                is_page ? "default-src 'self'; frame-ancestors 'none'"
                        : "default-src 'none'; sandbox");
    reply_field(r, "Cache-Control", is_page ? "no-cache" : "private, no-cache");
    if (kind == RANGE_PART)
        say_range(x, kind, &range, size);
    d->at = range.first;
    d->left = d->owed = range.count;
    if (x->request.method == METHOD_HEAD)
        d->left = 0;
    exchange_answer(x);
}

static void finish_open(struct task *task)
{
    struct exchange *x = of_task(task);
    if (!exchange_return(x))
        return;
    struct error err = x->download->error;
    if (err.status == OK) {
        answer_range(x);
        return;
    }
    // Names of places on this machine are no business of the client's; a folder is nothing here.
    if (err.status == ERR_NOT_FOUND || err.status == ERR_INVALID)
        (void)error_set(&err, ERR_NOT_FOUND, "there is no object of that name");
    else
        (void)error_set(&err, err.status, "the object cannot be read");
    download_free(x->download);
    x->download = NULL;
    exchange_fail(x, &err);
}

static void start(struct exchange *x, char *where)
{
    struct download *d = mem_new(struct download);
    d->server = x->server;
    d->where = where;
    x->download = d;
    x->task.work = work_open;
    x->task.finish = finish_open;
    exchange_leave(x);
    desk_do(x->server->desk, &x->task);
}

// Objects of an S3 store are fetched there: the client is sent on with an address that is good for
// a while.
static void redirect(struct exchange *x, const char *where)
{
    struct error err = {0};
    char *url AUTO(mem_free) = NULL;
    const char *method = method_name(x->request.method);
    if (object_presign(x->server->storage, where, method, REDIRECT_S, &url, &err) != OK) {
        exchange_fail(x, &err);
        return;
    }
    x->reply.code = 307;
    reply_field(&x->reply, "Location", url);
    reply_field(&x->reply, "Cache-Control", "no-store");
    exchange_answer(x);
}

void download_begin(struct exchange *x)
{
    struct error err;
    char *where = NULL;
    if (object_key_location(x->server->object_root, x->request.user, x->rest, &where, &err) != OK) {
        exchange_fail(x, &err);
    } else if (text_starts(where, "s3://")) {
        redirect(x, where);
        free(where);
    } else {
        start(x, where);
    }
}

void page_begin(struct exchange *x)
{
    struct error err;
    const char *folder = x->server->options->web_dir;
    const char *name = x->rest[0] ? x->rest : "index.html";
    if (!folder || object_key_check(name, NULL) != OK) {
        (void)error_set(&err, ERR_NOT_FOUND, "there is nothing of that name");
        exchange_fail(x, &err);
        return;
    }
    struct buffer where BUFFER_AUTO;
    buffer_init(&where, strlen(folder) + OBJECT_KEY_MAX + 2);
    buffer_printf(&where, "%s/%s", folder, name);
    start(x, buffer_take(&where));
}
