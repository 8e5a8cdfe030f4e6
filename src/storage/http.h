// SPDX-License-Identifier: GPL-3.0-or-later
// http.h — one HTTP request and its answer, over connections that are used again.
//
// http_run() blocks until the answer is there or nothing moved for the request's stall time; there
// is no limit on the whole, as an upload may take as long as it takes. HTTP/2 is spoken where a TLS
// server offers it. Redirects are not followed: a signed request is for one host. Errors never
// contain the URL's query.
// Threads: any; each request in flight has a connection of its own.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "sys/cancel.h"

struct http_client;

enum { HTTP_MAX_TEXT = 8 << 20 };

struct http_answer {
    int code;              // 0: none came
    int sent;              // how often: a kept connection that turns out dead is replaced unasked
    bool has_length;       // of the body, as announced
    uint64_t length_bytes; // meaningless unless has_length
    bool has_range;        // the next two: where the bytes stand in an object of which size
    uint64_t range_first, range_size;
    bool has_date; // the server's clock
    int64_t date_ms;
    int64_t modified_ms;    // 0: not told
    int64_t retry_after_ms; // 0: not asked for
    char etag[136];         // without quotes; "" when there is none
    char request_id[64];
    char region[48];     // x-amz-bucket-region
    char encryption[24]; // x-amz-server-side-encryption
    struct buffer text;  // the body that `take` did not get; at most HTTP_MAX_TEXT
};

struct http_request {
    const char *method;
    const char *url;
    const char *headers; // lines "name: value", each ended by '\n'
    const void *body;    // NULL: none
    size_t body_bytes;
    // Gets the body of an answer whose code is below 300, piece by piece; false ends the request.
    // NULL: it goes to the answer's text.
    bool (*take)(void *context, const struct http_answer *answer, const void *bytes, size_t n);
    void *context; // of `take`
    // Told whenever more of the body has reached the peer's system, of all that has; less again
    // when a connection that was dead is replaced. NULL: nobody.
    void (*sent)(void *context, size_t n);
    void *sent_context;
    struct cancel *cancel; // stops it; NULL: none
    int64_t stall_ns;
};

// `ca_file` (NULL: the system's certificates) is copied.
MUST_USE enum status http_client_new(const char *ca_file, struct http_client **ret,
                                     struct error *err);
void http_client_free(struct http_client *client);
AUTO_DEFINE(struct http_client, http_client_free)

// OK: an answer has come whole, whatever its code. ERR_UNAVAILABLE (no connection), ERR_TIMEOUT
// (stalled), ERR_IO (broken off, or `take` said no), ERR_CANCELLED; err->retryable tells whether
// another attempt can help. http_answer_done() is due in any case.
MUST_USE enum status http_run(struct http_client *client, const struct http_request *request,
                              struct http_answer *ret, struct error *err);
void http_answer_done(struct http_answer *answer);
