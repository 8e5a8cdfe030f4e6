// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/networks.h"

#include <stdio.h>

#include "../storage/folder.h"
#include "test.h"

static void touch(const char *path)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
}

static void what_is_there_and_what_is_missing_is_named(void **state)
{
    (void)state;
    struct error err = {0};
    struct buffer found BUFFER_AUTO;
    struct buffer missing BUFFER_AUTO;
    buffer_init(&found, 1024);
    buffer_init(&missing, 1024);
    touch("nanodet.json");
    touch("nanodet.bin");
    touch("realesrgan-x4fast.param"); // without its weights
    assert_int_equal(networks_look(".", &found, &missing, &err), ERR_MODEL);
    assert_string_equal(buffer_string(&found), "nanodet");
    assert_non_null(strstr(buffer_string(&missing), "x4fast, "));
    assert_non_null(strstr(err.text, "model x4fast: ")); // the first
    assert_non_null(strstr(err.text, "make assets"));
    touch("realesrgan-x4fast.bin");
    buffer_clear(&found);
    buffer_clear(&missing);
    assert_int_equal(networks_look(".", &found, &missing, &err), ERR_MODEL);
    assert_string_equal(buffer_string(&found), "x4fast, nanodet");
    assert_null(strstr(buffer_string(&missing), "x4fast"));
    assert_null(strstr(err.text, "x4fast"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_and_what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
