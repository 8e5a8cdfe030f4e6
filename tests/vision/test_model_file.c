// SPDX-License-Identifier: GPL-3.0-or-later
#include "vision/model_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

static void touch(const char *dir, const char *name)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fclose(f);
}

static void both_files_must_be_there(void **state)
{
    (void)state;
    char dir[] = "/tmp/model_file_XXXXXX", path[PATH_MAX], got[PATH_MAX];
    struct error err = {0};
    assert_non_null(mkdtemp(dir));
    touch(dir, "some.json");
    (void)snprintf(path, sizeof path, "%s/some.json", dir);
    assert_false(model_file_is(path, ".json"));
    assert_int_equal(model_file_find("nice", "some", ".json", dir, got, sizeof got, &err),
                     ERR_MODEL);
    assert_non_null(strstr(err.text, "model nice: some.json and .bin are not in /tmp/model_file_"));
    assert_non_null(strstr(err.text, "fetch_assets.sh"));
    touch(dir, "some.bin");
    assert_true(model_file_is(path, ".json"));
    assert_false(model_file_is(path, ".param"));
    assert_int_equal(model_file_find("nice", "some", ".json", dir, got, sizeof got, &err), OK);
    assert_string_equal(got, path);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/some.bin", dir);
    (void)unlink(path);
    (void)rmdir(dir);
}

static void a_path_that_is_too_long_is_not_there(void **state)
{
    (void)state;
    char got[16];
    struct error err = {0};
    assert_int_equal(
        model_file_find("m", "m", ".json", "/a/rather/long/folder", got, sizeof got, &err),
        ERR_MODEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_files_must_be_there),
        cmocka_unit_test(a_path_that_is_too_long_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
