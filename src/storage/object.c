// SPDX-License-Identifier: GPL-3.0-or-later
// object.c — see object.h.
#include "storage/object.h"

#include <string.h>

#include "storage/multipart.h"
#include "storage/store.h"

enum { COPY_BYTES = 1 << 20 };

enum status object_head(struct storage *storage, const char *where, struct cancel *cancel,
                        struct object_info *ret, struct error *err)
{
    struct location at LOCATION_AUTO = {0};
    const struct store_call call = {storage, where, &at, cancel, 0};
    if (location_parse(where, &at, err) != OK)
        return ERR_INVALID;
    return store_of(&at)->head(&call, ret, err);
}

enum status object_list(struct storage *storage, const char *prefix, struct cancel *cancel,
                        object_listener *listener, void *context, struct error *err)
{
    struct location at LOCATION_AUTO = {0};
    const struct store_call call = {storage, prefix, &at, cancel, 0};
    if (location_parse_prefix(prefix, &at, err) != OK)
        return ERR_INVALID;
    return store_of(&at)->list(&call, listener, context, err);
}

enum status object_remove(struct storage *storage, const char *where, struct cancel *cancel,
                          struct error *err)
{
    struct location at LOCATION_AUTO = {0};
    const struct store_call call = {storage, where, &at, cancel, 0};
    if (location_parse(where, &at, err) != OK)
        return ERR_INVALID;
    return store_of(&at)->remove(&call, err);
}

enum status object_put(struct storage *storage, const char *where, const void *bytes, size_t n,
                       struct cancel *cancel, struct error *err)
{
    struct sink *sink AUTO(sink_free) = NULL;
    uint64_t stored = 0;
    enum status status = sink_open(storage, where, cancel, &sink, err);
    if (status != OK)
        return status;
    struct byte_sink *door = sink_bytes(sink);
    status = n > 0 ? door->write_at(door, 0, bytes, n, err) : OK;
    return status == OK ? sink_commit(sink, &stored, err) : status;
}

// ---- copying ----

static enum status copy_bytes(struct byte_source *from, struct byte_sink *to,
                              struct digest_md5_state *md5, struct error *err)
{
    uint8_t *room AUTO(mem_free) = mem_zeroed(COPY_BYTES, 1);
    int64_t at = 0;
    while (at < from->size_bytes) {
        size_t got = 0;
        enum status status = from->read_at(from, at, room, COPY_BYTES, &got, err);
        if (status == OK && got == 0)
            status = error_set(err, ERR_IO, "it ends after %lld of %lld bytes", (long long)at,
                               (long long)from->size_bytes);
        if (status == OK)
            status = to->write_at(to, at, room, got, err);
        if (status != OK)
            return status;
        digest_md5_add(md5, room, got);
        at += (int64_t)got;
    }
    return OK;
}

enum status object_copy(struct storage *storage, const char *from, const char *to,
                        struct cancel *cancel, struct error *err)
{
    struct source *source AUTO(source_free) = NULL;
    struct sink *sink AUTO(sink_free) = NULL;
    uint64_t stored = 0;
    char sum[MD5_TEXT];
    enum status status = source_open(storage, from, cancel, &source, err);
    if (status == OK && source_is_same(source, to))
        return error_set(err, ERR_INVALID, "copy %s: onto itself", from);
    if (status == OK)
        status = sink_open(storage, to, cancel, &sink, err);
    if (status != OK)
        return status;
    struct byte_source *door = source_bytes(source);
    sink_expect(sink, &(struct sink_expectation){.most_bytes = door->size_bytes});
    if (door->expect)
        door->expect(door, 0, door->size_bytes);
    struct digest_md5_state *md5 = digest_md5_begin();
    status = copy_bytes(door, sink_bytes(sink), md5, err);
    digest_md5_end(md5, sum);
    if (status == OK)
        status = source_check(source, sum, err);
    return status == OK ? sink_commit(sink, &stored, err) : status;
}

// ---- what only S3 has ----

static enum status need_s3(const struct location *at, const char *where, const char *what,
                           struct error *err)
{
    if (at->place == PLACE_S3)
        return OK;
    return error_set(err, ERR_INVALID, "%s: expected s3://bucket/key: local files have no %s",
                     where, what);
}

enum status object_presign(struct storage *storage, const char *where, const char *method,
                           int64_t seconds, char **ret, struct error *err)
{
    struct s3_client *client = NULL;
    *ret = NULL;
    struct location at LOCATION_AUTO = {0};
    if (location_parse(where, &at, err) != OK)
        return ERR_INVALID;
    if (seconds < 1 || seconds > OBJECT_MAX_PRESIGN_S)
        return error_set(err, ERR_INVALID, "a presigned URL lasts 1 to %d seconds, not %lld",
                         OBJECT_MAX_PRESIGN_S, (long long)seconds);
    enum status status = need_s3(&at, where, "presigned URLs", err);
    if (status == OK)
        status = storage_s3(storage, &client, err);
    if (status != OK)
        return status;
    return s3_presign(client, method, at.bucket, at.key, seconds, ret, err);
}

struct telling {
    size_t skip;
    bool (*listener)(void *context, const struct object_upload *upload);
    void *context;
};

static bool tell_upload(void *context, const struct s3_upload *upload)
{
    const struct telling *t = context;
    if (strlen(upload->key) < t->skip)
        return true;
    const struct object_upload told = {upload->key + t->skip, upload->id, upload->begun_ms};
    return t->listener(t->context, &told);
}

enum status object_uploads(struct storage *storage, const char *prefix, struct cancel *cancel,
                           bool (*listener)(void *context, const struct object_upload *upload),
                           void *context, struct error *err)
{
    struct location at LOCATION_AUTO = {0};
    if (location_parse_prefix(prefix, &at, err) != OK)
        return ERR_INVALID;
    if (at.place == PLACE_FILE)
        return OK;
    struct multipart m = {.bucket = at.bucket, .key = at.key, .cancel = cancel};
    enum status status = storage_s3(storage, &m.client, err);
    struct telling t = {strlen(at.key), listener, context};
    return status == OK ? multipart_list(&m, at.key, 0, tell_upload, &t, err) : status;
}

struct sweeping {
    const struct multipart *m;
    int64_t before_ms;
    size_t count;
    enum status status;
    struct error *err;
};

static bool sweep(void *context, const struct s3_upload *upload)
{
    struct sweeping *s = context;
    struct multipart one = *s->m;
    bool gone = false;
    if (upload->begun_ms == 0 || upload->begun_ms > s->before_ms)
        return true;
    one.key = upload->key;
    s->status = multipart_abort(&one, upload->id, multipart_abort_deadline_ns(), &gone, s->err);
    s->count += s->status == OK && !gone;
    return s->status == OK && !cancel_fired(s->m->cancel);
}

enum status object_abort_uploads(struct storage *storage, const char *prefix, int64_t older_s,
                                 struct cancel *cancel, size_t *ret_count, struct error *err)
{
    struct location at LOCATION_AUTO = {0};
    *ret_count = 0;
    if (location_parse_prefix(prefix, &at, err) != OK)
        return ERR_INVALID;
    if (at.place == PLACE_FILE)
        return OK;
    struct multipart m = {.bucket = at.bucket, .key = at.key, .cancel = cancel};
    enum status status = storage_s3(storage, &m.client, err);
    if (status != OK)
        return status;
    struct sweeping s = {
        .m = &m, .before_ms = s3_client_now_ms(m.client) - older_s * 1000, .err = err};
    status = multipart_list(&m, at.key, 0, sweep, &s, err);
    *ret_count = s.count;
    if (status == OK)
        status = s.status;
    return status == OK ? cancel_check(cancel, err) : status;
}
