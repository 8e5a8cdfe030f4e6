// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/location.h"

#include "test.h"

static void paths_and_file_urls_become_paths(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a.mp4", "a.mp4"},           {"/x/y z.mp4", "/x/y z.mp4"},
        {"./a%20b", "./a%20b"},       {"file:///x/y.mp4", "/x/y.mp4"},
        {"file://localhost/x", "/x"}, {"file:///a%20b%C3%A9", "/a b\xC3\xA9"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err;
        char *path AUTO(mem_free) = NULL;
        assert_int_equal(location_path(cases[i][0], &path, &err), OK);
        assert_string_equal(path, cases[i][1]);
    }
}

static void anything_else_is_refused_with_the_name(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",         "http://x/y",  "s3x://b/k",   "file://host/x",
        "file://x", "file:///a%2", "file:///%zz", "file:///a%00b",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err = {0};
        char *path = NULL;
        assert_int_equal(location_path(bad[i], &path, &err), ERR_INVALID);
        assert_null(path);
        assert_non_null(strstr(err.text, bad[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_and_file_urls_become_paths),
        cmocka_unit_test(anything_else_is_refused_with_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
