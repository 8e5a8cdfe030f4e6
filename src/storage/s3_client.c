// SPDX-License-Identifier: GPL-3.0-or-later
// s3_client.c — see s3_client.h.
#include "storage/s3_client.h"

#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "storage/digest.h"
#include "storage/retry.h"
#include "sys/clock.h"

enum { MAX_HEADERS = 16384, MAX_SKEWED = 1, SKEW_MS = 15 * 60 * 1000 };

struct s3_client {
    const struct settings *settings;
    struct http_client *http;
    atomic_int_fast64_t skew_ms; // the store's clock minus ours
    atomic_uint_fast64_t seed;
};

enum status s3_client_new(const struct settings *settings, struct s3_client **ret,
                          struct error *err)
{
    *ret = NULL;
    struct s3_client *c = mem_new(struct s3_client);
    c->settings = settings;
    atomic_store(&c->seed, (uint64_t)clock_now_ns());
    enum status status = http_client_new(settings->ca_file, &c->http, err);
    if (status != OK) {
        s3_client_free(c);
        return status;
    }
    *ret = c;
    return OK;
}

void s3_client_free(struct s3_client *c)
{
    if (!c)
        return;
    http_client_free(c->http);
    free(c);
}

const struct settings *s3_client_settings(const struct s3_client *c)
{
    return c->settings;
}

int64_t s3_client_now_ms(struct s3_client *c)
{
    return clock_wall_ms() + atomic_load(&c->skew_ms);
}

void s3_answer_done(struct s3_answer *answer)
{
    http_answer_done(&answer->http);
}

// ---- what a refusal means ----

struct meaning {
    const char *code; // of the store
    enum status status;
    bool again; // another attempt can help
    const char *text;
};

static const struct meaning by_code[] = {
    {"AccessDenied", ERR_PERMISSION, false, "the store refuses access with these keys"},
    {"AccountProblem", ERR_PERMISSION, false, "the store refuses this account"},
    {"AuthorizationHeaderMalformed", ERR_INVALID, false, "the store is in another region"},
    {"BadDigest", ERR_IO, true, "the bytes were damaged on their way to the store"},
    {"BucketAlreadyExists", ERR_CONFLICT, false, "somebody has a bucket of that name"},
    {"EntityTooLarge", ERR_LIMIT, false, "it is larger than the store takes"},
    {"EntityTooSmall", ERR_INVALID, false, "a part is smaller than the store takes (s3-part)"},
    {"ExpiredToken", ERR_PERMISSION, false, "the session token has expired"},
    {"IncompleteBody", ERR_IO, true, "the store did not get all bytes"},
    {"InternalError", ERR_UNAVAILABLE, true, "the store failed"},
    {"InvalidAccessKeyId", ERR_PERMISSION, false, "the store does not know the access key"},
    {"InvalidDigest", ERR_IO, true, "the bytes were damaged on their way to the store"},
    {"InvalidPart", ERR_CONFLICT, false, "the store lacks a part of the upload"},
    {"InvalidRegion", ERR_INVALID, false, "the store is in another region"},
    {"InvalidToken", ERR_PERMISSION, false, "the store does not know the session token"},
    {"KeyTooLongError", ERR_INVALID, false, "the key is longer than the store takes"},
    {"MethodNotAllowed", ERR_PERMISSION, false, "the store does not do that"},
    {"NoSuchBucket", ERR_NOT_FOUND, false, "there is no such bucket"},
    {"NoSuchKey", ERR_NOT_FOUND, false, "there is no such object"},
    {"NoSuchUpload", ERR_CONFLICT, false, "the store does not know the upload any more"},
    {"NotImplemented", ERR_INVALID, false, "the store cannot do that"},
    {"OperationAborted", ERR_CONFLICT, true, "somebody else is at work on it"},
    {"PermanentRedirect", ERR_INVALID, false, "the bucket is at another endpoint"},
    {"PreconditionFailed", ERR_CONFLICT, false, "the object was changed meanwhile"},
    {"QuotaExceeded", ERR_NO_SPACE, false, "the store's quota is used up"},
    {"RequestTimeTooSkewed", ERR_PERMISSION, false,
     "the clocks of this machine and the store differ too much"},
    {"RequestTimeout", ERR_TIMEOUT, true, "the store got no bytes in time"},
    {"ServiceUnavailable", ERR_UNAVAILABLE, true, "the store is not available"},
    {"SignatureDoesNotMatch", ERR_PERMISSION, false,
     "the secret key is not the one of the access key (the signature does not match)"},
    {"SlowDown", ERR_UNAVAILABLE, true, "the store has too much to do"},
    {"TemporaryRedirect", ERR_INVALID, false, "the bucket is at another endpoint"},
    {"XAmzContentSHA256Mismatch", ERR_IO, true, "the bytes were damaged on their way to the store"},
};

static const struct {
    int first, last; // HTTP codes
    struct meaning meaning;
} by_http[] = {
    {301, 308, {NULL, ERR_INVALID, false, "the bucket is at another endpoint or region"}},
    {401, 401, {NULL, ERR_PERMISSION, false, "the store wants keys"}},
    {403, 403, {NULL, ERR_PERMISSION, false, "the store refuses access with these keys"}},
    {404, 404, {NULL, ERR_NOT_FOUND, false, "there is no such object"}},
    {408, 408, {NULL, ERR_TIMEOUT, true, "the store got no bytes in time"}},
    {409, 409, {NULL, ERR_CONFLICT, false, "the store says that it conflicts"}},
    {412, 412, {NULL, ERR_CONFLICT, false, "the object was changed meanwhile"}},
    {413, 413, {NULL, ERR_LIMIT, false, "it is larger than the store takes"}},
    {416, 416, {NULL, ERR_CONFLICT, false, "the object is shorter than it was"}},
    {429, 429, {NULL, ERR_UNAVAILABLE, true, "the store has too much to do"}},
    {507, 507, {NULL, ERR_NO_SPACE, false, "the store has no space left"}},
    {501, 501, {NULL, ERR_INVALID, false, "the store cannot do that"}},
    {503, 503, {NULL, ERR_UNAVAILABLE, true, "the store is not available"}},
    {500, 599, {NULL, ERR_UNAVAILABLE, true, "the store failed"}},
    {0, 999, {NULL, ERR_INVALID, false, "the store does not take the request"}},
};

static struct meaning meaning_of(int http_code, const char *code)
{
    for (size_t i = 0; i < sizeof by_code / sizeof by_code[0]; i++) {
        if (strcmp(by_code[i].code, code) == 0)
            return by_code[i];
    }
    size_t i = 0;
    while (http_code < by_http[i].first || http_code > by_http[i].last)
        i++;
    return by_http[i].meaning;
}

// The store's words without our keys, which some put into them.
static void scrub(const struct settings *s, char *text)
{
    const char *const secrets[] = {s->access_key, s->secret_key, s->session_token};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        size_t n = secrets[i] ? strlen(secrets[i]) : 0;
        for (char *at = text; n > 0 && (at = strstr(at, secrets[i]));)
            memset(at, '*', n);
    }
}

// Is it our clock? The answer to a HEAD has no body that says so, but a date.
static bool is_skewed(const struct s3_client *c, const struct s3_answer *a)
{
    if (!a->http.has_date || a->http.code != 403)
        return false;
    int64_t off_ms = a->http.date_ms - clock_wall_ms() - atomic_load(&c->skew_ms);
    return strcmp(a->error.code, "RequestTimeTooSkewed") == 0 ||
           (a->error.code[0] == '\0' && (off_ms > SKEW_MS || off_ms < -SKEW_MS));
}

static void say_skew(const struct s3_answer *a, struct error *err)
{
    long long min = llabs((long long)(a->http.date_ms - clock_wall_ms()) / 60000);
    const char *code = a->error.code;
    (void)error_set(err, ERR_PERMISSION,
                    "the clocks of this machine and the store differ by %lld h %lld min (%d%s%s)",
                    min / 60, min % 60, a->http.code, code[0] ? " " : "", code);
}

static enum status refusal(const struct s3_client *c, struct s3_answer *a, struct error *err)
{
    const struct http_answer *h = &a->http;
    (void)s3_answer_error(buffer_string(&h->text), h->text.size, &a->error);
    scrub(c->settings, a->error.code);
    scrub(c->settings, a->error.message);
    struct meaning m = meaning_of(h->code, a->error.code);
    const char *region = a->error.region[0] ? a->error.region : h->region;
    bool elsewhere = (m.status == ERR_INVALID || h->code == 400) && region[0] &&
                     strcmp(region, c->settings->region) != 0;
    if (elsewhere)
        (void)error_set(err, ERR_INVALID, "the store is in the region %s, not in %s (s3-region)",
                        region, c->settings->region);
    else if (is_skewed(c, a))
        say_skew(a, err);
    else
        (void)error_set(err, m.status, "%s (%d%s%s)", m.text, h->code, a->error.code[0] ? " " : "",
                        a->error.code);
    if (err)
        err->retryable = m.again && !elsewhere;
    error_detail(err, "%s%s%s", a->error.message, h->request_id[0] ? "; request " : "",
                 h->request_id);
    return elsewhere ? ERR_INVALID : m.status;
}

// ---- addresses ----

struct address {
    char host[256];
    struct buffer path; // raw
};

static void address_of(const struct settings *s, const char *bucket, const char *key,
                       struct address *ret)
{
    buffer_init(&ret->path, 2048);
    if (s->path_style) {
        (void)snprintf(ret->host, sizeof ret->host, "%s", s->host);
        buffer_printf(&ret->path, "/%s", bucket);
    } else {
        (void)snprintf(ret->host, sizeof ret->host, "%s.%s", bucket, s->host);
    }
    if (key || !s->path_style)
        buffer_printf(&ret->path, "/%s", key ? key : "");
}

static struct sigv4_identity identity_of(const struct settings *s)
{
    return (struct sigv4_identity){.access_key = s->access_key,
                                   .secret_key = s->secret_key,
                                   .session_token = s->session_token,
                                   .region = s->region};
}

static enum status need_keys(const struct settings *s, struct error *err)
{
    return s->has_keys ? OK : error_set(err, ERR_PERMISSION, "%s", s->why_no_keys);
}

enum status s3_presign(struct s3_client *c, const char *method, const char *bucket, const char *key,
                       int64_t seconds, char **ret, struct error *err)
{
    *ret = NULL;
    enum status status = need_keys(c->settings, err);
    if (status != OK)
        return status;
    struct address at;
    struct buffer url BUFFER_AUTO;
    buffer_init(&url, MAX_HEADERS);
    address_of(c->settings, bucket, key, &at);
    const struct sigv4_request request = {
        .method = method,
        .host = at.host,
        .path = buffer_string(&at.path),
        .now_ms = s3_client_now_ms(c),
    };
    const struct sigv4_identity who = identity_of(c->settings);
    buffer_printf(&url, "%s://%s", c->settings->scheme, at.host);
    sigv4_presign(&request, &who, seconds, &url);
    buffer_done(&at.path);
    *ret = buffer_take(&url);
    return OK;
}

// ---- one attempt ----

struct attempt {
    struct s3_client *client;
    const struct s3_request *request;
    struct buffer url, headers;
};

static void write_headers(struct attempt *a, const struct address *at, const char *hash)
{
    const struct s3_request *r = a->request;
    const struct sigv4_request unsigned_request = {
        .method = r->method,
        .host = at->host,
        .path = buffer_string(&at->path),
        .query = r->query,
        .query_count = r->query_count,
        .headers = r->headers,
        .header_count = r->header_count,
        .payload_hash = hash,
        .now_ms = s3_client_now_ms(a->client),
    };
    const struct sigv4_identity who = identity_of(a->client->settings);
    for (size_t i = 0; i < r->header_count; i++)
        buffer_printf(&a->headers, "%s: %s\n", r->headers[i].name, r->headers[i].value);
    sigv4_sign(&unsigned_request, &who, &a->headers);
}

static enum status try_once(struct s3_client *c, const struct s3_request *r, const char *hash,
                            struct s3_answer *ret, struct error *err)
{
    struct address at;
    struct attempt a = {.client = c, .request = r};
    buffer_init(&a.url, MAX_HEADERS);
    buffer_init(&a.headers, MAX_HEADERS);
    address_of(c->settings, r->bucket, r->key, &at);
    buffer_printf(&a.url, "%s://%s", c->settings->scheme, at.host);
    sigv4_escape(buffer_string(&at.path), true, &a.url);
    sigv4_query(r->query, r->query_count, &a.url);
    write_headers(&a, &at, hash);
    struct http_request http = {
        .method = r->method,
        .url = buffer_string(&a.url),
        .headers = buffer_string(&a.headers),
        .body = r->body,
        .body_bytes = r->body_bytes,
        .take = r->take,
        .context = r->context,
        .sent = r->sent,
        .sent_context = r->sent_context,
        .cancel = r->cancel,
        .stall_ns = c->settings->stall_ns,
    };
    if (r->deadline_ns > 0 && r->deadline_ns - clock_now_ns() < http.stall_ns)
        http.stall_ns = r->deadline_ns - clock_now_ns();
    if (http.stall_ns < 1)
        http.stall_ns = 1;
    enum status status = http_run(c->http, &http, &ret->http, err);
    buffer_done(&a.url);
    buffer_done(&a.headers);
    buffer_done(&at.path);
    if (status != OK || ret->http.code / 100 == 2)
        return status;
    return refusal(c, ret, err);
}

// ---- attempts ----

static enum status wait_ms(const struct s3_request *r, int64_t ms, struct error *err)
{
    struct pollfd fd = {.fd = r->cancel ? cancel_fd(r->cancel) : -1, .events = POLLIN};
    (void)poll(&fd, 1, (int)ms);
    return cancel_check(r->cancel, err);
}

// Puts our clock right by the store's. False when that was tried or cannot help.
static bool mend_clock(struct s3_client *c, const struct s3_answer *a, int *mended)
{
    if (!is_skewed(c, a) || *mended == MAX_SKEWED)
        return false;
    ++*mended;
    atomic_store(&c->skew_ms, a->http.date_ms - clock_wall_ms());
    return true;
}

static void name_object(const struct s3_request *r, int attempts, struct error *err)
{
    char tries[32] = "";
    if (attempts > 1)
        (void)snprintf(tries, sizeof tries, ", after %d attempts", attempts);
    if (!err)
        return;
    char cause[sizeof err->text];
    memcpy(cause, err->text, sizeof cause);
    char detail[sizeof err->detail];
    memcpy(detail, err->detail, sizeof detail);
    bool retryable = err->retryable;
    (void)error_set(err, err->status, "%s s3://%s%s%.200s: %s%s", r->doing, r->bucket,
                    r->key ? "/" : "", r->key ? r->key : "", cause, tries);
    error_detail(err, "%s", detail);
    err->retryable = retryable;
}

// May there be another attempt? Waits for its time.
static bool again(const struct s3_request *r, struct retry *retry, const struct s3_answer *a,
                  struct error *err)
{
    int64_t ms = 0;
    if (!err->retryable || !retry_again(retry, a->http.retry_after_ms, &ms))
        return false;
    if (r->deadline_ns > 0 && clock_now_ns() + ms * 1000000 >= r->deadline_ns)
        return false;
    struct error cancelled;
    if (wait_ms(r, ms, &cancelled) == OK)
        return true;
    *err = cancelled;
    return false;
}

// Was the request perhaps carried out although it has failed?
static bool may_have_happened(int http_code, enum status status)
{
    return http_code == 0 ? status != ERR_UNAVAILABLE : http_code < 300 || http_code >= 500;
}

enum status s3_run(struct s3_client *c, const struct s3_request *request, struct s3_answer *ret,
                   struct error *err)
{
    struct s3_request r = *request;
    struct error own;
    struct retry retry;
    char hash[SHA256_TEXT];
    int mended = 0;
    int made = 0;
    bool ambiguous = false;
    *ret = (struct s3_answer){0};
    enum status status = need_keys(c->settings, &own);
    bool go_on = status == OK;
    digest_sha256_hex(r.body ? r.body : "", r.body_bytes, hash);
    retry_init(&retry, r.attempts ? r.attempts : c->settings->attempts,
               atomic_fetch_add(&c->seed, 1));
    while (go_on) {
        if (r.prepare && r.prepare(r.context, &r))
            retry_progressed(&retry);
        s3_answer_done(ret);
        *ret = (struct s3_answer){0};
        made++;
        status = try_once(c, &r, hash, ret, &own);
        ambiguous |= ret->http.sent > 1;
        if (status == OK)
            break;
        ambiguous |= may_have_happened(ret->http.code, status);
        go_on = mend_clock(c, ret, &mended) || again(&r, &retry, ret, &own);
        status = own.status;
    }
    ret->ambiguous = ambiguous;
    if (status == OK)
        return OK;
    if (status != ERR_CANCELLED)
        name_object(&r, made, &own);
    if (err)
        *err = own;
    return status;
}
