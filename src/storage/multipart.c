// SPDX-License-Identifier: GPL-3.0-or-later
// multipart.c — see multipart.h.
#include "storage/multipart.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sys/clock.h"

enum {
    MAX_COMPLETE_TEXT = 4 << 20,
    DAMAGED_ATTEMPTS = 3,
    STRAY_MARGIN_MS = 2000, // listings have whole seconds
};

// ---- bodies ----

static bool is_md5(const char *tag)
{
    return strlen(tag) == MD5_TEXT - 1 && strspn(tag, "0123456789abcdef") == MD5_TEXT - 1;
}

// Is the store's tag another than that of the bytes we sent? Encrypted ones have tags of their own.
static bool is_damaged(const struct http_answer *a, const uint8_t md5[static MD5_BYTES])
{
    char ours[MD5_TEXT];
    digest_hex(md5, MD5_BYTES, ours);
    bool comparable = is_md5(a->etag) && strncmp(a->encryption, "aws:kms", 7) != 0;
    return comparable && strcmp(a->etag, ours) != 0;
}

// PUTs a body, again when the store has got other bytes.
static enum status put(const struct multipart *m, const struct s3_request *request,
                       struct multipart_part *ret, struct error *err)
{
    digest_md5(request->body, request->body_bytes, ret->md5);
    for (int i = 0; i < DAMAGED_ATTEMPTS; i++) {
        struct s3_answer answer;
        enum status status = s3_run(m->client, request, &answer, err);
        bool damaged = status == OK && is_damaged(&answer.http, ret->md5);
        (void)text_copy(ret->tag, sizeof ret->tag, answer.http.etag);
        s3_answer_done(&answer);
        if (status != OK)
            return status;
        if (ret->tag[0] == '\0')
            return error_set(err, ERR_IO, "%s s3://%s/%s: the store gave no tag (ETag) for it",
                             request->doing, m->bucket, m->key);
        if (!damaged)
            return OK;
    }
    return error_set(err, ERR_IO, "%s s3://%s/%s: the bytes were damaged on their way to the store",
                     request->doing, m->bucket, m->key);
}

enum status multipart_put(const struct multipart *m, const struct multipart_body *body,
                          struct multipart_part *ret, struct error *err)
{
    const struct s3_request request = {
        .doing = "store",
        .method = "PUT",
        .bucket = m->bucket,
        .key = m->key,
        .headers = {{"content-type", m->type}},
        .header_count = 1,
        .body = body->bytes,
        .body_bytes = body->n,
        .sent = body->sent,
        .sent_context = body->context,
        .cancel = m->cancel,
    };
    return put(m, &request, ret, err);
}

enum status multipart_send(const struct multipart *m, const char *id, int number,
                           const struct multipart_body *body, struct multipart_part *ret,
                           struct error *err)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%d", number);
    const struct s3_request request = {
        .doing = "store a part of",
        .method = "PUT",
        .bucket = m->bucket,
        .key = m->key,
        .query = {{"partNumber", text}, {"uploadId", id}},
        .query_count = 2,
        .body = body->bytes,
        .body_bytes = body->n,
        .sent = body->sent,
        .sent_context = body->context,
        .cancel = m->cancel,
    };
    return put(m, &request, ret, err);
}

// ---- begin, complete ----

static enum status misread(const struct multipart *m, const char *doing, struct error *err)
{
    return error_wrap(err, "%s s3://%s/%s", doing, m->bucket, m->key);
}

enum status multipart_begin(const struct multipart *m, char **ret_id, bool *ret_ambiguous,
                            struct error *err)
{
    const struct s3_request request = {
        .doing = "begin to store",
        .method = "POST",
        .bucket = m->bucket,
        .key = m->key,
        .query = {{"uploads", ""}},
        .query_count = 1,
        .headers = {{"content-type", m->type}},
        .header_count = 1,
        .cancel = m->cancel,
    };
    *ret_id = NULL;
    struct s3_answer answer;
    enum status status = s3_run(m->client, &request, &answer, err);
    *ret_ambiguous = answer.ambiguous || status == ERR_CANCELLED;
    if (status == OK) {
        const struct buffer *text = &answer.http.text;
        status = s3_answer_upload_id(buffer_string(text), text->size, ret_id, err);
        if (status != OK) {
            *ret_ambiguous = true;
            (void)misread(m, request.doing, err);
        }
    }
    s3_answer_done(&answer);
    return status;
}

enum status s3_head(const struct multipart *m, const char *doing, int64_t deadline_ns,
                    struct http_answer *ret, struct error *err)
{
    const struct s3_request request = {.doing = doing,
                                       .method = "HEAD",
                                       .bucket = m->bucket,
                                       .key = m->key,
                                       .cancel = m->cancel,
                                       .deadline_ns = deadline_ns};
    struct s3_answer answer;
    enum status status = s3_run(m->client, &request, &answer, err);
    *ret = answer.http;
    ret->text = (struct buffer){0};
    s3_answer_done(&answer);
    return status;
}

void multipart_tag(const struct multipart_part *parts, int count, char ret[static S3_MAX_TAG])
{
    uint8_t sum[MD5_BYTES];
    uint8_t *all = mem_zeroed((size_t)count, MD5_BYTES);
    for (int i = 0; i < count; i++)
        memcpy(all + (size_t)i * MD5_BYTES, parts[i].md5, MD5_BYTES);
    digest_md5(all, (size_t)count * MD5_BYTES, sum);
    free(all);
    digest_hex(sum, sizeof sum, ret);
    (void)snprintf(ret + MD5_TEXT - 1, S3_MAX_TAG - MD5_TEXT, "-%d", count);
}

static void write_parts(const struct multipart_part *parts, int count, struct buffer *out)
{
    buffer_text(out, "<CompleteMultipartUpload>");
    for (int i = 0; i < count; i++)
        buffer_printf(out, "<Part><PartNumber>%d</PartNumber><ETag>\"%s\"</ETag></Part>", i + 1,
                      parts[i].tag);
    buffer_text(out, "</CompleteMultipartUpload>");
}

// The answer may be 200 and yet tell of a failure, as the store answers before it is done.
static enum status read_completed(const struct s3_answer *answer, char ret_tag[static S3_MAX_TAG],
                                  struct error *err)
{
    const struct buffer *text = &answer->http.text;
    struct s3_error refused;
    if (s3_answer_error(buffer_string(text), text->size, &refused))
        return error_set(err, ERR_UNAVAILABLE, "the store failed (%s)", refused.code);
    return s3_answer_tag(buffer_string(text), text->size, ret_tag, err);
}

// Is the object there, with the tag that these parts give? Then a lost answer was a success.
static bool is_there(const struct multipart *m, const struct multipart_part *parts, int count,
                     char ret_tag[static S3_MAX_TAG])
{
    struct http_answer head;
    multipart_tag(parts, count, ret_tag);
    return s3_head(m, "look at", 0, &head, NULL) == OK && strcmp(head.etag, ret_tag) == 0;
}

enum status multipart_complete(const struct multipart *m, const char *id,
                               const struct multipart_part *parts, int count,
                               char ret_tag[static S3_MAX_TAG], struct error *err)
{
    struct buffer body BUFFER_AUTO;
    buffer_init(&body, MAX_COMPLETE_TEXT);
    write_parts(parts, count, &body);
    const struct s3_request request = {
        .doing = "complete",
        .method = "POST",
        .bucket = m->bucket,
        .key = m->key,
        .query = {{"uploadId", id}},
        .query_count = 1,
        .headers = {{"content-type", "application/xml"}},
        .header_count = 1,
        .body = buffer_string(&body),
        .body_bytes = body.size,
        .cancel = m->cancel,
    };
    enum status status = OK;
    bool ambiguous = false;
    for (int i = 0; i < DAMAGED_ATTEMPTS; i++) {
        struct s3_answer answer;
        status = s3_run(m->client, &request, &answer, err);
        ambiguous |= answer.ambiguous;
        bool said = status == OK;
        if (said)
            status = read_completed(&answer, ret_tag, err);
        if (said && status != OK)
            (void)misread(m, request.doing, err);
        s3_answer_done(&answer);
        ambiguous |= said && status != OK;
        if (status == OK || !said)
            break;
    }
    if (status != OK && status != ERR_CANCELLED && ambiguous && is_there(m, parts, count, ret_tag))
        return OK;
    return status;
}

// ---- abort ----

enum status multipart_abort(const struct multipart *m, const char *id, int64_t deadline_ns,
                            bool *ret_gone, struct error *err)
{
    const struct s3_request request = {
        .doing = "give up",
        .method = "DELETE",
        .bucket = m->bucket,
        .key = m->key,
        .query = {{"uploadId", id}},
        .query_count = 1,
        .deadline_ns = deadline_ns,
    };
    struct s3_answer answer;
    enum status status = s3_run(m->client, &request, &answer, err);
    *ret_gone = answer.http.code == 404;
    bool alone = !answer.ambiguous; // else an attempt before may have done it
    s3_answer_done(&answer);
    if (!*ret_gone)
        return status;
    *ret_gone = alone;
    return OK;
}

int64_t multipart_abort_deadline_ns(void)
{
    return clock_now_ns() + MULTIPART_ABORT_MS * INT64_C(1000000);
}

// ---- lists ----

static enum status list_page(const struct multipart *m, const char *prefix,
                             const struct s3_page *before, int64_t deadline_ns, struct s3_page *ret,
                             struct error *err)
{
    struct s3_request request = {
        .doing = "list the uploads of",
        .method = "GET",
        .bucket = m->bucket,
        .query = {{"uploads", ""}, {"encoding-type", "url"}, {"prefix", prefix}},
        .query_count = 3,
        .cancel = m->cancel,
        .deadline_ns = deadline_ns,
    };
    if (before->next)
        request.query[request.query_count++] = (struct sigv4_pair){"key-marker", before->next};
    if (before->next_upload)
        request.query[request.query_count++] = (struct sigv4_pair){"upload-id-marker",
                                                                   before->next_upload};
    struct s3_answer answer;
    enum status status = s3_run(m->client, &request, &answer, err);
    if (status == OK) {
        const struct buffer *text = &answer.http.text;
        status = s3_answer_page(buffer_string(text), text->size, ret, err);
        if (status != OK)
            (void)error_wrap(err, "%s s3://%s", request.doing, m->bucket);
    }
    s3_answer_done(&answer);
    return status;
}

enum status multipart_list(const struct multipart *m, const char *prefix, int64_t deadline_ns,
                           multipart_listener *listener, void *context, struct error *err)
{
    struct s3_page page = {0};
    enum status status = OK;
    bool more = true;
    while (status == OK && more) {
        struct s3_page before = page;
        page = (struct s3_page){0};
        status = list_page(m, prefix, &before, deadline_ns, &page, err);
        s3_page_done(&before);
        more = page.more;
        for (size_t i = 0; status == OK && i < page.upload_count; i++)
            more = listener(context, &page.uploads[i]) && more;
    }
    s3_page_done(&page);
    return status;
}

struct strays {
    const struct multipart *m;
    int64_t since_ms, deadline_ns;
    enum status status;
    struct error *err;
};

static bool abort_stray(void *context, const struct s3_upload *upload)
{
    struct strays *s = context;
    bool gone = false;
    if (strcmp(upload->key, s->m->key) != 0 || upload->begun_ms < s->since_ms - STRAY_MARGIN_MS)
        return true;
    s->status = multipart_abort(s->m, upload->id, s->deadline_ns, &gone, s->err);
    return s->status == OK;
}

enum status multipart_abort_strays(const struct multipart *m, int64_t since_ms, int64_t deadline_ns,
                                   struct error *err)
{
    struct multipart calm = *m;
    struct strays strays = {
        .m = m,
        .since_ms = since_ms,
        .deadline_ns = deadline_ns,
        .err = err,
    };
    calm.cancel = NULL;
    enum status status = multipart_list(&calm, m->key, deadline_ns, abort_stray, &strays, err);
    return status != OK ? status : strays.status;
}
