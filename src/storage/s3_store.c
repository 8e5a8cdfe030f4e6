// SPDX-License-Identifier: GPL-3.0-or-later
// s3_store.c — the S3 store's answers to what is asked of objects as a whole.
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "storage/multipart.h"
#include "storage/store.h"

static enum status open_client(const struct store_call *call, struct multipart *ret,
                               struct error *err)
{
    *ret = (struct multipart){
        .bucket = call->at->bucket, .key = call->at->key, .cancel = call->cancel};
    return storage_s3(call->storage, &ret->client, err);
}

static enum status head(const struct store_call *call, struct object_info *ret, struct error *err)
{
    struct multipart m;
    struct http_answer answer;
    enum status status = open_client(call, &m, err);
    if (status == OK)
        status = s3_head(&m, "look at", call->deadline_ns, &answer, err);
    if (status != OK)
        return status;
    *ret = (struct object_info){.size_bytes = answer.length_bytes,
                                .modified_ms = answer.modified_ms};
    (void)text_copy(ret->tag, sizeof ret->tag, answer.etag);
    if (answer.has_length)
        return OK;
    return error_set(err, ERR_IO, "look at %s: the store does not say how long it is", call->where);
}

static enum status list_page(const struct multipart *m, const char *token, struct s3_page *ret,
                             struct error *err)
{
    struct s3_request request = {
        .doing = "list",
        .method = "GET",
        .bucket = m->bucket,
        .query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", m->key}},
        .query_count = 3,
        .cancel = m->cancel,
    };
    if (token)
        request.query[request.query_count++] = (struct sigv4_pair){"continuation-token", token};
    struct s3_answer answer;
    enum status status = s3_run(m->client, &request, &answer, err);
    if (status == OK) {
        const struct buffer *text = &answer.http.text;
        status = s3_answer_page(buffer_string(text), text->size, ret, err);
        if (status != OK)
            (void)error_wrap(err, "list s3://%s", m->bucket);
    }
    s3_answer_done(&answer);
    return status;
}

static bool tell_page(const struct multipart *m, const struct s3_page *page,
                      object_listener *listener, void *context)
{
    size_t skip = strlen(m->key);
    for (size_t i = 0; i < page->object_count; i++) {
        const struct s3_object *o = &page->objects[i];
        struct object_info info = {.size_bytes = o->size_bytes, .modified_ms = o->modified_ms};
        (void)text_copy(info.tag, sizeof info.tag, o->tag);
        if (strlen(o->key) >= skip && !listener(context, o->key + skip, &info))
            return false;
    }
    return true;
}

static enum status list(const struct store_call *call, object_listener *listener, void *context,
                        struct error *err)
{
    struct multipart m;
    enum status status = open_client(call, &m, err);
    char *token = NULL;
    bool more = status == OK;
    while (more) {
        struct s3_page page = {0};
        status = list_page(&m, token, &page, err);
        more = status == OK && tell_page(&m, &page, listener, context) && page.more;
        free(token);
        token = page.next;
        page.next = NULL;
        s3_page_done(&page);
    }
    free(token);
    return status;
}

static enum status remove_object(const struct store_call *call, struct error *err)
{
    struct multipart m;
    enum status status = open_client(call, &m, err);
    if (status != OK)
        return status;
    const struct s3_request request = {.doing = "remove",
                                       .method = "DELETE",
                                       .bucket = m.bucket,
                                       .key = m.key,
                                       .cancel = m.cancel};
    struct s3_answer answer;
    status = s3_run(m.client, &request, &answer, err);
    bool absent = answer.http.code == 404 && strcmp(answer.error.code, "NoSuchBucket") != 0;
    s3_answer_done(&answer);
    return absent ? OK : status;
}

const struct store store_s3 = {
    .open_source = s3_source_open,
    .open_sink = s3_sink_open,
    .head = head,
    .list = list,
    .remove = remove_object,
};
