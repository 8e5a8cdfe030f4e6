// SPDX-License-Identifier: GPL-3.0-or-later
// sigv4.c — see sigv4.h.
//
// A request becomes a canonical text, its hash and the time and scope become a string to sign, and
// a chain of HMACs over date, region and service makes the key to sign with.
#include "storage/sigv4.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "storage/digest.h"

enum { MAX_TEXT = 16384, MAX_PAIRS = 16 };

struct moment {
    char date[16];  // 20130524
    char stamp[24]; // 20130524T000000Z
};

static struct moment moment_of(int64_t now_ms)
{
    struct moment m;
    struct tm tm;
    time_t now_s = (time_t)(now_ms / 1000);
    (void)gmtime_r(&now_s, &tm);
    (void)strftime(m.date, sizeof m.date, "%Y%m%d", &tm);
    (void)strftime(m.stamp, sizeof m.stamp, "%Y%m%dT%H%M%SZ", &tm);
    return m;
}

void sigv4_escape(const char *text, bool path, struct buffer *out)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text; text++) {
        if (strchr(plain, *text) || (path && *text == '/'))
            buffer_append(out, text, 1);
        else
            buffer_printf(out, "%%%02X", (unsigned char)*text);
    }
}

// The order that S3 wants is that of the escaped names; ours have nothing to escape.
static int by_name(const void *a, const void *b)
{
    const struct sigv4_pair *x = a;
    const struct sigv4_pair *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->value, y->value);
}

// "a=b&c=d"
static void canonical_query(const struct sigv4_pair *query, size_t count, struct buffer *out)
{
    struct sigv4_pair sorted[MAX_PAIRS];
    assert(count <= MAX_PAIRS);
    if (count > 0)
        memcpy(sorted, query, count * sizeof *query);
    qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_text(out, "&");
        sigv4_escape(sorted[i].name, false, out);
        buffer_text(out, "=");
        sigv4_escape(sorted[i].value, false, out);
    }
}

void sigv4_query(const struct sigv4_pair *query, size_t count, struct buffer *out)
{
    if (count > 0)
        buffer_text(out, "?");
    canonical_query(query, count, out);
}

static void scope_of(const struct moment *m, const struct sigv4_identity *who, struct buffer *out)
{
    buffer_printf(out, "%s/%s/s3/aws4_request", m->date, who->region);
}

static void signature_of(const struct buffer *canonical, const struct moment *m,
                         const struct sigv4_identity *who, char ret[static SHA256_TEXT])
{
    char hash[SHA256_TEXT];
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, MAX_TEXT);
    digest_sha256_hex(buffer_string(canonical), canonical->size, hash);
    buffer_printf(&text, "AWS4-HMAC-SHA256\n%s\n", m->stamp);
    scope_of(m, who, &text);
    buffer_printf(&text, "\n%s", hash);

    struct buffer first BUFFER_AUTO;
    buffer_init(&first, MAX_TEXT);
    buffer_printf(&first, "AWS4%s", who->secret_key);
    uint8_t key[SHA256_BYTES];
    digest_hmac_sha256(buffer_string(&first), first.size, m->date, strlen(m->date), key);
    const char *const steps[] = {who->region, "s3", "aws4_request", buffer_string(&text)};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        uint8_t next[SHA256_BYTES];
        digest_hmac_sha256(key, sizeof key, steps[i], strlen(steps[i]), next);
        memcpy(key, next, sizeof key);
    }
    digest_hex(key, sizeof key, ret);
    explicit_bzero(key, sizeof key);
    explicit_bzero(first.data, first.size);
}

// Method, path, query, and the headers with their names once more.
static void canonical_begin(const struct sigv4_request *r, const struct sigv4_pair *query,
                            size_t query_count, struct buffer *out)
{
    buffer_printf(out, "%s\n", r->method);
    sigv4_escape(r->path, true, out);
    buffer_text(out, "\n");
    canonical_query(query, query_count, out);
    buffer_text(out, "\n");
}

static void headers_of(const struct sigv4_pair *headers, size_t count, struct buffer *ret_lines,
                       struct buffer *ret_names)
{
    for (size_t i = 0; i < count; i++) {
        buffer_printf(ret_lines, "%s:%s\n", headers[i].name, headers[i].value);
        buffer_printf(ret_names, "%s%s", i > 0 ? ";" : "", headers[i].name);
    }
}

void sigv4_sign(const struct sigv4_request *r, const struct sigv4_identity *who,
                struct buffer *ret_headers)
{
    struct moment m = moment_of(r->now_ms);
    struct sigv4_pair headers[MAX_PAIRS] = {0};
    size_t n = 0;
    assert(r->header_count + 4 <= MAX_PAIRS);
    headers[n++] = (struct sigv4_pair){"host", r->host};
    for (size_t i = 0; i < r->header_count; i++)
        headers[n++] = r->headers[i];
    headers[n++] = (struct sigv4_pair){"x-amz-content-sha256", r->payload_hash};
    headers[n++] = (struct sigv4_pair){"x-amz-date", m.stamp};
    if (who->session_token)
        headers[n++] = (struct sigv4_pair){"x-amz-security-token", who->session_token};
    qsort(headers, n, sizeof *headers, by_name);

    struct buffer canonical BUFFER_AUTO;
    struct buffer names BUFFER_AUTO;
    buffer_init(&canonical, MAX_TEXT);
    buffer_init(&names, MAX_TEXT);
    canonical_begin(r, r->query, r->query_count, &canonical);
    headers_of(headers, n, &canonical, &names);
    buffer_printf(&canonical, "\n%s\n%s", buffer_string(&names), r->payload_hash);

    char signature[SHA256_TEXT];
    signature_of(&canonical, &m, who, signature);
    buffer_printf(ret_headers, "x-amz-date: %s\nx-amz-content-sha256: %s\n", m.stamp,
                  r->payload_hash);
    if (who->session_token)
        buffer_printf(ret_headers, "x-amz-security-token: %s\n", who->session_token);
    buffer_printf(ret_headers, "authorization: AWS4-HMAC-SHA256 Credential=%s/", who->access_key);
    scope_of(&m, who, ret_headers);
    buffer_printf(ret_headers, ",SignedHeaders=%s,Signature=%s\n", buffer_string(&names),
                  signature);
}

void sigv4_presign(const struct sigv4_request *r, const struct sigv4_identity *who, int64_t seconds,
                   struct buffer *ret_target)
{
    struct moment m = moment_of(r->now_ms);
    struct buffer credential BUFFER_AUTO;
    struct buffer canonical BUFFER_AUTO;
    char expires[24];
    buffer_init(&credential, MAX_TEXT);
    buffer_init(&canonical, MAX_TEXT);
    buffer_printf(&credential, "%s/", who->access_key);
    scope_of(&m, who, &credential);
    (void)snprintf(expires, sizeof expires, "%lld", (long long)seconds);

    struct sigv4_pair query[MAX_PAIRS] = {{"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
                                          {"X-Amz-Credential", buffer_string(&credential)},
                                          {"X-Amz-Date", m.stamp},
                                          {"X-Amz-Expires", expires},
                                          {"X-Amz-SignedHeaders", "host"}};
    size_t n = 5;
    if (who->session_token)
        query[n++] = (struct sigv4_pair){"X-Amz-Security-Token", who->session_token};
    assert(n + r->query_count <= MAX_PAIRS);
    for (size_t i = 0; i < r->query_count; i++)
        query[n++] = r->query[i];

    canonical_begin(r, query, n, &canonical);
    buffer_printf(&canonical, "host:%s\n\nhost\n%s", r->host, SIGV4_UNSIGNED);
    char signature[SHA256_TEXT];
    signature_of(&canonical, &m, who, signature);
    sigv4_escape(r->path, true, ret_target);
    sigv4_query(query, n, ret_target);
    buffer_printf(ret_target, "&X-Amz-Signature=%s", signature);
}
