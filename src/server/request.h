// SPDX-License-Identifier: GPL-3.0-or-later
// request.h — one HTTP request as a plain value, checked for everything that holds of all requests.
//
// The transport fills it; routes and handlers read it and never see the web library.
// Ownership: a request owns its body; everything else is in the struct. Threads: one owner.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "job/object_key.h"

enum method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_DELETE,
    METHOD_OTHER,
    METHOD_COUNT
};

enum {
    REQUEST_PATH = 1024,
    REQUEST_HEADER = 512,
    REQUEST_ARGUMENTS = 8,
    REQUEST_ARGUMENT = 160,
};

// The headers that somebody here reads. "" when the request has none.
enum request_header {
    HEADER_HOST,
    HEADER_ORIGIN,
    HEADER_AUTHORIZATION,
    HEADER_RANGE,
    HEADER_IF_RANGE,
    HEADER_IDEMPOTENCY_KEY,
    HEADER_LAST_EVENT_ID,
    HEADER_CONTENT_LENGTH,
    HEADER_TRANSFER_ENCODING,
    HEADER_EXPECT,
    HEADER_COUNT
};

struct request {
    enum method method;
    char path[REQUEST_PATH]; // decoded
    char headers[HEADER_COUNT][REQUEST_HEADER];
    bool has_header[HEADER_COUNT];
    char arguments[REQUEST_ARGUMENTS][REQUEST_ARGUMENT]; // "name=value", decoded
    int argument_count;
    bool has_length;
    int64_t length;               // of the body; meaningless unless has_length
    struct buffer body;           // as far as it came
    char user[USER_NAME_MAX + 1]; // who asks, once that is known
};

const char *method_name(enum method method);

// The header, or NULL when the request has none.
const char *request_header(const struct request *r, enum request_header header);
// The value of an argument of the query, or NULL when it has none of that name.
const char *request_argument(const struct request *r, const char *name);
// As a whole number; absent leaves *ret. ERR_INVALID names the argument and what was expected.
MUST_USE enum status request_integer(const struct request *r, const char *name, int64_t min,
                                     int64_t max, int64_t *ret, struct error *err);

// Works out how the body comes. ERR_INVALID: a length that is none; ERR_USAGE: a body of unknown
// length, which is not taken.
MUST_USE enum status request_check(struct request *r, struct error *err);
