// SPDX-License-Identifier: GPL-3.0-or-later
// loopback.h — a small S3 store inside the test, which does as it is told.
//
// It keeps objects and uploads in memory, looks at no signature, and before each answer asks the
// test what to do instead: refuse, break off, say nothing. What a real store does is tried with a
// real one (tests/storage/servers); this one is for what a real one does once a year.
// Threads: one a connection; the test's functions are called from them, one at a time.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/storage.h"

struct loopback;

struct loopback_request {
    int number;         // from 0, in the order of coming
    const char *method; // "GET"
    const char *target; // "/bucket/key?query", as sent
    const char *headers;
    const uint8_t *body;
    size_t body_bytes;
};

// What to do instead of answering.
struct loopback_fault {
    const char *status;  // "503 Slow Down": answers that, with the next two. NULL: answers rightly
    const char *headers; // further lines, each ended by "\r\n"; NULL: none
    const char *body;    // NULL: none
    bool close;          // closes the connection without an answer
    bool silent;         // does it, but closes instead of telling
    size_t break_after;  // sends that many bytes of the right answer's body, then closes; 0: all
    bool stall;          // sends nothing until the client or loopback_stop() closes
    bool other_tag;      // the answer's ETag is another
    bool spoil;          // one byte of the answer's body is another
};

// May fill *fault. NULL: never.
typedef void loopback_judge(void *context, const struct loopback_request *request,
                            struct loopback_fault *fault);

struct loopback *loopback_start(loopback_judge *judge, void *context);
void loopback_stop(struct loopback *l);
// A storage that reaches it, with few and quick attempts.
struct storage *loopback_storage(struct loopback *l);
// The same for a test in which it stalls: gives a request up after 0.2 s instead of 1.
struct storage *loopback_impatient_storage(struct loopback *l);
const char *loopback_endpoint(const struct loopback *l);
int loopback_requests(struct loopback *l);
int loopback_connections(struct loopback *l);

// The object "/bucket/key" of n bytes; byte i is loopback_byte(i).
void loopback_object(struct loopback *l, const char *path, size_t n);
static inline uint8_t loopback_byte(size_t i)
{
    return (uint8_t)((i * 2654435761U) >> 16);
}
// The bytes of an object, owned by the store; NULL: there is none.
const uint8_t *loopback_find(struct loopback *l, const char *path, size_t *ret_n);
int loopback_uploads(struct loopback *l); // that are neither completed nor aborted

// The value of a header of the request; false: it has none.
bool loopback_header(const struct loopback_request *r, const char *name, char *value, size_t size);
