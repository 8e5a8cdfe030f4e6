// SPDX-License-Identifier: GPL-3.0-or-later
// s3_client.h — a request to the S3 store: addressed, signed, tried again, its refusal in words.
//
// What can pass by itself is tried again (retry.h): no connection, a broken or stalled one, the
// codes 408, 429 and 5xx, SlowDown and its kin, and what says that the body was damaged on its way.
// What cannot (403, 404, 412, …) is not. A clock that is off is put right once by the store's own.
// Errors: one sentence that names what was done, the object and the cause; the store's own words
// are in the detail. Keys, tokens and signatures are in neither. Threads: any.
#pragma once

#include "storage/http.h"
#include "storage/s3_answer.h"
#include "storage/settings.h"
#include "storage/sigv4.h"

struct s3_client;

enum { S3_MAX_PAIRS = 6 };

struct s3_request {
    const char *doing; // "read", "store": begins the error's sentence
    const char *method;
    const char *bucket;
    const char *key; // NULL: the bucket itself
    struct sigv4_pair query[S3_MAX_PAIRS];
    size_t query_count;
    struct sigv4_pair headers[S3_MAX_PAIRS];
    size_t header_count;
    const void *body; // NULL: none
    size_t body_bytes;
    void (*sent)(void *context, size_t n); // as in struct http_request, anew with each attempt
    void *sent_context;
    // As in struct http_request. Also called after what an attempt before it has taken.
    bool (*take)(void *context, const struct http_answer *answer, const void *bytes, size_t n);
    // Before each attempt: may change the headers. True: the attempt before it got further, so the
    // count of attempts begins anew. NULL: nothing to do.
    bool (*prepare)(void *context, struct s3_request *self);
    void *context;
    struct cancel *cancel; // NULL: none
    int attempts;          // 0: as the settings say
    int64_t deadline_ns;   // on the monotonic clock: no attempt begins or stalls beyond it; 0: none
};

struct s3_answer {
    struct http_answer http;
    struct s3_error error; // of a refusal; code "" when the store gave none
    bool ambiguous;        // an attempt may have been carried out without our getting to know
};

// `settings` are borrowed.
MUST_USE enum status s3_client_new(const struct settings *settings, struct s3_client **ret,
                                   struct error *err);
void s3_client_free(struct s3_client *client);
AUTO_DEFINE(struct s3_client, s3_client_free)

const struct settings *s3_client_settings(const struct s3_client *client);
// The store's clock, as far as it is known: milliseconds since 1970.
int64_t s3_client_now_ms(struct s3_client *client);

// OK: the store said 2xx. s3_answer_done() is due in any case.
MUST_USE enum status s3_run(struct s3_client *client, const struct s3_request *request,
                            struct s3_answer *ret, struct error *err);
void s3_answer_done(struct s3_answer *answer);

// A URL that lets anybody do `method` with the object for that long.
MUST_USE enum status s3_presign(struct s3_client *client, const char *method, const char *bucket,
                                const char *key, int64_t seconds, char **ret, struct error *err);
