// SPDX-License-Identifier: GPL-3.0-or-later
// api.c — see api.h.
#include "client/api.h"

#include <stdio.h>
#include <string.h>

#include "base/json_read.h"
#include "base/text.h"
#include "storage/http.h"

#define SECOND_NS INT64_C(1000000000)

struct api {
    struct http_client *client;
    char *server;
    char *headers; // of every request
};

// The server lets nobody wait longer; of a stream of events it sends a sign of life more often.
static const int64_t answer_ns = 60 * SECOND_NS;
static const int64_t silence_ns = 65 * SECOND_NS;

static bool has_line_end(const char *text)
{
    return strpbrk(text, "\r\n") != NULL;
}

enum status api_new(const struct api_options *options, struct api **ret, struct error *err)
{
    *ret = NULL;
    if (!text_starts(options->server, "http://") && !text_starts(options->server, "https://"))
        return error_set(err, ERR_USAGE,
                         "server: expected an address such as http://127.0.0.1:8080, got %s",
                         options->server);
    if (options->token && has_line_end(options->token))
        return error_set(err, ERR_USAGE, "token: expected one line");
    struct api *api = mem_new(struct api);
    struct buffer headers BUFFER_AUTO;
    buffer_init(&headers, 8192);
    if (options->token && options->token[0])
        buffer_printf(&headers, "Authorization: Bearer %s\n", options->token);
    api->headers = mem_strdup(buffer_string(&headers));
    api->server = mem_strdup(options->server);
    size_t n = strlen(api->server);
    if (n > 0 && api->server[n - 1] == '/')
        api->server[n - 1] = '\0';
    enum status status = http_client_new(NULL, &api->client, err);
    if (status == OK)
        *ret = api;
    else
        api_free(api);
    return status;
}

void api_free(struct api *api)
{
    if (!api)
        return;
    http_client_free(api->client);
    free(api->server);
    free(api->headers);
    free(api);
}

// ---- one request ----

struct call {
    const char *method;
    const char *path; // behind the server's address
    const char *headers;
    const char *body;
    size_t body_bytes;
    struct cancel *cancel;
    bool (*take)(void *context, const struct http_answer *answer, const void *bytes, size_t n);
    void *context;
    int64_t stall_ns;
};

// What the server says is wrong, in its own words.
static enum status refusal(const struct http_answer *answer, struct error *err)
{
    struct jr_doc *doc AUTO(jr_free) = NULL;
    struct jr root;
    struct jr member;
    const char *code = NULL;
    const char *text = NULL;
    if (jr_parse(buffer_string(&answer->text), answer->text.size, &doc, NULL) == OK) {
        root = jr_root(doc);
        if (jr_get(&root, "error", &member) &&
            jr_get_string(&member, "code", EVENT_MAX_NAME, &code, NULL) == OK &&
            jr_get_string(&member, "text", EVENT_MAX_TEXT, &text, NULL) == OK && code && text)
            return error_set(err, status_from_name(code), "%s", text);
    }
    enum status status = answer->code == 404  ? ERR_NOT_FOUND
                         : answer->code < 500 ? ERR_INVALID
                                              : ERR_UNAVAILABLE;
    return error_set(err, status, "the server answers with code %d", answer->code);
}

static enum status call(struct api *api, const struct call *c, struct http_answer *ret,
                        struct error *err)
{
    struct buffer url BUFFER_AUTO;
    struct buffer headers BUFFER_AUTO;
    buffer_init(&url, 8192);
    buffer_init(&headers, 8192);
    buffer_printf(&url, "%s%s", api->server, c->path);
    buffer_printf(&headers, "%s%s", api->headers, c->headers ? c->headers : "");
    const struct http_request request = {
        .method = c->method,
        .url = buffer_string(&url),
        .headers = buffer_string(&headers),
        .body = c->body,
        .body_bytes = c->body_bytes,
        .take = c->take,
        .context = c->context,
        .cancel = c->cancel,
        .stall_ns = c->stall_ns ? c->stall_ns : answer_ns,
    };
    enum status status = http_run(api->client, &request, ret, err);
    if (status == OK)
        return ret->code >= 300 ? refusal(ret, err) : OK;
    if (status != ERR_CANCELLED) { // that code speaks of a store
        struct error cause = *err;
        (void)error_set(err, status, "no answer from the server %s: %s", api->server,
                        status_info(status)->text);
        error_detail(err, "%s", cause.detail[0] ? cause.detail : cause.text);
    }
    return status;
}

// A request that is answered with one snapshot.
static enum status ask_snapshot(struct api *api, const struct call *c, struct job_snapshot *ret,
                                struct error *err)
{
    struct http_answer answer = {0};
    *ret = (struct job_snapshot){0};
    enum status status = call(api, c, &answer, err);
    if (status == OK &&
        snapshot_json_apply(ret, buffer_string(&answer.text), answer.text.size, err) != OK)
        status = error_wrap(err, "the server's answer cannot be read");
    http_answer_done(&answer);
    return status;
}

enum status api_submit(struct api *api, const struct api_submit *submit, struct job_snapshot *ret,
                       struct error *err)
{
    char path[64];
    struct buffer headers BUFFER_AUTO;
    buffer_init(&headers, 4096);
    if (submit->idempotency_key && has_line_end(submit->idempotency_key))
        return error_set(err, ERR_USAGE, "key: expected one line");
    buffer_text(&headers, "Content-Type: application/json\n");
    if (submit->idempotency_key)
        buffer_printf(&headers, "Idempotency-Key: %s\n", submit->idempotency_key);
    (void)snprintf(path, sizeof(path), "/api/exports?priority=%d", submit->priority);
    const struct call c = {
        .method = "POST",
        .path = path,
        .headers = buffer_string(&headers),
        .body = submit->spec,
        .body_bytes = submit->spec_bytes,
    };
    return ask_snapshot(api, &c, ret, err);
}

// "/api/exports/ID…": an id is letters and digits, so that no other path comes of it.
static enum status job_path(const char *job, const char *tail, char path[static 160],
                            struct error *err)
{
    size_t n = strspn(job, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_");
    if (n == 0 || job[n] != '\0' || n >= EVENT_MAX_NAME)
        return error_set(err, ERR_USAGE, "expected the id of a job, got %s", job);
    (void)snprintf(path, 160, "/api/exports/%s%s", job, tail);
    return OK;
}

static enum status ask_of_job(struct api *api, const char *method, const char *job,
                              const char *tail, struct job_snapshot *ret, struct error *err)
{
    char path[160];
    enum status status = job_path(job, tail, path, err);
    return status == OK
               ? ask_snapshot(api, &(struct call){.method = method, .path = path}, ret, err)
               : status;
}

enum status api_find(struct api *api, const char *job, struct job_snapshot *ret, struct error *err)
{
    return ask_of_job(api, "GET", job, "", ret, err);
}

enum status api_cancel(struct api *api, const char *job, struct job_snapshot *ret,
                       struct error *err)
{
    return ask_of_job(api, "DELETE", job, "", ret, err);
}

enum status api_retry(struct api *api, const char *job, struct job_snapshot *ret, struct error *err)
{
    return ask_of_job(api, "POST", job, "/retry", ret, err);
}

// ---- list ----

static enum status read_page(const char *text, size_t n, struct api_page *ret, struct error *err)
{
    struct jr_doc *doc AUTO(jr_free) = NULL;
    struct jr exports;
    struct jr next;
    int64_t before = 0;
    if (jr_parse(text, n, &doc, err) != OK)
        return ERR_INVALID;
    struct jr root = jr_root(doc);
    if (jr_require(&root, "exports", "a list", &exports, err) != OK)
        return ERR_INVALID;
    ret->has_more = jr_get(&root, "next", &next);
    if (ret->has_more && jr_integer(&next, 1, INT64_MAX, &before, err) != OK)
        return ERR_INVALID;
    ret->next = (uint64_t)before;
    ret->jobs = mem_zeroed(jr_size(&exports) + 1, sizeof(struct job_snapshot));
    for (; ret->count < jr_size(&exports); ret->count++) {
        struct buffer one BUFFER_AUTO;
        struct jr job = jr_at(&exports, ret->count);
        buffer_init(&one, SNAPSHOT_MAX_TEXT);
        jr_dump(&job, &one);
        if (snapshot_json_apply(&ret->jobs[ret->count], buffer_string(&one), one.size, err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

enum status api_list(struct api *api, const char *state, uint32_t limit, uint64_t before,
                     struct api_page *ret, struct error *err)
{
    char path[128];
    struct http_answer answer = {0};
    *ret = (struct api_page){0};
    int n = snprintf(path, sizeof(path), "/api/exports?state=%s&limit=%u", state, limit);
    if (before > 0)
        (void)snprintf(path + n, sizeof(path) - (size_t)n, "&before=%llu",
                       (unsigned long long)before);
    enum status status = call(api, &(struct call){.method = "GET", .path = path}, &answer, err);
    if (status == OK)
        status = read_page(buffer_string(&answer.text), answer.text.size, ret, err);
    http_answer_done(&answer);
    if (status != OK) {
        free(ret->jobs);
        *ret = (struct api_page){0};
    }
    return status;
}

// ---- events ----

struct stream {
    bool (*take)(void *context, const char *bytes, size_t n);
    void *context;
};

static bool take_bytes(void *context, const struct http_answer *answer, const void *bytes, size_t n)
{
    const struct stream *stream = context;
    (void)answer;
    return stream->take(stream->context, bytes, n);
}

enum status api_events(struct api *api, const char *job, struct cancel *cancel,
                       bool (*take)(void *context, const char *bytes, size_t n), void *context,
                       struct error *err)
{
    char path[160];
    struct http_answer answer = {0};
    struct stream stream = {take, context};
    enum status status = job_path(job, "/events", path, err);
    if (status != OK)
        return status;
    const struct call c = {
        .method = "GET",
        .path = path,
        .headers = "Accept: text/event-stream\n",
        .cancel = cancel,
        .take = take_bytes,
        .context = &stream,
        .stall_ns = silence_ns,
    };
    status = call(api, &c, &answer, err);
    http_answer_done(&answer);
    return status;
}
