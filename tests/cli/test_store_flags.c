// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/store_flags.h"

#include <stdlib.h>

#include "test.h"

static void every_setting_but_a_secret_has_a_flag(void **state)
{
    (void)state;
    struct argp_option options[STORAGE_SETTING_COUNT] = {0};
    int n = store_flags_options(options);
    assert_int_equal(n, STORAGE_SETTING_COUNT - 3);
    for (int i = 0; i < n; i++) {
        assert_int_equal(strncmp(options[i].name, "s3-", 3), 0);
        assert_non_null(options[i].doc);
        assert_null(strstr(options[i].name, "secret"));
    }
}

static void a_flag_becomes_the_variable_that_workers_inherit(void **state)
{
    (void)state;
    struct argp_option options[STORAGE_SETTING_COUNT] = {0};
    int n = store_flags_options(options);
    for (int i = 0; i < n; i++) {
        if (strcmp(options[i].name, "s3-region") != 0)
            continue;
        assert_true(store_flags_take(options[i].key, "mars"));
        assert_string_equal(getenv("HEADWAY_S3_REGION"), "mars");
        return;
    }
    fail();
}

static void what_is_no_flag_of_the_store_is_left(void **state)
{
    (void)state;
    assert_false(store_flags_take('j', "x"));
    assert_false(store_flags_take(ARGP_KEY_ARG, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_but_a_secret_has_a_flag),
        cmocka_unit_test(a_flag_becomes_the_variable_that_workers_inherit),
        cmocka_unit_test(what_is_no_flag_of_the_store_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
