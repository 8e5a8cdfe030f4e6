// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/trace_folder.h"

#include <stdio.h>
#include <sys/stat.h>

#include "../storage/folder.h"
#include "sys/file.h"

static void assert_holds(const char *path, const char *wanted)
{
    struct buffer text BUFFER_AUTO;
    struct error err;
    buffer_init(&text, 4096);
    assert_int_equal(file_read(path, &text, &err), OK);
    assert_string_equal(buffer_string(&text), wanted);
}

static void the_folder_is_made_and_its_file_grows(void **state)
{
    (void)state;
    const struct trace_folder folder = {"grows", 100};
    struct error err;
    assert_int_equal(trace_folder_add(&folder, "one\n", 4, &err), OK);
    assert_int_equal(trace_folder_add(&folder, "two\n", 4, &err), OK);
    assert_holds("grows/traces.ndjson", "one\ntwo\n");
}

static void the_oldest_make_room_and_no_trace_is_cut(void **state)
{
    (void)state;
    const struct trace_folder folder = {"full", 8};
    struct error err;
    for (int i = 1; i <= 5; i++) {
        char line[8];
        (void)snprintf(line, sizeof(line), "no%d\n", i);
        assert_int_equal(trace_folder_add(&folder, line, 4, &err), OK);
    }
    assert_holds("full/traces.ndjson", "no5\n");
    assert_holds("full/traces-before.ndjson", "no3\nno4\n");
    // Longer than a whole file: alone in one.
    assert_int_equal(trace_folder_add(&folder, "0123456789\n", 11, &err), OK);
    assert_holds("full/traces.ndjson", "0123456789\n");
}

static void a_folder_that_cannot_be_is_named(void **state)
{
    (void)state;
    const struct trace_folder nowhere = {"missing/deeper", 100};
    const struct trace_folder file = {"file", 100};
    struct error err;
    assert_int_not_equal(trace_folder_add(&nowhere, "x\n", 2, &err), OK);
    assert_string_equal(err.text, "make the folder missing/deeper: No such file or directory");
    assert_int_equal(trace_folder_make(&nowhere, &err), err.status);
    assert_string_equal(err.text, "make the folder missing/deeper: No such file or directory");
    assert_int_equal(fclose(fopen("file", "w")), 0);
    assert_int_not_equal(trace_folder_add(&file, "x\n", 2, &err), OK);
    assert_string_equal(err.text, "write into the folder file: Not a directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_folder_is_made_and_its_file_grows),
        cmocka_unit_test(the_oldest_make_room_and_no_trace_is_cut),
        cmocka_unit_test(a_folder_that_cannot_be_is_named),
    };
    return cmocka_run_group_tests_name("trace_folder", tests, folder_enter, folder_leave);
}
