// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/openapi.h"

#include <stdlib.h>

#include "base/json_read.h"
#include "server/route.h"
#include "sys/file.h"
#include "test.h"

static void every_route_is_described(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    struct jr_doc *doc AUTO(jr_free) = NULL;
    buffer_init(&out, OPENAPI_MAX);
    openapi_write(&out);
    assert_false(out.overflow);
    assert_int_equal(jr_parse(out.data, out.size, &doc, NULL), OK);
    struct jr root = jr_root(doc);
    struct jr paths;
    assert_true(jr_get(&root, "paths", &paths));
    static const char *const keys[METHOD_COUNT] = {"get", "head", "post", "put", "delete", ""};
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct route_info *r = route_info((enum route)i);
        struct jr path;
        struct jr operation;
        const char *summary = "";
        assert_true(jr_get(&paths, r->pattern, &path));
        assert_true(jr_get(&path, keys[r->method], &operation));
        assert_int_equal(jr_get_string(&operation, "summary", 1000, &summary, NULL), OK);
        assert_string_equal(summary, r->summary);
    }
}

// When this fails after a change of the routes: `headway serve`, then fetch /openapi.json anew.
static void the_committed_description_is_the_one_that_is_served(void **state)
{
    (void)state;
    struct buffer served BUFFER_AUTO;
    struct buffer committed BUFFER_AUTO;
    buffer_init(&served, OPENAPI_MAX);
    buffer_init(&committed, OPENAPI_MAX);
    openapi_write(&served);
    const char *path = getenv("HEADWAY_OPENAPI");
    assert_non_null(path);
    assert_int_equal(file_read(path, &committed, NULL), OK);
    assert_string_equal(committed.data, served.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described),
        cmocka_unit_test(the_committed_description_is_the_one_that_is_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
