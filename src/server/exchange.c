// SPDX-License-Identifier: GPL-3.0-or-later
// exchange.c — one request and its answer on a connection.
//
//   head → exchange_admit(): Host, Origin, route, token, length → handler → … → exchange_answer()
//   → exchange_write(), as often as the peer can take more → the end of the connection
//
// Each connection carries one request. libwebsockets 4.1 cannot be trusted with two: when the
// second comes together with the first and has a body, its head is given to us as that body, the
// end of the body is told twice, and from there the library loops or uses what it has freed.
//
// A request that is refused is answered at once; what is still to come of its body is thrown away
// for a moment, so that the client can read the answer, and then the connection is closed.
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "server/origin.h"
#include "server/wire.h"
#include "sys/clock.h"

enum {
    LOSE_BYTES = 4 * 1024 * 1024, // of a body that nobody wants
    LEAST_BYTES_PER_S = 1024,     // of a body that somebody wants
};
#define LINGER_NS SECOND_NS // for a client to read why it was refused

// ---- from the library's head to ours ----

static const struct {
    enum request_header header;
    int token; // of the library; -1: one that it does not know, by its name
    const char *name;
} headers[] = {
    {HEADER_HOST, WSI_TOKEN_HOST, NULL},
    {HEADER_ORIGIN, WSI_TOKEN_ORIGIN, NULL},
    {HEADER_AUTHORIZATION, WSI_TOKEN_HTTP_AUTHORIZATION, NULL},
    {HEADER_RANGE, WSI_TOKEN_HTTP_RANGE, NULL},
    {HEADER_IF_RANGE, WSI_TOKEN_HTTP_IF_RANGE, NULL},
    {HEADER_IDEMPOTENCY_KEY, -1, "idempotency-key:"},
    {HEADER_LAST_EVENT_ID, -1, "last-event-id:"},
    {HEADER_CONTENT_LENGTH, WSI_TOKEN_HTTP_CONTENT_LENGTH, NULL},
    {HEADER_TRANSFER_ENCODING, WSI_TOKEN_HTTP_TRANSFER_ENCODING, NULL},
    {HEADER_EXPECT, WSI_TOKEN_HTTP_EXPECT, NULL},
};
static_assert(sizeof(headers) / sizeof(headers[0]) == HEADER_COUNT, "where each header is");

static enum status read_header(struct lws *wsi, struct request *r, int i, struct error *err)
{
    char *dst = r->headers[headers[i].header];
    const char *name = headers[i].name;
    int n = name ? lws_hdr_custom_length(wsi, name, (int)strlen(name))
                 : lws_hdr_total_length(wsi, headers[i].token);
    if (n <= 0)
        return OK;
    int got = n >= REQUEST_HEADER ? -1
              : name ? lws_hdr_custom_copy(wsi, dst, REQUEST_HEADER, name, (int)strlen(name))
                     : lws_hdr_copy(wsi, dst, REQUEST_HEADER, headers[i].token);
    if (got < 0 || strlen(dst) != (size_t)n)
        return error_set(err, ERR_INVALID, "a header: expected at most %d bytes, and no NUL",
                         REQUEST_HEADER - 1);
    r->has_header[headers[i].header] = true;
    return OK;
}

static enum status read_arguments(struct lws *wsi, struct request *r, struct error *err)
{
    char text[REQUEST_ARGUMENT];
    for (int i = 0; lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i) > 0; i++) {
        int n = lws_hdr_copy_fragment(wsi, text, sizeof(text), WSI_TOKEN_HTTP_URI_ARGS, i);
        if (n < 0 || i >= REQUEST_ARGUMENTS || strlen(text) != (size_t)n ||
            !text_utf8_valid(text, (size_t)n))
            return error_set(err, ERR_INVALID,
                             "the query: expected at most %d arguments of %d bytes of UTF-8 each",
                             REQUEST_ARGUMENTS, REQUEST_ARGUMENT - 1);
        memcpy(r->arguments[r->argument_count++], text, (size_t)n + 1);
    }
    return OK;
}

static enum method method_of(int library_method)
{
    switch (library_method) {
    case LWSHUMETH_GET:
        return METHOD_GET;
    case LWSHUMETH_HEAD:
        return METHOD_HEAD;
    case LWSHUMETH_POST:
        return METHOD_POST;
    case LWSHUMETH_PUT:
        return METHOD_PUT;
    case LWSHUMETH_DELETE:
        return METHOD_DELETE;
    default:
        return METHOD_OTHER;
    }
}

static enum status read_request(struct lws *wsi, struct request *r, struct error *err)
{
    char *path = NULL;
    int n = 0;
    r->method = method_of(lws_http_get_uri_and_method(wsi, &path, &n));
    if (!path || n <= 0 || n >= REQUEST_PATH || memchr(path, '\0', (size_t)n))
        return error_set(err, ERR_INVALID,
                         "the path: expected at most %d bytes; write & as %%26 and ; as %%3B",
                         REQUEST_PATH - 1);
    memcpy(r->path, path, (size_t)n);
    r->path[n] = '\0';
    if (!text_utf8_valid(path, (size_t)n))
        return error_set(err, ERR_INVALID, "the path: expected UTF-8");
    for (int i = 0; i < HEADER_COUNT; i++) {
        if (read_header(wsi, r, i, err) != OK)
            return ERR_INVALID;
    }
    return read_arguments(wsi, r, err);
}

// ---- admission ----

static enum status find_route(struct exchange *x, struct error *err)
{
    const char *rest = "";
    size_t n = 0;
    const char *path = x->request.path;
    switch (route_match(x->request.method, path, &x->route, &rest, &n)) {
    case ROUTE_FOUND:
        memcpy(x->rest, rest, n);
        x->rest[n] = '\0';
        return OK;
    case ROUTE_NO_METHOD: {
        struct buffer methods BUFFER_AUTO;
        buffer_init(&methods, 128);
        route_methods(path, &methods);
        reply_field(&x->reply, "Allow", buffer_string(&methods));
        (void)error_set(err, ERR_USAGE, "the method: expected %s", buffer_string(&methods));
        reply_error_code(&x->reply, 405, err);
        return ERR_USAGE;
    }
    case ROUTE_NO_PATH:
    default:
        (void)error_set(err, ERR_NOT_FOUND, "there is nothing of that name");
        reply_error(&x->reply, err);
        return ERR_NOT_FOUND;
    }
}

static enum status find_user(struct exchange *x, struct error *err)
{
    const struct access *a = &x->server->access;
    struct request *r = &x->request;
    const struct route_info *route = route_info(x->route);
    const char *token = access_bearer(request_header(r, HEADER_AUTHORIZATION));
    const char *ticket = request_argument(r, "ticket");
    if (route->access == ACCESS_OPEN || route->access == ACCESS_WORKER || !access_in_use(a)) {
        (void)text_copy(r->user, sizeof(r->user), LOCAL_USER);
        return OK;
    }
    enum status status = ERR_PERMISSION;
    if (route->access == ACCESS_VIEWER && ticket)
        status = access_ticket(a, ticket, clock_wall_ms() / 1000, r->user, err);
    else
        status = access_token(a, token ? token : "", r->user, err);
    if (status == OK)
        return OK;
    reply_error_code(&x->reply, 401, err);
    reply_field(&x->reply, "WWW-Authenticate", "Bearer");
    return status;
}

static enum status check_body(struct exchange *x, struct error *err)
{
    const struct route_info *route = route_info(x->route);
    const struct request *r = &x->request;
    int64_t limit = route->body_limit >= 0 ? route->body_limit : x->server->options->object_bytes;
    bool needs_length = route->streams && !r->has_length;
    if (needs_length) {
        (void)error_set(err, ERR_USAGE, "Content-Length: is required");
        reply_error_code(&x->reply, 411, err);
        return ERR_USAGE;
    }
    if (r->has_length && r->length > limit) {
        (void)error_set(err, ERR_LIMIT, "the body: expected at most %lld bytes, got %lld",
                        (long long)limit, (long long)r->length);
        reply_error(&x->reply, err);
        return ERR_LIMIT;
    }
    return OK;
}

bool exchange_admit(struct exchange *x)
{
    struct error err = {0};
    struct request *r = &x->request;
    x->server->metrics.values[METRIC_REQUESTS]++;
    if (read_request(x->connection->wsi, r, &err) != OK) {
        reply_error(&x->reply, &err);
        return false;
    }
    enum status status = request_check(r, &err);
    if (status != OK) {
        reply_error_code(&x->reply, status == ERR_USAGE ? 411 : 400, &err);
        return false;
    }
    if (origin_check(x->server->options->hosts, request_header(r, HEADER_HOST),
                     request_header(r, HEADER_ORIGIN), &err) != OK) {
        reply_error(&x->reply, &err);
        return false;
    }
    return find_route(x, &err) == OK && find_user(x, &err) == OK && check_body(x, &err) == OK;
}

// ---- the life of an exchange ----

struct exchange *exchange_new(struct connection *c)
{
    assert(!c->exchange);
    struct exchange *x = mem_new(struct exchange);
    x->connection = c;
    x->server = c->server;
    x->begun_ns = clock_now_ns();
    c->progress_ns = x->begun_ns;
    reply_init(&x->reply);
    c->exchange = x;
    return x;
}

void exchange_free(struct exchange *x)
{
    if (!x)
        return;
    assert(!x->is_away);
    if (x->connection)
        x->connection->exchange = NULL;
    upload_free(x->upload);
    download_free(x->download);
    buffer_done(&x->request.body);
    reply_done(&x->reply);
    free(x);
}

void exchange_abandon(struct exchange *x)
{
    x->connection->exchange = NULL;
    x->connection = NULL;
    if (!x->is_away)
        exchange_free(x);
}

void exchange_leave(struct exchange *x)
{
    assert(!x->is_away);
    x->is_away = true;
}

bool exchange_return(struct exchange *x)
{
    x->is_away = false;
    if (x->connection)
        return true;
    exchange_free(x);
    return false;
}

static void count_answer(struct exchange *x)
{
    enum metric metric = x->reply.code < 400   ? METRIC_ANSWERS_2XX
                         : x->reply.code < 500 ? METRIC_ANSWERS_4XX
                                               : METRIC_ANSWERS_5XX;
    x->server->metrics.values[metric]++;
}

void exchange_answer(struct exchange *x)
{
    if (x->is_answered || !x->connection)
        return;
    x->is_answered = true;
    x->answered_ns = clock_now_ns();
    count_answer(x);
    (void)lws_callback_on_writable(x->connection->wsi);
}

void exchange_fail(struct exchange *x, const struct error *err)
{
    if (x->is_answered)
        return;
    reply_error(&x->reply, err);
    exchange_answer(x);
}

// ---- the end of an answer ----

static bool is_written(const struct exchange *x)
{
    return x->head_sent && x->sent == x->reply.body.size && (!x->download || download_is_over(x));
}

// The answer is out. Whoever still sends must be able to read it before the connection is reset.
static int finish(struct connection *c)
{
    const struct exchange *x = c->exchange;
    bool is_sending = !x->body_ended && x->request.length > x->body_bytes;
    return is_sending ? 0 : -1;
}

// ---- in ----

typedef void handler(struct exchange *x);

static handler *const handlers[ROUTE_COUNT] = {
    [ROUTE_SUBMIT] = exports_submit,
    [ROUTE_LIST] = exports_list,
    [ROUTE_FIND] = exports_find,
    [ROUTE_CANCEL] = exports_cancel,
    [ROUTE_RETRY] = exports_retry,
    [ROUTE_EVENTS] = watch_events,
    [ROUTE_WORKER_EVENTS] = exports_worker_events,
    [ROUTE_UPLOAD] = upload_end,
    [ROUTE_DOWNLOAD] = download_begin,
    [ROUTE_LOOK] = download_begin,
    [ROUTE_TICKET] = facts_ticket,
    [ROUTE_BENCHMARKS] = facts_benchmarks,
    [ROUTE_ACCURACY] = facts_accuracy,
    [ROUTE_METRICS] = facts_metrics,
    [ROUTE_OPENAPI] = facts_openapi,
    [ROUTE_HEALTH] = facts_health,
    [ROUTE_READY] = facts_ready,
    [ROUTE_PAGE] = page_begin,
    [ROUTE_PAGE_LOOK] = page_begin,
};

static void handle(struct exchange *x)
{
    x->body_ended = true;
    if (x->is_answered)
        return;
    if (!handlers[x->route]) { // a WebSocket's path without its handshake
        struct error err;
        (void)error_set(&err, ERR_USAGE, "expected the handshake of a WebSocket");
        reply_error_code(&x->reply, 426, &err);
        reply_field(&x->reply, "Upgrade", "websocket");
        exchange_answer(x);
        return;
    }
    handlers[x->route](x);
}

static void send_continue(struct connection *c)
{
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    unsigned char room[LWS_PRE + sizeof(line)];
    memcpy(room + LWS_PRE, line, sizeof(line) - 1);
    (void)lws_write(c->wsi, room + LWS_PRE, sizeof(line) - 1, LWS_WRITE_HTTP);
}

int exchange_begin(struct connection *c)
{
    if (c->exchange)
        return -1; // a second request
    struct exchange *x = exchange_new(c);
    struct request *r = &x->request;
    if (!exchange_admit(x)) {
        exchange_answer_now(x);
        return finish(c);
    }
    bool has_body = r->has_length && r->length > 0;
    if (!has_body && !(r->has_length && r->method == METHOD_POST)) {
        if (route_info(x->route)->streams)
            upload_begin(x);
        handle(x);
        return 0;
    }
    buffer_init(&r->body, (size_t)r->length + 1);
    const char *expect = request_header(r, HEADER_EXPECT);
    if (expect && strcasecmp(expect, "100-continue") == 0)
        send_continue(c);
    if (route_info(x->route)->streams)
        upload_begin(x);
    return 0;
}

int exchange_body(struct connection *c, const char *bytes, size_t n)
{
    struct exchange *x = c->exchange;
    if (!x)
        return -1;
    c->progress_ns = clock_now_ns();
    x->body_bytes += (int64_t)n;
    if (x->is_answered) // refused: let it go by, for a while
        return x->body_bytes > LOSE_BYTES ? -1 : 0;
    if (x->upload)
        upload_bytes(x, bytes, n);
    else if (n > 0)
        buffer_append(&x->request.body, bytes, n);
    return 0;
}

int exchange_body_end(struct connection *c)
{
    struct exchange *x = c->exchange;
    lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
    if (!x || x->body_ended) // told again: more came behind the body, which is a second request
        return -1;
    handle(x);
    return x->is_answered && is_written(x) ? finish(c) : 0;
}

// ---- out ----

static int write_head(struct connection *c)
{
    struct exchange *x = c->exchange;
    struct buffer out BUFFER_AUTO;
    static const char room[LWS_PRE] = {0};
    buffer_init(&out, REPLY_MAX_HEAD + WRITE_BYTES + LWS_PRE);
    buffer_append(&out, room, sizeof(room));
    reply_head(&x->reply, clock_wall_ms() / 1000, &out);
    assert(!out.overflow);
    bool is_head = x->request.method == METHOD_HEAD;
    if (is_head)
        x->sent = x->reply.body.size;
    size_t n = x->reply.body.size - x->sent;
    if (n > WRITE_BYTES - REPLY_MAX_HEAD)
        n = WRITE_BYTES - REPLY_MAX_HEAD;
    buffer_append(&out, buffer_string(&x->reply.body) + x->sent, n);
    x->sent += n;
    x->head_sent = true;
    size_t size = out.size - LWS_PRE;
    return lws_write(c->wsi, (unsigned char *)out.data + LWS_PRE, size, LWS_WRITE_HTTP) < 0 ? -1
                                                                                            : 0;
}

void exchange_answer_now(struct exchange *x)
{
    exchange_answer(x);
    (void)write_head(x->connection);
}

static int write_body(struct connection *c)
{
    struct exchange *x = c->exchange;
    size_t n = x->reply.body.size - x->sent;
    if (n > WRITE_BYTES)
        n = WRITE_BYTES;
    // The library writes only into the room in front of WebSocket frames; here it touches nothing.
    unsigned char *from = (unsigned char *)x->reply.body.data + x->sent;
    x->sent += n;
    return lws_write(c->wsi, from, n, LWS_WRITE_HTTP) < 0 ? -1 : 0;
}

static int write_download(struct connection *c)
{
    struct exchange *x = c->exchange;
    size_t n = WRITE_BYTES;
    char *from = download_peek(x, &n);
    if (!from)
        return 0; // the desk is still reading; it calls for a write when it is back
    if (lws_write(c->wsi, (unsigned char *)from, n, LWS_WRITE_HTTP) < 0)
        return -1;
    x->server->metrics.values[METRIC_BYTES_DOWNLOADED] += n;
    download_sent(x, n);
    return 0;
}

int exchange_write(struct connection *c)
{
    struct exchange *x = c->exchange;
    if (!x || !x->is_answered)
        return 0;
    c->progress_ns = clock_now_ns();
    int rc = !x->head_sent                   ? write_head(c)
             : x->sent < x->reply.body.size  ? write_body(c)
             : x->download && !is_written(x) ? write_download(c)
                                             : 0;
    if (rc != 0)
        return -1;
    if (is_written(x))
        return finish(c);
    size_t n = WRITE_BYTES;
    if (x->sent < x->reply.body.size || !x->download || download_peek(x, &n))
        (void)lws_callback_on_writable(c->wsi);
    return 0;
}

// ---- slow peers ----

// A body has to come at this pace on average, once the time for a head has passed.
static bool is_too_slow(const struct exchange *x, int64_t now_ns)
{
    int64_t granted_ns = x->server->options->header_s * SECOND_NS +
                         x->body_bytes * (SECOND_NS / LEAST_BYTES_PER_S);
    return !x->body_ended && !x->is_away && now_ns - x->begun_ns > granted_ns;
}

void exchange_housekeeping(struct connection *c, int64_t now_ns)
{
    struct exchange *x = c->exchange;
    if (!x)
        return;
    if (x->is_answered) {
        int64_t limit_ns = is_written(x) ? LINGER_NS : x->server->options->idle_s * SECOND_NS;
        int64_t since_ns = is_written(x) ? x->answered_ns : c->progress_ns;
        if (now_ns - since_ns > limit_ns && !x->is_away)
            connection_kill(c);
        return;
    }
    if (x->is_away) // it is us who are slow, so the library's own limit does not count
        lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
    if (!is_too_slow(x, now_ns))
        return;
    struct error err;
    (void)error_set(&err, ERR_TIMEOUT, "the body: it came too slowly");
    reply_error_code(&x->reply, 408, &err);
    exchange_answer(x);
}
