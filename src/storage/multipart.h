// SPDX-License-Identifier: GPL-3.0-or-later
// multipart.h — PRIVATE to src/storage: the requests that store an object, in one piece or in
// parts.
//
// Each is a blocking call of its own; s3_sink.c decides when and on which thread. Every body's
// SHA-256 is signed, so the store refuses bytes that were damaged on their way; its tag for them is
// compared with their MD5 where it is one.
// Threads: any.
#pragma once

#include "storage/digest.h"
#include "storage/s3_client.h"

enum {
    MULTIPART_MAX_PARTS = 10000, // S3 and R2
    MULTIPART_ABORT_MS = 4000,   // for removing the parts of what was given up
};

// Which object, for whom. `type` is its Content-Type.
struct multipart {
    struct s3_client *client;
    const char *bucket, *key, *type;
    struct cancel *cancel; // NULL: none
};

// Bytes on their way: `sent` is told how many of them have reached the store's system, less again
// when they are sent anew. NULL: nobody is.
struct multipart_body {
    const void *bytes;
    size_t n;
    void (*sent)(void *context, size_t n);
    void *context;
};

struct multipart_part {
    char tag[S3_MAX_TAG]; // the store's
    uint8_t md5[MD5_BYTES];
};

// The whole object at once. The part's tag is the object's.
MUST_USE enum status multipart_put(const struct multipart *m, const struct multipart_body *body,
                                   struct multipart_part *ret, struct error *err);

// *ret_id is the store's name of the upload (free() it). *ret_ambiguous: an attempt before may have
// begun another one, also when this fails; multipart_abort_strays() is due.
MUST_USE enum status multipart_begin(const struct multipart *m, char **ret_id, bool *ret_ambiguous,
                                     struct error *err);
MUST_USE enum status multipart_send(const struct multipart *m, const char *id, int number,
                                    const struct multipart_body *body, struct multipart_part *ret,
                                    struct error *err);
// Makes the object of parts 1 to `count`. *ret_tag is its tag. When the answer is lost, the store
// is asked whether the object is there with the tag that it must have.
MUST_USE enum status multipart_complete(const struct multipart *m, const char *id,
                                        const struct multipart_part *parts, int count,
                                        char ret_tag[static S3_MAX_TAG], struct error *err);
// When giving up has to be done: MULTIPART_ABORT_MS from now.
int64_t multipart_abort_deadline_ns(void);
// Removes the parts; does not listen to m->cancel, but to the deadline. *ret_gone: the store does
// not know the upload, so it was completed or aborted before.
MUST_USE enum status multipart_abort(const struct multipart *m, const char *id, int64_t deadline_ns,
                                     bool *ret_gone, struct error *err);
// Aborts uploads of the key that were begun since then by the store's clock: for answers that were
// lost.
MUST_USE enum status multipart_abort_strays(const struct multipart *m, int64_t since_ms,
                                            int64_t deadline_ns, struct error *err);

// The tag that S3 gives an object of parts: the MD5 of their MD5s, and how many there are.
void multipart_tag(const struct multipart_part *parts, int count, char ret[static S3_MAX_TAG]);

// Called for each unfinished upload below `prefix`; false ends the listing.
typedef bool multipart_listener(void *context, const struct s3_upload *upload);
MUST_USE enum status multipart_list(const struct multipart *m, const char *prefix,
                                    int64_t deadline_ns, multipart_listener *listener,
                                    void *context, struct error *err);

// What the object is now. A 404 is ERR_NOT_FOUND. `deadline_ns` as in struct s3_request.
MUST_USE enum status s3_head(const struct multipart *m, const char *doing, int64_t deadline_ns,
                             struct http_answer *ret, struct error *err);
