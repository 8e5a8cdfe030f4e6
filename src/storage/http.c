// SPDX-License-Identifier: GPL-3.0-or-later
// http.c — see http.h.
//
// A lane is a libcurl multi handle with one easy handle in it: its poll can wait for our cancel
// besides the socket, which a plain curl_easy_perform() cannot, and it keeps the connection for the
// lane's next request. Idle lanes wait in a list.
#include "storage/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/text.h"
#include "sys/clock.h"

enum {
    CONNECT_MS = 10000,
    POLL_MS = 500,
    SENDING_POLL_MS = 100,
    CURL_BUFFER_BYTES = 128 * 1024,
    MAX_WAIT_S = 86400
};

struct lane {
    CURLM *multi;
    CURL *easy;
    curl_socket_t fd; // of its newest connection
    struct lane *next;
};

struct http_client {
    char *ca_file;
    pthread_mutex_t lock;
    struct lane *idle; // -- protected by lock
};

// A request while it runs; -- of its thread
struct exchange {
    const struct http_request *request;
    const char *ca_file; // NULL: the system's
    struct http_answer *answer;
    CURL *easy;
    struct lane *lane;
    struct curl_slist *headers;
    curl_off_t moved;  // bytes sent and received
    curl_off_t handed; // of the body to the system
    size_t arrived;    // of them at the peer's
    int64_t moved_ns;  // when any of these last changed
    bool has_head;     // the answer's headers are looked at
    bool refused;      // take() said no
    char words[CURL_ERROR_SIZE];
};

// ---- lanes ----

static void lane_free(struct lane *lane)
{
    if (!lane)
        return;
    curl_easy_cleanup(lane->easy);
    (void)curl_multi_cleanup(lane->multi);
    free(lane);
}

enum status http_client_new(const char *ca_file, struct http_client **ret, struct error *err)
{
    *ret = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(err, ERR_INTERNAL, "the HTTP library does not start");
    struct http_client *c = mem_new(struct http_client);
    c->ca_file = mem_strdup(ca_file);
    (void)pthread_mutex_init(&c->lock, NULL);
    *ret = c;
    return OK;
}

void http_client_free(struct http_client *c)
{
    if (!c)
        return;
    while (c->idle) {
        struct lane *next = c->idle->next;
        lane_free(c->idle);
        c->idle = next;
    }
    (void)pthread_mutex_destroy(&c->lock);
    free(c->ca_file);
    free(c);
    curl_global_cleanup();
}

static struct lane *lane_take(struct http_client *c)
{
    (void)pthread_mutex_lock(&c->lock);
    struct lane *lane = c->idle;
    if (lane)
        c->idle = lane->next;
    (void)pthread_mutex_unlock(&c->lock);
    if (lane)
        return lane;
    lane = mem_new(struct lane);
    lane->fd = CURL_SOCKET_BAD;
    lane->multi = curl_multi_init();
    lane->easy = curl_easy_init();
    if (lane->multi && lane->easy)
        return lane;
    lane_free(lane);
    return NULL;
}

static void lane_give(struct http_client *c, struct lane *lane)
{
    curl_easy_reset(lane->easy);
    (void)pthread_mutex_lock(&c->lock);
    lane->next = c->idle;
    c->idle = lane;
    (void)pthread_mutex_unlock(&c->lock);
}

// ---- what an answer's headers say ----

static const char *header(const struct exchange *x, const char *name)
{
    struct curl_header *found = NULL;
    return curl_easy_header(x->easy, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value
                                                                                     : NULL;
}

static void copy_header(const struct exchange *x, const char *name, char *dst, size_t size)
{
    const char *value = header(x, name);
    if (value && text_utf8_valid(value, strlen(value)))
        (void)text_copy(dst, size, value);
}

// Milliseconds since 1970 of an HTTP date; 0 when there is none or it is none.
static int64_t date_of(const char *value)
{
    time_t at = value ? curl_getdate(value, NULL) : -1;
    return at > 0 ? (int64_t)at * 1000 : 0;
}

// The number at *at, which is moved behind it and the character `behind` that must follow.
static bool read_number(const char **at, char behind, uint64_t *ret)
{
    char *end = NULL;
    errno = 0;
    *ret = strtoull(*at, &end, 10);
    bool good = **at >= '0' && **at <= '9' && errno == 0 && *end == behind;
    *at = good && behind ? end + 1 : end;
    return good;
}

// "bytes 0-99/1000", or "bytes */1000" for none of them.
static void read_range(const char *value, struct http_answer *a)
{
    uint64_t last = 0;
    if (!value || !text_starts(value, "bytes "))
        return;
    value += strlen("bytes ");
    bool some = value[0] != '*';
    if (!some && text_starts(value, "*/"))
        value += strlen("*/");
    a->has_range = (!some || (read_number(&value, '-', &a->range_first) &&
                              read_number(&value, '/', &last))) &&
                   read_number(&value, '\0', &a->range_size) && a->range_size <= INT64_MAX;
}

// Retry-After: seconds, or a date.
static int64_t read_wait(const char *value, int64_t server_ms)
{
    uint64_t seconds = 0;
    const char *at = value;
    if (!value)
        return 0;
    if (read_number(&at, '\0', &seconds))
        return (int64_t)(seconds < MAX_WAIT_S ? seconds : MAX_WAIT_S) * 1000;
    int64_t until_ms = date_of(value);
    return until_ms > server_ms && server_ms > 0 ? until_ms - server_ms : 0;
}

static void strip_quotes(char *text)
{
    size_t n = strlen(text);
    if (n < 2 || text[0] != '"' || text[n - 1] != '"')
        return;
    memmove(text, text + 1, n - 2);
    text[n - 2] = '\0';
}

static void read_head(struct exchange *x)
{
    struct http_answer *a = x->answer;
    long code = 0;
    curl_off_t length = -1;
    if (x->has_head)
        return;
    x->has_head = true;
    (void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &code);
    (void)curl_easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    a->code = (int)code;
    a->has_length = length >= 0;
    a->length_bytes = length >= 0 ? (uint64_t)length : 0;
    a->date_ms = date_of(header(x, "date"));
    a->has_date = a->date_ms > 0;
    a->modified_ms = date_of(header(x, "last-modified"));
    a->retry_after_ms = read_wait(header(x, "retry-after"), a->date_ms);
    read_range(header(x, "content-range"), a);
    copy_header(x, "etag", a->etag, sizeof a->etag);
    strip_quotes(a->etag);
    copy_header(x, "x-amz-request-id", a->request_id, sizeof a->request_id);
    copy_header(x, "x-amz-bucket-region", a->region, sizeof a->region);
    copy_header(x, "x-amz-server-side-encryption", a->encryption, sizeof a->encryption);
}

// ---- libcurl's callbacks ----

static size_t on_body(char *bytes, size_t one, size_t n, void *context)
{
    struct exchange *x = context;
    (void)one;
    read_head(x);
    if (x->request->take && x->answer->code < 300) {
        x->refused = !x->request->take(x->request->context, x->answer, bytes, n);
        return x->refused ? CURL_WRITEFUNC_ERROR : n;
    }
    buffer_append(&x->answer->text, bytes, n);
    return x->answer->text.overflow ? CURL_WRITEFUNC_ERROR : n;
}

// NOLINTNEXTLINE(readability-non-const-parameter): libcurl wants this type
static size_t on_header(char *bytes, size_t one, size_t n, void *context)
{
    struct exchange *x = context;
    (void)bytes;
    (void)one;
    x->moved_ns = clock_now_ns();
    return n;
}

static int on_moved(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                    curl_off_t up)
{
    struct exchange *x = context;
    (void)down_total;
    (void)up_total;
    x->handed = up;
    if (down + up == x->moved)
        return 0;
    x->moved = down + up;
    x->moved_ns = clock_now_ns();
    return 0;
}

static int on_socket(void *context, curl_socket_t fd, curlsocktype purpose)
{
    (void)purpose;
    ((struct lane *)context)->fd = fd;
    return CURL_SOCKOPT_OK;
}

// How much of the body the peer has: what the system took from us, less what still waits in its
// queue to be acknowledged (with a few bytes around the body, which do no harm).
static void note_arrived(struct exchange *x)
{
    int waiting = 0;
    if (x->lane->fd < 0 || ioctl(x->lane->fd, SIOCOUTQ, &waiting) != 0)
        return;
    curl_off_t arrived = x->handed > waiting ? x->handed - waiting : 0;
    if ((size_t)arrived == x->arrived)
        return;
    x->arrived = (size_t)arrived;
    x->moved_ns = clock_now_ns();
    if (x->request->sent)
        x->request->sent(x->request->sent_context, x->arrived);
}

// NOLINTNEXTLINE(readability-non-const-parameter): likewise
static int on_send(void *context, char *to, char *from, int to_port, int from_port)
{
    struct exchange *x = context;
    (void)to;
    (void)from;
    (void)to_port;
    (void)from_port;
    x->answer->sent++;
    return CURL_PREREQFUNC_OK;
}

// ---- one request ----

static void add_header(struct exchange *x, const char *line)
{
    struct curl_slist *longer = curl_slist_append(x->headers, line);
    if (!longer)
        abort();
    x->headers = longer;
}

static void set_headers(struct exchange *x)
{
    char *copy AUTO(mem_free) = mem_strdup(x->request->headers ? x->request->headers : "");
    char *rest = copy;
    for (const char *line; (line = strsep(&rest, "\n"));) {
        if (line[0])
            add_header(x, line);
    }
    // Waiting for a "100 Continue" costs a round trip for each part; a refusal is rare.
    add_header(x, "expect:");
    if (!strcasestr(x->request->headers ? x->request->headers : "", "content-type:"))
        add_header(x, "content-type:");
}

static void set_body(const struct exchange *x)
{
    const struct http_request *r = x->request;
    if (strcmp(r->method, "HEAD") == 0) {
        (void)curl_easy_setopt(x->easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (r->body || strcmp(r->method, "PUT") == 0 || strcmp(r->method, "POST") == 0) {
        (void)curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_bytes);
        (void)curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, r->body ? r->body : "");
    }
    (void)curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, r->method);
}

static void set_up(struct exchange *x)
{
    CURL *e = x->easy;
    (void)curl_easy_setopt(e, CURLOPT_URL, x->request->url);
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L); // ".." may be part of a key
    (void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L); // a name that is being looked up
    (void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    (void)curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)CURL_BUFFER_BYTES);
    (void)curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, (long)CURL_BUFFER_BYTES);
    (void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, x->words);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
    (void)curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
    (void)curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_moved);
    (void)curl_easy_setopt(e, CURLOPT_XFERINFODATA, x);
    (void)curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_send);
    (void)curl_easy_setopt(e, CURLOPT_PREREQDATA, x);
    (void)curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, on_socket);
    (void)curl_easy_setopt(e, CURLOPT_SOCKOPTDATA, x->lane);
    if (x->ca_file)
        (void)curl_easy_setopt(e, CURLOPT_CAINFO, x->ca_file);
    set_headers(x);
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, x->headers);
    set_body(x);
}

static void wait_for_news(const struct exchange *x, CURLM *multi, int64_t still_ns)
{
    const struct http_request *r = x->request;
    bool sending = r->sent && x->arrived < r->body_bytes; // nothing wakes us when that grows
    struct curl_waitfd fd = {.events = CURL_WAIT_POLLIN};
    int most_ms = sending ? SENDING_POLL_MS : POLL_MS;
    int64_t left_ms = r->stall_ns > 0 ? (r->stall_ns - still_ns) / 1000000 + 1 : most_ms;
    if (r->cancel)
        fd.fd = cancel_fd(r->cancel);
    (void)curl_multi_poll(multi, &fd, r->cancel ? 1 : 0, left_ms < most_ms ? (int)left_ms : most_ms,
                          NULL);
}

// "host:port" of a URL.
static void host_of(const char *url, char *dst, size_t size)
{
    const char *begin = strstr(url, "://");
    begin = begin ? begin + strlen("://") : url;
    (void)snprintf(dst, size, "%.*s", (int)strcspn(begin, "/?"), begin);
}

// Another attempt meets the same certificate.
static enum status explain_certificate(const struct exchange *x, CURLcode code, const char *host,
                                       struct error *err)
{
    long flaw = X509_V_OK;
    (void)curl_easy_getinfo(x->easy, CURLINFO_SSL_VERIFYRESULT, &flaw);
    if (code == CURLE_SSL_CACERT_BADFILE)
        (void)error_set(err, ERR_UNAVAILABLE,
                        "%s cannot be read as a file of certificates to trust (s3-ca-file)",
                        x->ca_file ? x->ca_file : "the system's own");
    else if (flaw != X509_V_OK && flaw != X509_V_ERR_UNSPECIFIED) // libcurl's, before it was asked
        (void)error_set(err, ERR_UNAVAILABLE, "the store's certificate is not trusted: %s",
                        X509_verify_cert_error_string(flaw));
    else
        (void)error_set(err, ERR_UNAVAILABLE,
                        "the store's certificate is not trusted: it is not for %s", host);
    if (err)
        err->retryable = false;
    return ERR_UNAVAILABLE;
}

static enum status explain(const struct exchange *x, CURLcode code, struct error *err)
{
    const char *words = x->words[0] ? x->words : curl_easy_strerror(code);
    char host[128];
    host_of(x->request->url, host, sizeof host);
    enum status status = ERR_IO;
    switch (code) {
    case CURLE_OK:
        return OK;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        status = error_set(err, ERR_UNAVAILABLE, "the host %s is not known", host);
        break;
    case CURLE_COULDNT_CONNECT:
        status = error_set(err, ERR_UNAVAILABLE, "nobody answers at %s", host);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        status = error_set(err, ERR_TIMEOUT, "%s did not take the connection in %d s", host,
                           CONNECT_MS / 1000);
        break;
    case CURLE_SSL_CONNECT_ERROR:
        status = error_set(err, ERR_UNAVAILABLE, "there is no TLS connection with %s", host);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        status = explain_certificate(x, code, host, err);
        break;
    case CURLE_PARTIAL_FILE:
        status = error_set(err, ERR_IO, "the store broke its answer off");
        break;
    case CURLE_WRITE_ERROR:
        status = x->refused ? error_set(err, ERR_IO, "the store's answer is not what was asked for")
                            : error_set(err, ERR_LIMIT, "the store's answer is too long");
        break;
    default:
        status = error_set(err, ERR_IO, "the connection to the store broke");
        break;
    }
    error_detail(err, "libcurl %d: %s", (int)code, words);
    return status;
}

static CURLcode result_of(CURLM *multi)
{
    int left = 0;
    const CURLMsg *message = curl_multi_info_read(multi, &left);
    return message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_RECV_ERROR;
}

static enum status perform(struct exchange *x, CURLM *multi, struct error *err)
{
    int running = 1;
    x->moved_ns = clock_now_ns();
    while (true) {
        enum status status = cancel_check(x->request->cancel, err);
        if (status != OK)
            return status;
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            return error_set(err, ERR_INTERNAL, "the HTTP library fails");
        note_arrived(x);
        if (running == 0)
            return explain(x, result_of(multi), err);
        int64_t still_ns = clock_now_ns() - x->moved_ns;
        if (x->request->stall_ns > 0 && still_ns > x->request->stall_ns)
            return error_set(err, ERR_TIMEOUT, "nothing moved for %.1f s", (double)still_ns / 1e9);
        wait_for_news(x, multi, still_ns);
    }
}

enum status http_run(struct http_client *client, const struct http_request *request,
                     struct http_answer *ret, struct error *err)
{
    *ret = (struct http_answer){0};
    buffer_init(&ret->text, HTTP_MAX_TEXT);
    struct lane *lane = lane_take(client);
    if (!lane)
        return error_set(err, ERR_MEMORY, "no memory for a connection");
    struct exchange x = {.request = request,
                         .ca_file = client->ca_file,
                         .answer = ret,
                         .easy = lane->easy,
                         .lane = lane};
    set_up(&x);
    enum status status = ERR_INTERNAL;
    if (curl_multi_add_handle(lane->multi, lane->easy) == CURLM_OK) {
        status = perform(&x, lane->multi, err);
        if (status == OK)
            read_head(&x);
        (void)curl_multi_remove_handle(lane->multi, lane->easy);
    } else {
        status = error_set(err, ERR_INTERNAL, "the HTTP library fails");
    }
    curl_slist_free_all(x.headers);
    lane_give(client, lane);
    return status;
}

void http_answer_done(struct http_answer *answer)
{
    buffer_done(&answer->text);
}
