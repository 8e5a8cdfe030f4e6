// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/route.h"

#include <stdio.h>

#include "test.h"

struct row {
    enum method method;
    const char *path;
    enum route_found found;
    enum route route;
    const char *rest;
};

static void paths_find_their_routes(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {METHOD_POST, "/api/exports", ROUTE_FOUND, ROUTE_SUBMIT, ""},
        {METHOD_GET, "/api/exports", ROUTE_FOUND, ROUTE_LIST, ""},
        {METHOD_GET, "/api/exports/x1", ROUTE_FOUND, ROUTE_FIND, "x1"},
        {METHOD_DELETE, "/api/exports/x1", ROUTE_FOUND, ROUTE_CANCEL, "x1"},
        {METHOD_POST, "/api/exports/x1/retry", ROUTE_FOUND, ROUTE_RETRY, "x1"},
        {METHOD_GET, "/api/exports/x1/events", ROUTE_FOUND, ROUTE_EVENTS, "x1"},
        {METHOD_GET, "/api/exports/events", ROUTE_FOUND, ROUTE_FIND, "events"},
        {METHOD_PUT, "/api/objects/a/b/c.mp4", ROUTE_FOUND, ROUTE_UPLOAD, "a/b/c.mp4"},
        {METHOD_HEAD, "/api/objects/a", ROUTE_FOUND, ROUTE_LOOK, "a"},
        {METHOD_GET, "/ws/exports", ROUTE_FOUND, ROUTE_WATCH_ALL, ""},
        {METHOD_GET, "/ws/exports/x", ROUTE_FOUND, ROUTE_WATCH_ONE, "x"},
        {METHOD_GET, "/healthz", ROUTE_FOUND, ROUTE_HEALTH, ""},
        {METHOD_GET, "/", ROUTE_FOUND, ROUTE_PAGE, ""},
        {METHOD_GET, "/js/a.js", ROUTE_FOUND, ROUTE_PAGE, "js/a.js"},
        {METHOD_GET, "/api/nothing", ROUTE_NO_PATH, ROUTE_COUNT, ""},
        {METHOD_GET, "/api/exports/", ROUTE_NO_PATH, ROUTE_COUNT, ""},
        {METHOD_GET, "/api/exports/x/y", ROUTE_NO_PATH, ROUTE_COUNT, ""},
        {METHOD_GET, "/api/objects/", ROUTE_NO_PATH, ROUTE_COUNT, ""},
        {METHOD_GET, "/ws", ROUTE_NO_PATH, ROUTE_COUNT, ""},
        {METHOD_PUT, "/api/exports", ROUTE_NO_METHOD, ROUTE_COUNT, ""},
        {METHOD_OTHER, "/api/exports", ROUTE_NO_METHOD, ROUTE_COUNT, ""},
        {METHOD_POST, "/", ROUTE_NO_METHOD, ROUTE_COUNT, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum route route = ROUTE_COUNT;
        const char *rest = "";
        size_t n = 0;
        enum route_found found = route_match(rows[i].method, rows[i].path, &route, &rest, &n);
        if (found != rows[i].found || (found == ROUTE_FOUND && route != rows[i].route))
            fail_msg("%s %s", method_name(rows[i].method), rows[i].path);
        if (found == ROUTE_FOUND) {
            assert_int_equal(n, strlen(rows[i].rest));
            assert_memory_equal(rest, rows[i].rest, n);
        }
    }
}

static void a_path_tells_its_methods(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 256);
    route_methods("/api/objects/a/b", &out);
    assert_string_equal(buffer_string(&out), "PUT, GET, HEAD");
    buffer_clear(&out);
    route_methods("/api/exports/x", &out);
    assert_string_equal(buffer_string(&out), "GET, DELETE");
}

static void no_row_is_a_hole_and_none_hides_another(void **state)
{
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct route_info *r = route_info((enum route)i);
        assert_true(r->pattern[0] == '/' && strchr(".?", r->summary[strlen(r->summary) - 1]));
        char path[128];
        enum route route = ROUTE_COUNT;
        const char *rest;
        size_t n;
        const char *brace = strchr(r->pattern, '{');
        int head = brace ? (int)(brace - r->pattern) : (int)strlen(r->pattern);
        (void)snprintf(path, sizeof(path), "%.*s%s%s", head, r->pattern, brace ? "x" : "",
                       brace ? strchr(brace, '}') + 1 : "");
        assert_int_equal(route_match(r->method, path, &route, &rest, &n), ROUTE_FOUND);
        assert_int_equal(route, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_find_their_routes),
        cmocka_unit_test(a_path_tells_its_methods),
        cmocka_unit_test(no_row_is_a_hole_and_none_hides_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
