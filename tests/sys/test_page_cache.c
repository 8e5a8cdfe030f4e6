// SPDX-License-Identifier: GPL-3.0-or-later
#include "sys/page_cache.h"

#include "../storage/folder.h"
#include "test.h"

static double share(const char *path)
{
    double ret = -1;
    struct error err = {0};
    if (page_cache_share(path, &ret, &err) != OK)
        fail_msg("%s", err.text);
    return ret;
}

static void what_was_read_is_held(void **state)
{
    (void)state;
    folder_file("a", 300000);
    assert_int_equal(page_cache_fill("a", NULL), OK);
    assert_true(share("a") == 1);
}

static void what_was_dropped_is_not(void **state)
{
    (void)state;
    folder_file("b", 3000000);
    assert_int_equal(page_cache_drop("b", NULL), OK);
    if (share("b") > 0.5) {
        print_message("this folder lives in memory\n");
        skip();
    }
    assert_int_equal(page_cache_fill("b", NULL), OK);
    assert_true(share("b") == 1);
}

static void an_empty_file_is_held(void **state)
{
    (void)state;
    folder_file("empty", 0);
    assert_true(share("empty") == 1);
    assert_int_equal(page_cache_drop("empty", NULL), OK);
    assert_int_equal(page_cache_fill("empty", NULL), OK);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    double ret;
    struct error err = {0};
    assert_int_equal(page_cache_share("none", &ret, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "none"));
    assert_int_equal(page_cache_drop("none", &err), ERR_NOT_FOUND);
    assert_int_equal(page_cache_fill("none", &err), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_is_held),
        cmocka_unit_test(what_was_dropped_is_not),
        cmocka_unit_test(an_empty_file_is_held),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
