// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/source.h"

#include <sys/stat.h>

#include "folder.h"

static void reads_ranges_and_stops_at_the_end(void **state)
{
    (void)state;
    folder_file("a.bin", 1000);
    struct error err;
    struct source *s AUTO(source_free) = NULL;
    assert_int_equal(source_open(NULL, "a.bin", NULL, &s, &err), OK);
    struct byte_source *bytes = source_bytes(s);
    assert_int_equal(bytes->size_bytes, 1000);
    assert_true(source_sated(s));
    unsigned char room[64];
    size_t n = 0;
    assert_int_equal(bytes->read_at(bytes, 100, room, 64, &n, &err), OK);
    assert_int_equal(n, 64);
    assert_int_equal(room[3], (unsigned char)(103 * 7));
    assert_int_equal(bytes->read_at(bytes, 990, room, 64, &n, &err), OK);
    assert_int_equal(n, 10);
    assert_int_equal(bytes->read_at(bytes, 1000, room, 64, &n, &err), OK);
    assert_int_equal(n, 0);
}

static void counts_distinct_bytes_once(void **state)
{
    (void)state;
    enum { BLOCK = 64 * 1024, SIZE = 3 * BLOCK + 100 };
    folder_file("b.bin", SIZE);
    struct error err;
    struct source *s AUTO(source_free) = NULL;
    assert_int_equal(source_open(NULL, "b.bin", NULL, &s, &err), OK);
    struct byte_source *bytes = source_bytes(s);
    static unsigned char room[SIZE];
    size_t n = 0;
    assert_int_equal(source_bytes_read(s), 0);
    for (int again = 0; again < 3; again++)
        assert_int_equal(bytes->read_at(bytes, 10, room, 20, &n, &err), OK);
    assert_int_equal(source_bytes_read(s), BLOCK);
    assert_int_equal(source_bytes_new(s), BLOCK);
    assert_int_equal(source_bytes_new(s), 0);
    for (int again = 0; again < 2; again++)
        assert_int_equal(bytes->read_at(bytes, 0, room, SIZE, &n, &err), OK);
    assert_int_equal(source_bytes_read(s), SIZE);
    assert_int_equal(source_bytes_new(s), SIZE - BLOCK);
}

static void a_fired_cancel_stops_reading(void **state)
{
    (void)state;
    folder_file("c.bin", 10);
    struct error err;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct source *s AUTO(source_free) = NULL;
    assert_int_equal(source_open(NULL, "c.bin", cancel, &s, &err), OK);
    cancel_fire(cancel);
    char room[4];
    size_t n = 0;
    struct byte_source *bytes = source_bytes(s);
    assert_int_equal(bytes->read_at(bytes, 0, room, 4, &n, &err), ERR_CANCELLED);
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(mkdir("folder", 0700), 0);
    static const struct {
        const char *name;
        enum status status;
    } cases[] = {{"absent.mp4", ERR_NOT_FOUND}, {"folder", ERR_INVALID}, {"pipe", ERR_INVALID}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = {0};
        struct source *s = NULL;
        assert_int_equal(source_open(NULL, cases[i].name, NULL, &s, &err), cases[i].status);
        assert_null(s);
        assert_non_null(strstr(err.text, cases[i].name));
    }
}

static void the_same_file_under_another_name_is_the_same(void **state)
{
    (void)state;
    folder_file("d.bin", 10);
    folder_file("e.bin", 10);
    assert_int_equal(symlink("d.bin", "link.bin"), 0);
    struct error err;
    struct source *s AUTO(source_free) = NULL;
    assert_int_equal(source_open(NULL, "d.bin", NULL, &s, &err), OK);
    assert_true(source_is_same(s, "./link.bin"));
    assert_false(source_is_same(s, "e.bin"));
    assert_false(source_is_same(s, "absent.bin"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_ranges_and_stops_at_the_end),
        cmocka_unit_test(counts_distinct_bytes_once),
        cmocka_unit_test(a_fired_cancel_stops_reading),
        cmocka_unit_test(what_cannot_be_read_is_named),
        cmocka_unit_test(the_same_file_under_another_name_is_the_same),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
