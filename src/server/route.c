// SPDX-License-Identifier: GPL-3.0-or-later
// route.c — see route.h.
#include "server/route.h"

#include <assert.h>
#include <string.h>

#include "job/spec.h"

#define JSON "application/json"
#define NDJSON "application/x-ndjson"
#define BYTES "application/octet-stream"
#define TEXT "text/plain"
enum { WORKER_LINES = 1024 * 1024, OBJECT_LIMIT = -1 };

static const struct route_argument submit_arguments[] = {
    {"priority", "From -100 to 100; higher runs sooner (0)"},
    {NULL, NULL},
};
static const struct route_argument list_arguments[] = {
    {"state", "all, active or ended (all)"},
    {"limit", "How many, from 1 to 200 (50)"},
    {"before", "The `next` of the page before"},
    {NULL, NULL},
};
static const struct route_argument viewer_arguments[] = {
    {"ticket", "From POST /api/tickets, where no Authorization header can be sent"},
    {NULL, NULL},
};
static const struct route_argument accuracy_arguments[] = {
    {"limit", "How many of the newest exports, from 1 to 1000 (200)"},
    {NULL, NULL},
};

static const struct route_info rows[] = {
    [ROUTE_SUBMIT] = {METHOD_POST, ACCESS_USER, "/api/exports", false, false, 202,
                      SPEC_MAX_TEXT_BYTES, JSON, JSON,
                      "Submit an export. The same Idempotency-Key gives the same job.",
                      submit_arguments},
    [ROUTE_LIST] = {METHOD_GET, ACCESS_USER, "/api/exports", false, false, 200, 0, NULL, JSON,
                    "The caller's exports, the newest first.", list_arguments},
    [ROUTE_FIND] = {METHOD_GET, ACCESS_USER, "/api/exports/{id}", false, false, 200, 0, NULL, JSON,
                    "One export as it is now.", NULL},
    [ROUTE_CANCEL] = {METHOD_DELETE, ACCESS_USER, "/api/exports/{id}", false, false, 202, 0, NULL,
                      JSON,
                      "Cancel an export. Its state becomes cancelled when the work has really "
                      "stopped; 200 when it had ended.",
                      NULL},
    [ROUTE_RETRY] = {METHOD_POST, ACCESS_USER, "/api/exports/{id}/retry", false, false, 202, 0,
                     NULL, JSON, "Run an export again that failed or was cancelled, as a new job.",
                     NULL},
    [ROUTE_EVENTS] = {METHOD_GET, ACCESS_VIEWER, "/api/exports/{id}/events", false, false, 200, 0,
                      NULL, "text/event-stream",
                      "Snapshots of one export as server-sent events, the whole one first.",
                      viewer_arguments},
    [ROUTE_WORKER_EVENTS] = {METHOD_POST, ACCESS_WORKER, "/api/exports/{id}/worker-events", false,
                             false, 200, WORKER_LINES, NDJSON, JSON,
                             "Lines of a worker on another machine; the answer tells whether it is "
                             "to stop.",
                             NULL},
    [ROUTE_UPLOAD] = {METHOD_PUT, ACCESS_USER, "/api/objects/{key}", false, true, 201, OBJECT_LIMIT,
                      BYTES, JSON, "Store an object: it appears whole or not at all.", NULL},
    [ROUTE_DOWNLOAD] = {METHOD_GET, ACCESS_USER, "/api/objects/{key}", false, false, 200, 0, NULL,
                        BYTES, "Fetch an object, or the part that a Range header names.", NULL},
    [ROUTE_LOOK] = {METHOD_HEAD, ACCESS_USER, "/api/objects/{key}", false, false, 200, 0, NULL,
                    NULL, "Size and type of an object.", NULL},
    [ROUTE_TICKET] = {METHOD_POST, ACCESS_USER, "/api/tickets", false, false, 201, 0, NULL, JSON,
                      "A ticket for a browser's EventSource or WebSocket, good for one minute.",
                      NULL},
    [ROUTE_BENCHMARKS] = {METHOD_GET, ACCESS_USER, "/api/benchmarks", false, false, 200, 0, NULL,
                          JSON, "What phases took, and the weights in force, for each type.", NULL},
    [ROUTE_ACCURACY] = {METHOD_GET, ACCESS_USER, "/api/accuracy", false, false, 200, 0, NULL, JSON,
                        "Estimated against actual times of finished exports.", accuracy_arguments},
    [ROUTE_WATCH_ALL] = {METHOD_GET, ACCESS_VIEWER, "/ws/exports", true, false, 101, 0, NULL, NULL,
                         "WebSocket: snapshots of all the caller's exports, one a line.",
                         viewer_arguments},
    [ROUTE_WATCH_ONE] = {METHOD_GET, ACCESS_VIEWER, "/ws/exports/{id}", true, false, 101, 0, NULL,
                         NULL, "WebSocket: snapshots of one export, the whole one first.",
                         viewer_arguments},
    [ROUTE_METRICS] = {METHOD_GET, ACCESS_USER, "/metrics", false, false, 200, 0, NULL, TEXT,
                       "Figures in the text format of Prometheus.", NULL},
    [ROUTE_OPENAPI] = {METHOD_GET, ACCESS_USER, "/openapi.json", false, false, 200, 0, NULL, JSON,
                       "This description.", NULL},
    [ROUTE_HEALTH] = {METHOD_GET, ACCESS_OPEN, "/healthz", false, false, 200, 0, NULL, TEXT,
                      "Does the process answer?", NULL},
    [ROUTE_READY] = {METHOD_GET, ACCESS_OPEN, "/readyz", false, false, 200, 0, NULL, TEXT,
                     "Does it take jobs?", NULL},
    [ROUTE_PAGE] = {METHOD_GET, ACCESS_OPEN, "/{file}", false, false, 200, 0, NULL, BYTES,
                    "Files of the status page.", NULL},
    [ROUTE_PAGE_LOOK] = {METHOD_HEAD, ACCESS_OPEN, "/{file}", false, false, 200, 0, NULL, NULL,
                         "Size and type of a file of the status page.", NULL},
};
static_assert(sizeof(rows) / sizeof(rows[0]) == ROUTE_COUNT, "a row for every route");

const struct route_info *route_info(enum route route)
{
    assert((unsigned)route < ROUTE_COUNT);
    return &rows[route];
}

// Does the path have the form of the pattern? *ret_rest and *ret_n are what "{…}" stands for.
static bool fits(const char *pattern, const char *path, const char **ret_rest, size_t *ret_n)
{
    size_t head = strcspn(pattern, "{");
    *ret_rest = path + strlen(path);
    *ret_n = 0;
    if (strncmp(pattern, path, head) != 0)
        return false;
    if (pattern[head] == '\0')
        return path[head] == '\0';
    const char *tail = strchr(pattern, '}') + 1;
    bool one_part = strncmp(pattern + head, "{id}", 4) == 0;
    size_t n = one_part ? strcspn(path + head, "/") : strlen(path + head);
    *ret_rest = path + head;
    *ret_n = n;
    return (n > 0 || strcmp(pattern, "/{file}") == 0) && strcmp(path + head + n, tail) == 0;
}

// Files of the page are what no other route has claimed: a path below /api or /ws never is one.
static bool claims(enum route route, const char *path)
{
    bool is_page = route == ROUTE_PAGE || route == ROUTE_PAGE_LOOK;
    return !is_page || (strncmp(path, "/api", 4) != 0 && strncmp(path, "/ws", 3) != 0);
}

enum route_found route_match(enum method method, const char *path, enum route *ret,
                             const char **ret_rest, size_t *ret_rest_bytes)
{
    enum route_found found = ROUTE_NO_PATH;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        if (!fits(rows[i].pattern, path, ret_rest, ret_rest_bytes) || !claims((enum route)i, path))
            continue;
        if (rows[i].method == method) {
            *ret = (enum route)i;
            return ROUTE_FOUND;
        }
        found = ROUTE_NO_METHOD;
    }
    return found;
}

void route_methods(const char *path, struct buffer *out)
{
    bool seen[METHOD_COUNT] = {false};
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const char *rest;
        size_t n;
        enum method method = rows[i].method;
        if (seen[method] || !fits(rows[i].pattern, path, &rest, &n) || !claims((enum route)i, path))
            continue;
        seen[method] = true;
        buffer_printf(out, "%s%s", out->size > 0 ? ", " : "", method_name(method));
    }
}
