// SPDX-License-Identifier: GPL-3.0-or-later
// sigv4.h — AWS Signature Version 4, in a header or in a URL. Pure but for the digests.
//
// After "Authenticating Requests (AWS Signature Version 4)" of the Amazon S3 API reference, with
// that page's examples as tests. Paths and queries are given raw and escaped here, in the one way
// that S3 accepts; the same text must go into the request line.
// Errors: none; a text that grows too long for its buffer sets the buffer's overflow.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct sigv4_pair {
    const char *name, *value; // of a header or in a query; not escaped
};

struct sigv4_identity {
    const char *access_key, *secret_key;
    const char *session_token; // NULL: none
    const char *region;
};

struct sigv4_request {
    const char *method;
    const char *host;               // as in the header Host
    const char *path;               // raw, "/" first
    const struct sigv4_pair *query; // in any order
    size_t query_count;
    const struct sigv4_pair *headers; // further ones to sign; lower-case names
    size_t header_count;
    const char *payload_hash; // hexadecimal SHA-256 of the body, or SIGV4_UNSIGNED
    int64_t now_ms;           // since 1970
};

#define SIGV4_UNSIGNED "UNSIGNED-PAYLOAD"

// Appends header lines ("name: value", each ended by '\n') that sign the request: x-amz-date,
// x-amz-content-sha256, x-amz-security-token and authorization.
void sigv4_sign(const struct sigv4_request *request, const struct sigv4_identity *who,
                struct buffer *ret_headers);

// Appends the path and query of a URL that is valid for that many seconds; nothing but the host is
// to be sent as it is. `payload_hash` and `headers` are not used.
void sigv4_presign(const struct sigv4_request *request, const struct sigv4_identity *who,
                   int64_t seconds, struct buffer *ret_target);

// Appends `text` escaped: all but letters, digits and "-._~" become %XX; '/' stays in a path.
void sigv4_escape(const char *text, bool path, struct buffer *out);
// Appends "?a=b&c=d" escaped and sorted, or nothing.
void sigv4_query(const struct sigv4_pair *query, size_t count, struct buffer *out);
