// SPDX-License-Identifier: GPL-3.0-or-later
// s3_source.c — an S3 object, read by ranges and fetched ahead over several connections.
//
// The first request, for the object's beginning, also tells its size and tag; every further one
// says that it wants the bytes of that tag only (If-Match), so the object cannot change under a
// reader. Blocks come into a cache of CACHE_BLOCKS (block_cache.h); which ones, a plan decides
// (read_plan.h). A fetcher is a thread that lives as long as the plan wants something: it takes a
// span of blocks, asks for it as one range, and wakes the readers as the blocks come. When the
// answer breaks off, it goes on at the block that was reached. Spans last about half a second each:
// long enough to hide the time until a first byte, short enough that the reader's next block is
// never far behind others on a slow line.
#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "storage/block_cache.h"
#include "storage/read_plan.h"
#include "storage/store.h"
#include "sys/clock.h"

enum {
    BLOCK = READ_PLAN_BLOCK,
    CACHE_BLOCKS = (16 << 20) / BLOCK,
    FIRST_BLOCKS = 2, // of the request that opens
};

struct s3_source {
    struct source base; // first member: a door and a source are its s3_source
    char *where, *bucket, *key;
    struct s3_client *client;
    struct cancel *cancel; // the caller's
    struct cancel *stop;   // fires with the caller's, and when the source is freed
    struct cancel_waker waker;
    char tag[S3_MAX_TAG]; // "" when the store gives none
    pthread_mutex_t lock;
    pthread_cond_t changed;
    // -- protected by lock
    struct block_cache cache;
    struct read_plan plan;
    int fetchers;
    bool closing;
    struct read_pace pace;
    int flying;           // requests under way
    struct error failure; // status OK: none
};

// One span on its way. -- of its fetcher
struct fetch {
    struct s3_source *s;
    struct read_span span;
    int64_t at;      // the byte that comes next
    int64_t end;     // behind the last
    int64_t resumed; // `at` when the attempt began
    char range[64], tag[S3_MAX_TAG + 2];
    bool changed; // the object is not the one that was opened
};

static int64_t block_end(const struct s3_source *s, int64_t block)
{
    int64_t end = (block + 1) * BLOCK;
    return end < s->base.door.size_bytes ? end : s->base.door.size_bytes;
}

// ---- one request ----

static bool prepare(void *context, struct s3_request *request)
{
    struct fetch *f = context;
    bool further = f->at > f->resumed;
    f->resumed = f->at;
    (void)snprintf(f->range, sizeof f->range, "bytes=%" PRId64 "-%" PRId64, f->at, f->end - 1);
    request->headers[0] = (struct sigv4_pair){"range", f->range};
    return further;
}

static bool is_expected(struct fetch *f, const struct http_answer *a)
{
    const struct s3_source *s = f->s;
    f->changed = (s->tag[0] && a->etag[0] && strcmp(a->etag, s->tag) != 0) ||
                 (a->has_range && a->range_size != (uint64_t)s->base.door.size_bytes);
    return !f->changed && a->code == 206 && a->has_range && a->range_first == (uint64_t)f->resumed;
}

static void block_is_here(struct s3_source *s, int64_t block)
{
    byte_count_add(&s->base.count, block * BLOCK, (size_t)(block_end(s, block) - block * BLOCK));
    (void)pthread_mutex_lock(&s->lock);
    block_cache_end(&s->cache, block, true);
    (void)pthread_cond_broadcast(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
    watch_moved(s->base.watch);
}

static bool take(void *context, const struct http_answer *answer, const void *bytes, size_t n)
{
    struct fetch *f = context;
    struct s3_source *s = f->s;
    const uint8_t *from = bytes;
    if (!is_expected(f, answer) || (int64_t)n > f->end - f->at)
        return false;
    while (n > 0) {
        int64_t block = f->at / BLOCK;
        int64_t end = block_end(s, block);
        size_t some = (int64_t)n < end - f->at ? n : (size_t)(end - f->at);
        (void)pthread_mutex_lock(&s->lock);
        uint8_t *room = block_cache_room(&s->cache, block);
        (void)pthread_mutex_unlock(&s->lock);
        memcpy(room + f->at % BLOCK, from, some);
        f->at += (int64_t)some;
        from += some;
        n -= some;
        if (f->at == end)
            block_is_here(s, block);
    }
    return true;
}

static enum status say_changed(const struct s3_source *s, struct error *err)
{
    return error_set(err, ERR_CONFLICT, "read %s: the object was changed while it was read",
                     s->where);
}

static enum status run_fetch(struct fetch *f, struct error *err)
{
    struct s3_source *s = f->s;
    struct s3_request request = {
        .doing = "read",
        .method = "GET",
        .bucket = s->bucket,
        .key = s->key,
        .headers = {{"range", f->range}, {"if-match", f->tag}},
        .header_count = s->tag[0] ? 2 : 1,
        .take = take,
        .prepare = prepare,
        .context = f,
        .cancel = s->stop,
    };
    struct s3_answer answer;
    (void)snprintf(f->tag, sizeof f->tag, "\"%s\"", s->tag);
    watch_work(s->base.watch);
    enum status status = s3_run(s->client, &request, &answer, err);
    watch_rest(s->base.watch);
    int code = answer.http.code;
    s3_answer_done(&answer);
    if (f->changed || code == 412)
        return say_changed(s, err);
    if (status == OK && f->at < f->end)
        return error_set(err, ERR_IO, "read %s: the store's answer is shorter than it said",
                         s->where);
    return status;
}

// ---- fetchers ----

static bool is_known(const void *context, int64_t block)
{
    return block_cache_has(context, block);
}

// The lock is held. Takes places for as much of the span as there are; false: there are none.
static bool take_places(struct s3_source *s, struct read_span *span)
{
    int64_t count = 0;
    while (count < span->count && block_cache_begin(&s->cache, span->first + count))
        count++;
    span->count = count;
    return count > 0;
}

// The lock is held, but not during the request.
static void fetch(struct s3_source *s, const struct read_span *span)
{
    struct error err = {0};
    struct fetch f = {
        .s = s,
        .span = *span,
        .at = span->first * BLOCK,
        .resumed = span->first * BLOCK,
        .end = block_end(s, span->first + span->count - 1),
    };
    int flying = ++s->flying;
    (void)pthread_mutex_unlock(&s->lock);
    int64_t begin_ns = clock_now_ns();
    enum status status = run_fetch(&f, &err);
    double ms = (double)(clock_now_ns() - begin_ns) / 1e6 + 1;
    (void)pthread_mutex_lock(&s->lock);
    s->flying--;
    for (int64_t block = f.at / BLOCK; f.at < f.end && block < span->first + span->count; block++)
        block_cache_end(&s->cache, block, false);
    if (status != OK && status != ERR_CANCELLED && s->failure.status == OK)
        s->failure = err;
    if (status == OK)
        s->pace = read_plan_pace(span->count, flying, ms,
                                 s3_client_settings(s->client)->connections);
    (void)pthread_cond_broadcast(&s->changed);
}

static void *run_fetcher(void *context)
{
    struct s3_source *s = context;
    struct read_span span;
    (void)pthread_mutex_lock(&s->lock);
    while (!s->closing && s->failure.status == OK && !cancel_fired(s->stop) &&
           s->fetchers <= s->pace.requests &&
           read_plan_next(&s->plan, s->pace.span_blocks, is_known, &s->cache, &span) &&
           take_places(s, &span))
        fetch(s, &span);
    s->fetchers--;
    (void)pthread_cond_broadcast(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

// The lock is held. A fetcher more, when the plan wants something and there are not enough.
static void want_fetcher(struct s3_source *s)
{
    struct read_span span;
    pthread_t thread;
    pthread_attr_t detached;
    if (s->closing || s->fetchers >= s->pace.requests ||
        !read_plan_next(&s->plan, s->pace.span_blocks, is_known, &s->cache, &span))
        return;
    (void)pthread_attr_init(&detached);
    (void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    s->fetchers += pthread_create(&thread, &detached, run_fetcher, s) == 0;
    (void)pthread_attr_destroy(&detached);
}

// ---- the reader's side ----

// The lock is held. Sees to it that `block` comes: waits for who fetches it, or fetches it itself,
// with those behind it that this read wants.
static enum status need_block(struct s3_source *s, int64_t block, int64_t last, struct error *err)
{
    struct read_span span = {.first = block};
    enum status status = cancel_check(s->stop, err);
    if (status != OK)
        return status;
    if (s->failure.status != OK) {
        if (err)
            *err = s->failure;
        return s->failure.status;
    }
    while (block + span.count <= last && !block_cache_has(&s->cache, block + span.count))
        span.count++;
    if (span.count > 0 && take_places(s, &span)) {
        fetch(s, &span);
        return OK; // or its failure, which the next call tells
    }
    (void)pthread_cond_wait(&s->changed, &s->lock);
    return OK;
}

// The lock is held. Copies from one block.
static size_t copy_block(const struct s3_source *s, const uint8_t *bytes, int64_t offset, void *dst,
                         size_t n)
{
    int64_t left = block_end(s, offset / BLOCK) - offset;
    size_t some = (int64_t)n < left ? n : (size_t)left;
    memcpy(dst, bytes + offset % BLOCK, some);
    return some;
}

static enum status read_blocks(struct byte_source *door, int64_t offset, void *dst, size_t n,
                               size_t *ret_n, struct error *err)
{
    struct s3_source *s = (struct s3_source *)door;
    enum status status = OK;
    *ret_n = 0;
    if (offset >= door->size_bytes)
        return cancel_check(s->stop, err);
    if ((int64_t)n > door->size_bytes - offset)
        n = (size_t)(door->size_bytes - offset);
    int64_t last = (offset + (int64_t)n - 1) / BLOCK;
    (void)pthread_mutex_lock(&s->lock);
    read_plan_read(&s->plan, offset, n);
    want_fetcher(s);
    while (status == OK && *ret_n < n) {
        int64_t at = offset + (int64_t)*ret_n;
        const uint8_t *bytes = block_cache_find(&s->cache, at / BLOCK);
        if (bytes)
            *ret_n += copy_block(s, bytes, at, (uint8_t *)dst + *ret_n, n - *ret_n);
        else
            status = need_block(s, at / BLOCK, last, err);
    }
    want_fetcher(s);
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

static void expect(struct byte_source *door, int64_t from, int64_t to)
{
    struct s3_source *s = (struct s3_source *)door;
    (void)pthread_mutex_lock(&s->lock);
    read_plan_expect(&s->plan, from, to);
    (void)pthread_mutex_unlock(&s->lock);
}

static void ahead(struct source *self)
{
    struct s3_source *s = (struct s3_source *)self;
    (void)pthread_mutex_lock(&s->lock);
    read_plan_begin(&s->plan);
    for (int i = 0; i < s3_client_settings(s->client)->connections; i++)
        want_fetcher(s);
    (void)pthread_mutex_unlock(&s->lock);
}

static bool sated(struct source *self)
{
    struct s3_source *s = (struct s3_source *)self;
    struct read_span span;
    (void)pthread_mutex_lock(&s->lock);
    bool more = read_plan_next(&s->plan, s->pace.span_blocks, is_known, &s->cache, &span);
    (void)pthread_mutex_unlock(&s->lock);
    return !more;
}

static void rest(struct source *self)
{
    struct s3_source *s = (struct s3_source *)self;
    (void)pthread_mutex_lock(&s->lock);
    block_cache_clear(&s->cache);
    (void)pthread_mutex_unlock(&s->lock);
}

static bool is_at(const struct source *self, const struct location *at)
{
    const struct s3_source *s = (const struct s3_source *)self;
    return at->place == PLACE_S3 && strcmp(at->bucket, s->bucket) == 0 &&
           strcmp(at->key, s->key) == 0;
}

static enum status check(const struct source *self, const char *md5, struct error *err)
{
    const struct s3_source *s = (const struct s3_source *)self;
    bool comparable = strlen(s->tag) == strlen(md5) &&
                      strspn(s->tag, "0123456789abcdef") == strlen(s->tag);
    if (!comparable || strcmp(s->tag, md5) == 0)
        return OK;
    return error_set(err, ERR_IO, "read %s: the bytes were damaged on their way from the store",
                     s->where);
}

// ---- open, release ----

struct opening {
    struct s3_source *s;
    size_t got;
    uint8_t bytes[FIRST_BLOCKS * BLOCK];
};

static bool take_beginning(void *context, const struct http_answer *answer, const void *bytes,
                           size_t n)
{
    struct opening *o = context;
    (void)answer;
    if (n > sizeof o->bytes - o->got) // a store that does not know ranges sends all of it
        n = sizeof o->bytes - o->got;
    memcpy(o->bytes + o->got, bytes, n);
    o->got += n;
    return o->got < sizeof o->bytes || answer->code == 206;
}

static bool restart(void *context, struct s3_request *request)
{
    struct opening *o = context;
    (void)request;
    o->got = 0;
    return false;
}

// What the first answer says of the object: its size and tag, and its first bytes.
static enum status begin(struct s3_source *s, const struct opening *o, const struct http_answer *a,
                         struct error *err)
{
    int64_t size = a->code == 206 && a->has_range    ? (int64_t)a->range_size
                   : a->code == 200 && a->has_length ? (int64_t)a->length_bytes
                                                     : -1;
    if (a->code == 416) // byte 0 is not there
        size = 0;
    if (size < 0)
        return error_set(err, ERR_IO, "read %s: the store does not say how long it is", s->where);
    s->base.door.size_bytes = size;
    (void)text_copy(s->tag, sizeof s->tag, text_starts(a->etag, "W/") ? "" : a->etag);
    read_plan_init(&s->plan, size);
    byte_count_init(&s->base.count, size);
    for (int64_t block = 0; block < FIRST_BLOCKS && block * BLOCK < size; block++) {
        int64_t end = block_end(s, block);
        uint8_t *room = end <= (int64_t)o->got ? block_cache_begin(&s->cache, block) : NULL;
        if (!room)
            break;
        memcpy(room, o->bytes + block * BLOCK, (size_t)(end - block * BLOCK));
        block_cache_end(&s->cache, block, true);
        byte_count_add(&s->base.count, block * BLOCK, (size_t)(end - block * BLOCK));
    }
    return OK;
}

static enum status open_object(struct s3_source *s, struct error *err)
{
    struct opening *o AUTO(mem_free) = mem_new(struct opening);
    char range[32];
    (void)snprintf(range, sizeof range, "bytes=0-%d", FIRST_BLOCKS * BLOCK - 1);
    const struct s3_request request = {
        .doing = "read",
        .method = "GET",
        .bucket = s->bucket,
        .key = s->key,
        .headers = {{"range", range}},
        .header_count = 1,
        .take = take_beginning,
        .prepare = restart,
        .context = o,
        .cancel = s->stop,
    };
    struct s3_answer answer;
    struct error own;
    enum status status = s3_run(s->client, &request, &answer, &own);
    bool empty = answer.http.code == 416;
    bool whole = answer.http.code == 200 && o->got == sizeof o->bytes;
    if (status == OK || empty || whole)
        status = begin(s, o, &answer.http, err);
    else if (err)
        *err = own;
    s3_answer_done(&answer);
    return status;
}

static void on_cancel(struct cancel_waker *waker)
{
    struct s3_source *s = (struct s3_source *)((char *)waker - offsetof(struct s3_source, waker));
    cancel_fire(s->stop);
    (void)pthread_mutex_lock(&s->lock);
    (void)pthread_cond_broadcast(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
}

static void release(struct source *self)
{
    struct s3_source *s = (struct s3_source *)self;
    cancel_fire(s->stop);
    if (s->cancel)
        cancel_remove(s->cancel, &s->waker);
    (void)pthread_mutex_lock(&s->lock);
    s->closing = true;
    while (s->fetchers > 0)
        (void)pthread_cond_wait(&s->changed, &s->lock);
    (void)pthread_mutex_unlock(&s->lock);
    block_cache_done(&s->cache);
    read_plan_done(&s->plan);
    byte_count_done(&s->base.count);
    cancel_free(s->stop);
    (void)pthread_cond_destroy(&s->changed);
    (void)pthread_mutex_destroy(&s->lock);
    free(s->where);
    free(s->bucket);
    free(s->key);
    free(s);
}

enum status s3_source_open(const struct store_call *call, struct source **ret, struct error *err)
{
    static const struct source_class class = {.release = release,
                                              .is_at = is_at,
                                              .ahead = ahead,
                                              .sated = sated,
                                              .rest = rest,
                                              .check = check};
    struct s3_client *client = NULL;
    enum status status = storage_s3(call->storage, &client, err);
    if (status != OK)
        return status;
    struct s3_source *s = mem_new(struct s3_source);
    s->base.class = &class;
    s->base.door = (struct byte_source){.read_at = read_blocks, .expect = expect};
    s->where = mem_strdup(call->where);
    s->bucket = mem_strdup(call->at->bucket);
    s->key = mem_strdup(call->at->key);
    s->client = client;
    s->cancel = call->cancel;
    s->stop = cancel_new();
    s->pace = read_plan_pace(0, 1, 1, s3_client_settings(client)->connections);
    s->waker.wake = on_cancel;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->changed, NULL);
    block_cache_init(&s->cache, BLOCK, CACHE_BLOCKS);
    if (s->cancel)
        cancel_add(s->cancel, &s->waker);
    status = open_object(s, err);
    if (status != OK) {
        release(&s->base);
        return status;
    }
    *ret = &s->base;
    return OK;
}
