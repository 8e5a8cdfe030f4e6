// SPDX-License-Identifier: GPL-3.0-or-later
// s3_sink.c — an S3 object, uploaded in parts while it is written.
//
// The head, which may be written twice, is held in memory as the first parts of the object until
// the commit; every part behind it goes to a thread as soon as it is full. All parts have one size,
// but for the last (R2 demands that). At most `connections` parts are on their way and one more
// waits; the writer waits beyond that, so memory is bounded by the part size and not by the
// object's. What fits into the head alone is one PUT.
//
// A sink that fails or is freed has its upload aborted. An answer that was lost when the upload
// began may have left another one behind: that is looked for and aborted too.
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "storage/multipart.h"
#include "storage/store.h"
#include "sys/queue.h"

enum { PART_STEP = 1 << 20, PLANNED_PARTS = 9000 };

struct part {
    int number; // from 1
    size_t size;
    uint8_t *bytes; // owned
};

struct s3_sink {
    struct sink base; // first member: a door and a sink are its s3_sink
    char *where;      // for messages
    char *bucket, *key;
    struct multipart target; // its cancel is `stop`
    struct cancel *cancel;   // the caller's
    struct cancel *stop;     // fires with the caller's, and when a part fails
    struct cancel_waker waker;
    bool committed;
    // -- owned by the writer
    bool begun;                    // the sizes are chosen
    size_t part_bytes, head_bytes; // the head is a whole number of parts
    uint8_t *head;
    struct part filling; // bytes NULL: none
    int next_number;     // of the part behind those that were filled
    int64_t size_bytes;  // of the object so far
    char *upload;        // NULL: not begun
    bool strays;         // another upload may have been begun, at or after:
    int64_t strays_since_ms;
    pthread_t threads[16];
    int thread_count;
    struct queue *queue; // of struct part; NULL until there is a thread
    // -- protected by lock
    pthread_mutex_t lock;
    struct error failure; // of the first part that failed; status OK: none
    struct multipart_part *parts;
    int part_count; // room in `parts`
};

static void part_free(void *part)
{
    struct part *p = part;
    if (p)
        free(p->bytes);
    free(p);
}

static void on_cancel(struct cancel_waker *waker)
{
    cancel_fire(((struct s3_sink *)((char *)waker - offsetof(struct s3_sink, waker)))->stop);
}

// ---- the threads that upload ----

static void fail(struct s3_sink *s, const struct error *why)
{
    (void)pthread_mutex_lock(&s->lock);
    if (s->failure.status == OK)
        s->failure = *why;
    (void)pthread_mutex_unlock(&s->lock);
    cancel_fire(s->stop);
}

static enum status check_failure(struct s3_sink *s, struct error *err)
{
    enum status status = cancel_check(s->cancel, err);
    if (status != OK)
        return status;
    (void)pthread_mutex_lock(&s->lock);
    status = s->failure.status;
    if (status != OK && err)
        *err = s->failure;
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

static void note_part(struct s3_sink *s, int number, const struct multipart_part *sent)
{
    (void)pthread_mutex_lock(&s->lock);
    s->parts[number - 1] = *sent;
    (void)pthread_mutex_unlock(&s->lock);
}

// Bytes on their way to the store, and how many of them are counted as written.
struct flight {
    struct s3_sink *sink;
    struct multipart_body body;
    size_t counted;
};

static void count_up_to(struct flight *f, size_t n)
{
    if (n <= f->counted)
        return; // sent anew: they are counted already
    atomic_fetch_add(&f->sink->base.bytes_written, n - f->counted);
    f->counted = n;
    watch_moved(f->sink->base.watch);
}

// The last of them waits for the store's answer.
static void on_sent(void *context, size_t n)
{
    struct flight *f = context;
    size_t most = f->body.n > 0 ? f->body.n - 1 : 0;
    count_up_to(f, n < most ? n : most);
}

static void take_off(struct flight *f, struct s3_sink *s, const void *bytes, size_t n)
{
    *f = (struct flight){.sink = s, .body = {bytes, n, on_sent, f}};
    watch_work(s->base.watch);
}

static void land(struct flight *f, enum status status)
{
    if (status == OK)
        count_up_to(f, f->body.n);
    watch_rest(f->sink->base.watch);
}

static void upload_part(struct s3_sink *s, struct part *part)
{
    struct error err = {0};
    struct multipart_part sent;
    struct flight flight;
    take_off(&flight, s, part->bytes, part->size);
    enum status status = multipart_send(&s->target, s->upload, part->number, &flight.body, &sent,
                                        &err);
    land(&flight, status);
    if (status == OK)
        note_part(s, part->number, &sent);
    else
        fail(s, &err);
}

static void *run_uploads(void *context)
{
    struct s3_sink *s = context;
    void *part = NULL;
    while (queue_pop(s->queue, &part)) {
        upload_part(s, part);
        part_free(part);
    }
    return NULL;
}

static void join_threads(struct s3_sink *s)
{
    if (s->queue)
        queue_close(s->queue);
    for (int i = 0; i < s->thread_count; i++)
        (void)pthread_join(s->threads[i], NULL);
    s->thread_count = 0;
}

// A thread for each of the first parts, up to as many as there are connections.
static enum status want_thread(struct s3_sink *s, struct error *err)
{
    if (s->thread_count == s3_client_settings(s->target.client)->connections)
        return OK;
    if (!s->queue)
        s->queue = queue_new(1, part_free, s->stop);
    int rc = pthread_create(&s->threads[s->thread_count], NULL, run_uploads, s);
    if (rc != 0 && s->thread_count == 0)
        return error_set_errno(err, rc, "store %s", s->where);
    s->thread_count += rc == 0;
    return OK;
}

// ---- handing parts over ----

static enum status begin_upload(struct s3_sink *s, struct error *err)
{
    bool ambiguous = false;
    if (s->upload)
        return OK;
    s->strays_since_ms = s3_client_now_ms(s->target.client);
    watch_work(s->base.watch);
    enum status status = multipart_begin(&s->target, &s->upload, &ambiguous, err);
    watch_rest(s->base.watch);
    s->strays = s->strays || ambiguous;
    return status;
}

// Hands a part to the threads; `bytes` are theirs from now on.
// NOLINTNEXTLINE(readability-non-const-parameter): who owns them frees them
static enum status submit(struct s3_sink *s, int number, uint8_t *bytes, size_t size,
                          struct error *err)
{
    struct part *part = mem_new(struct part);
    *part = (struct part){.number = number, .size = size, .bytes = bytes};
    enum status status = OK;
    if (number > MULTIPART_MAX_PARTS)
        status = error_set(err, ERR_LIMIT,
                           "store %s: it is larger than %d parts of %zu bytes: choose larger ones "
                           "(s3-part)",
                           s->where, MULTIPART_MAX_PARTS, s->part_bytes);
    if (status == OK)
        status = begin_upload(s, err);
    if (status == OK)
        status = want_thread(s, err);
    if (status != OK) {
        part_free(part);
        return status;
    }
    (void)pthread_mutex_lock(&s->lock);
    if (number > s->part_count) {
        int count = number + s->part_count / 2;
        s->parts = mem_resize(s->parts, (size_t)count, sizeof *s->parts);
        s->part_count = count;
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (queue_push(s->queue, part))
        return OK;
    part_free(part);
    status = check_failure(s, err);
    return status != OK ? status : cancel_check(s->stop, err);
}

static enum status submit_filling(struct s3_sink *s, size_t size, struct error *err)
{
    struct part part = s->filling;
    s->filling = (struct part){0};
    return submit(s, part.number, part.bytes, size, err);
}

static enum status room_for(struct s3_sink *s, int number, struct error *err)
{
    uint8_t *bytes = mem_try_array(s->part_bytes, 1);
    if (!bytes)
        return error_set(err, ERR_MEMORY, "store %s: no memory for a part of %zu bytes", s->where,
                         s->part_bytes);
    memset(bytes, 0, s->part_bytes); // a gap reads as zeros
    s->filling = (struct part){.number = number, .bytes = bytes};
    s->next_number = number + 1;
    return OK;
}

// Makes `number` the part that is filled; those before it are complete.
static enum status go_to_part(struct s3_sink *s, int number, struct error *err)
{
    enum status status = OK;
    while (status == OK && (!s->filling.bytes || s->filling.number < number)) {
        if (s->filling.bytes)
            status = submit_filling(s, s->part_bytes, err);
        if (status == OK)
            status = room_for(s, s->next_number, err);
    }
    if (status == OK && s->filling.number > number)
        return error_set(err, ERR_INTERNAL, "store %s: a write behind the head goes back",
                         s->where);
    return status;
}

// ---- the writer's side ----

static size_t round_up(int64_t n, int64_t step)
{
    return (size_t)((n + step - 1) / step * step);
}

// One size for all parts: what the settings say, more when the object may be too large for that.
static enum status choose_sizes(struct s3_sink *s, struct error *err)
{
    const struct sink_expectation *e = &s->base.expectation;
    s->begun = true;
    s->part_bytes = (size_t)s3_client_settings(s->target.client)->part_bytes;
    size_t least = round_up(e->most_bytes / PLANNED_PARTS, PART_STEP);
    if (least > s->part_bytes)
        s->part_bytes = least;
    s->head_bytes = round_up(e->head_bytes > 0 ? e->head_bytes : 1, (int64_t)s->part_bytes);
    s->next_number = (int)(s->head_bytes / s->part_bytes) + 1;
    s->head = mem_try_array(s->head_bytes, 1);
    if (!s->head)
        return error_set(err, ERR_MEMORY, "store %s: no memory for its first %zu bytes", s->where,
                         s->head_bytes);
    return OK;
}

// Takes as much as lies in one part or in the head.
static enum status take(struct s3_sink *s, int64_t offset, const void *src, size_t n, size_t *taken,
                        struct error *err)
{
    int64_t old = s->size_bytes < (int64_t)s->head_bytes ? s->size_bytes : (int64_t)s->head_bytes;
    if (offset < (int64_t)s->head_bytes) {
        *taken = s->head_bytes - (size_t)offset < n ? s->head_bytes - (size_t)offset : n;
        if (offset > old)
            memset(s->head + old, 0, (size_t)(offset - old));
        memcpy(s->head + offset, src, *taken);
        return OK;
    }
    memset(s->head + old, 0, s->head_bytes - (size_t)old);
    enum status status = go_to_part(s, (int)(offset / (int64_t)s->part_bytes) + 1, err);
    if (status != OK)
        return status;
    size_t at = (size_t)(offset % (int64_t)s->part_bytes);
    *taken = s->part_bytes - at < n ? s->part_bytes - at : n;
    memcpy(s->filling.bytes + at, src, *taken);
    return at + *taken == s->part_bytes ? submit_filling(s, s->part_bytes, err) : OK;
}

static enum status write_parts(struct byte_sink *door, int64_t offset, const void *src, size_t n,
                               struct error *err)
{
    struct s3_sink *s = (struct s3_sink *)door;
    const uint8_t *from = src;
    enum status status = check_failure(s, err);
    if (status == OK && !s->begun)
        status = choose_sizes(s, err);
    while (status == OK && n > 0) {
        size_t taken = 0;
        status = take(s, offset, from, n, &taken, err);
        from += taken;
        offset += (int64_t)taken;
        n -= taken;
        if (offset > s->size_bytes)
            s->size_bytes = offset;
    }
    return status;
}

static void expect_head(struct byte_sink *door, int64_t n)
{
    ((struct s3_sink *)door)->base.expectation.head_bytes = n;
}

// ---- commit ----

// Does the store have what we sent? Its tag is compared where it is made as ours.
static enum status verify(struct s3_sink *s, const char *stored_tag, const char *our_tag,
                          struct error *err)
{
    struct http_answer head;
    enum status status = s3_head(&s->target, "look at", 0, &head, err);
    if (status != OK)
        return status;
    if (head.has_length && head.length_bytes != (uint64_t)s->size_bytes)
        return error_set(err, ERR_CONFLICT, "store %s: sent %lld bytes, the store has %llu",
                         s->where, (long long)s->size_bytes, (unsigned long long)head.length_bytes);
    bool ours = strcmp(head.etag, stored_tag) == 0;
    bool comparable = strlen(head.etag) == strlen(our_tag) &&
                      strcspn(head.etag, "-") == strcspn(our_tag, "-") &&
                      strncmp(head.encryption, "aws:kms", 7) != 0;
    if (!ours)
        return error_set(err, ERR_CONFLICT, "store %s: somebody else has stored it meanwhile",
                         s->where);
    if (comparable && strcmp(head.etag, our_tag) != 0)
        return error_set(err, ERR_IO, "store %s: the store has other bytes than were sent",
                         s->where);
    return OK;
}

static enum status put_whole(struct s3_sink *s, struct error *err)
{
    struct multipart_part part;
    char md5[MD5_TEXT];
    struct flight flight;
    take_off(&flight, s, s->head, (size_t)s->size_bytes);
    enum status status = multipart_put(&s->target, &flight.body, &part, err);
    land(&flight, status);
    if (status != OK)
        return status;
    digest_hex(part.md5, MD5_BYTES, md5);
    return verify(s, part.tag, md5, err);
}

// What is still here: the last part, then those of the head.
static enum status submit_rest(struct s3_sink *s, struct error *err)
{
    enum status status = OK;
    size_t last = (size_t)(s->size_bytes % (int64_t)s->part_bytes);
    if (s->filling.bytes)
        status = submit_filling(s, last, err);
    for (size_t at = 0; status == OK && at < s->head_bytes && (int64_t)at < s->size_bytes;
         at += s->part_bytes) {
        size_t left = (size_t)(s->size_bytes - (int64_t)at);
        size_t size = left < s->part_bytes ? left : s->part_bytes;
        uint8_t *bytes = mem_try_array(size, 1);
        if (!bytes)
            return error_set(err, ERR_MEMORY, "store %s: no memory for a part", s->where);
        memcpy(bytes, s->head + at, size);
        status = submit(s, (int)(at / s->part_bytes) + 1, bytes, size, err);
    }
    return status;
}

// Whatever of ours the store still keeps.
static void abort_upload(struct s3_sink *s, bool *ret_gone)
{
    int64_t deadline_ns = multipart_abort_deadline_ns();
    *ret_gone = false;
    if (s->upload)
        (void)!multipart_abort(&s->target, s->upload, deadline_ns, ret_gone, NULL);
    if (s->strays)
        (void)!multipart_abort_strays(&s->target, s->strays_since_ms, deadline_ns, NULL);
    free(s->upload);
    s->upload = NULL;
    s->strays = false;
}

static enum status complete(struct s3_sink *s, struct error *err)
{
    char stored_tag[S3_MAX_TAG];
    char our_tag[S3_MAX_TAG];
    int count = (int)((s->size_bytes + (int64_t)s->part_bytes - 1) / (int64_t)s->part_bytes);
    watch_work(s->base.watch);
    enum status status = multipart_complete(&s->target, s->upload, s->parts, count, stored_tag,
                                            err);
    watch_rest(s->base.watch);
    bool completed = status == OK;
    if (completed) {
        free(s->upload);
        s->upload = NULL;
    }
    bool gone = false; // then it was completed after all, although nobody told us
    abort_upload(s, &gone);
    if (!completed && !gone)
        return status;
    if (!completed)
        multipart_tag(s->parts, count, stored_tag);
    multipart_tag(s->parts, count, our_tag);
    return verify(s, stored_tag, our_tag, err);
}

static enum status commit(struct sink *self, uint64_t *ret_size, struct error *err)
{
    struct s3_sink *s = (struct s3_sink *)self;
    enum status status = check_failure(s, err);
    if (status == OK && !s->begun)
        status = choose_sizes(s, err);
    if (status == OK && !s->upload && s->size_bytes <= (int64_t)s->head_bytes &&
        !s->filling.bytes) {
        status = put_whole(s, err);
    } else if (status == OK) {
        status = submit_rest(s, err);
        join_threads(s);
        if (status == OK)
            status = check_failure(s, err);
        if (status == OK)
            status = complete(s, err);
    }
    *ret_size = (uint64_t)s->size_bytes;
    s->committed = status == OK;
    return status;
}

// ---- open, release ----

static const char *type_of(const char *key)
{
    static const char *const types[][2] = {
        {".mp4", "video/mp4"},
        {".png", "image/png"},
        {".json", "application/json"},
        {".tsv", "text/tab-separated-values; charset=utf-8"},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (text_ends(key, types[i][0]))
            return types[i][1];
    }
    return "application/octet-stream";
}

static void release(struct sink *self)
{
    struct s3_sink *s = (struct s3_sink *)self;
    bool gone = false;
    cancel_fire(s->stop);
    join_threads(s);
    if (s->cancel)
        cancel_remove(s->cancel, &s->waker);
    abort_upload(s, &gone);
    queue_free(s->queue);
    free(s->filling.bytes);
    free(s->head);
    free(s->parts);
    cancel_free(s->stop);
    (void)pthread_mutex_destroy(&s->lock);
    free(s->bucket);
    free(s->key);
    free(s->where);
    free(s);
}

enum status s3_sink_open(const struct store_call *call, struct sink **ret, struct error *err)
{
    static const struct sink_class class = {.commit = commit, .release = release};
    struct s3_client *client = NULL;
    enum status status = storage_s3(call->storage, &client, err);
    if (status == OK && !s3_client_settings(client)->has_keys)
        status = error_set(err, ERR_PERMISSION, "%s", s3_client_settings(client)->why_no_keys);
    if (status != OK)
        return status;
    struct s3_sink *s = mem_new(struct s3_sink);
    s->base.class = &class;
    s->base.door = (struct byte_sink){.write_at = write_parts, .expect_head = expect_head};
    s->where = mem_strdup(call->where);
    s->bucket = mem_strdup(call->at->bucket);
    s->key = mem_strdup(call->at->key);
    s->cancel = call->cancel;
    s->stop = cancel_new();
    s->target = (struct multipart){.client = client,
                                   .bucket = s->bucket,
                                   .key = s->key,
                                   .type = type_of(s->key),
                                   .cancel = s->stop};
    s->waker.wake = on_cancel;
    (void)pthread_mutex_init(&s->lock, NULL);
    if (s->cancel)
        cancel_add(s->cancel, &s->waker);
    *ret = &s->base;
    return OK;
}
