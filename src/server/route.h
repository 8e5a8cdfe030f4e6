// SPDX-License-Identifier: GPL-3.0-or-later
// route.h — the one table of what the server answers to. Pure.
//
// Matching, the limits of bodies, who may ask, the methods named in a 405, /openapi.json and its
// committed copy docs/openapi.json all come from it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/request.h"

enum route {
    ROUTE_SUBMIT,
    ROUTE_LIST,
    ROUTE_FIND,
    ROUTE_CANCEL,
    ROUTE_RETRY,
    ROUTE_EVENTS,
    ROUTE_WORKER_EVENTS,
    ROUTE_UPLOAD,
    ROUTE_DOWNLOAD,
    ROUTE_LOOK,
    ROUTE_TICKET,
    ROUTE_BENCHMARKS,
    ROUTE_ACCURACY,
    ROUTE_WATCH_ALL,
    ROUTE_WATCH_ONE,
    ROUTE_METRICS,
    ROUTE_OPENAPI,
    ROUTE_HEALTH,
    ROUTE_READY,
    ROUTE_PAGE,
    ROUTE_PAGE_LOOK,
    ROUTE_COUNT
};

enum access_kind {
    ACCESS_OPEN,   // anybody
    ACCESS_USER,   // a bearer token, where tokens are in use
    ACCESS_VIEWER, // the same, or a ticket as an argument: browsers cannot send headers there
    ACCESS_WORKER, // the token that the worker of this job was started with
    ACCESS_KIND_COUNT
};

struct route_argument {
    const char *name, *text; // of the query, and what it does
};

struct route_info {
    enum method method;
    enum access_kind access;
    const char *pattern; // "{id}" is one part of the path, "{key}" and "{file}" all that follows
    bool is_socket;      // a WebSocket's handshake
    bool streams;        // the body is not collected but handed on as it comes
    int code;            // when it works
    int64_t body_limit;  // bytes; -1: the option that limits objects
    const char *body;    // media type of what is sent, NULL: nothing
    const char *answer;  // media type of what comes back, NULL: nothing
    const char *summary; // one sentence
    const struct route_argument *arguments; // ends with a row without name; NULL: none
};

// The row of a route.
const struct route_info *route_info(enum route route);

enum route_found { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };

// Which route answers `method` on `path`. *ret_rest is what "{…}" stands for, inside `path`, and
// *ret_rest_bytes its length.
enum route_found route_match(enum method method, const char *path, enum route *ret,
                             const char **ret_rest, size_t *ret_rest_bytes);
// "GET, DELETE": the methods that the path knows.
void route_methods(const char *path, struct buffer *out);
