// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_http.c — any bytes as what clients write into heads: ranges, keys, hosts and origins,
// tokens, tickets, numbers of the query, lengths of bodies, addresses to listen on.
#include "fuzz.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "job/object_key.h"
#include "server/access.h"
#include "server/byte_range.h"
#include "server/origin.h"
#include "server/request.h"
#include "server/route.h"

static void check_range(const char *text)
{
    static const int64_t sizes[] = {0, 1, 1000, INT64_MAX};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct byte_range r;
        enum range_kind kind = byte_range_parse(text, sizes[i], &r);
        assert(r.first >= 0 && r.count >= 0 && r.first <= sizes[i] &&
               r.count <= sizes[i] - r.first);
        assert(kind != RANGE_PART || r.count > 0);
    }
}

// Whatever is let through lies below the user's folder.
static void check_key(const char *text)
{
    char *where AUTO(mem_free) = NULL;
    if (object_key_location("/root", "anna", text, &where, NULL) != OK)
        return;
    assert(text_starts(where, "/root/anna/"));
    assert(!strstr(where, "/../") && !strstr(where, "/./") && !strstr(where, "//"));
    assert(!text_ends(where, "/..") && !text_ends(where, "/") && !strchr(where, '\n'));
}

static void check_origin(const char *text, const char *other)
{
    (void)!origin_check("films.example", text, NULL, NULL);
    (void)!origin_check(text, other, text, NULL);
    // Another site than the host itself is never let through.
    if (origin_check(NULL, "localhost:8080", text, NULL) == OK)
        assert(text_ends(text, "//localhost:8080") || strcasestr(text, "//localhost:8080"));
}

static void check_access(const char *text)
{
    struct access a;
    char user[USER_NAME_MAX + 1] = "";
    access_init(&a, true);
    (void)access_bearer(text);
    assert(access_token(&a, text, user, NULL) == ERR_PERMISSION);
    assert(access_ticket(&a, text, 0, user, NULL) == ERR_PERMISSION);
    access_done(&a);
}

static void check_request(const char *text)
{
    struct request r = {.argument_count = 1};
    int64_t value = 5;
    (void)snprintf(r.arguments[0], sizeof(r.arguments[0]), "n=%s", text);
    (void)!request_integer(&r, "n", 1, 10, &value, NULL);
    assert(value >= 1 && value <= 10);
    (void)snprintf(r.headers[HEADER_CONTENT_LENGTH], REQUEST_HEADER, "%s", text);
    r.has_header[HEADER_CONTENT_LENGTH] = true;
    assert(request_check(&r, NULL) != OK || r.length >= 0);
}

static void check_route(const char *text)
{
    for (int method = 0; method < METHOD_COUNT; method++) {
        enum route route = ROUTE_COUNT;
        const char *rest = "";
        size_t n = 0;
        if (route_match((enum method)method, text, &route, &rest, &n) == ROUTE_FOUND)
            assert(rest >= text && rest + n <= text + strlen(text));
    }
    struct buffer methods BUFFER_AUTO;
    buffer_init(&methods, 256);
    route_methods(text, &methods);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text AUTO(mem_free) = mem_strndup((const char *)data, size);
    char *half AUTO(mem_free) = mem_strndup((const char *)data, size / 2);
    check_range(text);
    check_key(text);
    check_origin(text, half);
    check_access(text);
    check_request(text);
    check_route(text);
    return 0;
}
