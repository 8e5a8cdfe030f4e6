// SPDX-License-Identifier: GPL-3.0-or-later
#include "export/metered_io.h"

#include <signal.h>
#include <sys/resource.h>

#include "../storage/folder.h"
#include "recorder.h"

enum { BLOCK = 64 * 1024 };

static void reading_counts_distinct_bytes_as_download(void **state)
{
    (void)state;
    folder_file("a.bin", 2 * BLOCK + 100);
    struct recorder r;
    recorder_init(&r);
    struct meter meter;
    meter_init(&meter, &r.listener, PHASE_DOWNLOAD);
    struct error err;
    struct source *source AUTO(source_free) = NULL;
    assert_int_equal(source_open(NULL, "a.bin", NULL, &source, &err), OK);
    struct metered_source metered;
    metered_source_init(&metered, source, &meter);
    struct byte_source *door = source_bytes(source);
    assert_int_equal(door->size_bytes, 2 * BLOCK + 100);
    assert_int_equal(r.count, 0); // nothing is begun before it is read

    unsigned char room[BLOCK];
    size_t n = 0;
    for (int again = 0; again < 3; again++) {
        assert_int_equal(door->read_at(door, 0, room, 10, &n, &err), OK);
        assert_int_equal(n, 10);
        assert_int_equal(room[9], 9 * 7);
    }
    assert_int_equal(door->read_at(door, 5, room, 10, &n, &err), OK);
    assert_int_equal(door->read_at(door, 2 * BLOCK, room, BLOCK, &n, &err), OK);
    assert_int_equal(n, 100);
    meter_end(&meter);
    assert_int_equal(recorder_ended_at(&r, PHASE_DOWNLOAD), BLOCK + 100);
    recorder_check(&r);
    meter_done(&meter);
    recorder_done(&r);
}

static void several_sources_are_counted_together(void **state)
{
    (void)state;
    folder_file("a.bin", 1000);
    folder_file("c.bin", 500);
    struct recorder r;
    recorder_init(&r);
    struct meter meter;
    meter_init(&meter, &r.listener, PHASE_DOWNLOAD);
    struct error err;
    static const char *const names[] = {"a.bin", "c.bin"};
    for (int i = 0; i < 2; i++) {
        struct source *source AUTO(source_free) = NULL;
        assert_int_equal(source_open(NULL, names[i], NULL, &source, &err), OK);
        struct metered_source m;
        char byte = 0;
        size_t n = 0;
        metered_source_init(&m, source, &meter);
        struct byte_source *door = source_bytes(source);
        assert_int_equal(door->read_at(door, 0, &byte, 1, &n, &err), OK);
    }
    meter_end(&meter);
    assert_int_equal(recorder_ended_at(&r, PHASE_DOWNLOAD), 1500);
    meter_done(&meter);
    recorder_done(&r);
}

static void a_read_that_fails_says_why_and_counts_nothing(void **state)
{
    (void)state;
    folder_file("b.bin", 1000);
    struct recorder r;
    recorder_init(&r);
    struct meter meter;
    meter_init(&meter, &r.listener, PHASE_DOWNLOAD);
    struct error err = {0};
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct source *source AUTO(source_free) = NULL;
    assert_int_equal(source_open(NULL, "b.bin", cancel, &source, &err), OK);
    struct metered_source m;
    metered_source_init(&m, source, &meter);
    cancel_fire(cancel);
    char byte = 0;
    size_t n = 0;
    struct byte_source *door = source_bytes(source);
    assert_int_equal(door->read_at(door, 0, &byte, 1, &n, &err), ERR_CANCELLED);
    assert_int_equal(err.status, ERR_CANCELLED);
    assert_int_equal(recorder_find(&r, TOLD_REPORT, PHASE_DOWNLOAD), -1);
    meter_done(&meter);
    recorder_done(&r);
}

static void writing_counts_what_the_store_accepted(void **state)
{
    (void)state;
    struct recorder r;
    recorder_init(&r);
    struct meter meter;
    meter_init(&meter, &r.listener, PHASE_UPLOAD);
    struct error err = {0};
    struct sink *sink AUTO(sink_free) = NULL;
    assert_int_equal(sink_open(NULL, "out.bin", NULL, &sink, &err), OK);
    struct metered_sink m;
    metered_sink_init(&m, sink, &meter);
    struct byte_sink *door = sink_bytes(sink);
    static const char bytes[1000];
    assert_int_equal(door->write_at(door, 0, bytes, 600, &err), OK);
    assert_int_equal(door->write_at(door, 600, bytes, 400, &err), OK);

    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit tight = {.rlim_cur = 1000, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    enum status status = door->write_at(door, 1000, bytes, 1, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, ERR_NO_SPACE);
    assert_non_null(strstr(err.text, "out.bin"));

    meter_end(&meter);
    assert_int_equal(recorder_ended_at(&r, PHASE_UPLOAD), 1000);
    recorder_check(&r);
    meter_done(&meter);
    recorder_done(&r);
}

int main(void)
{
    (void)signal(SIGXFSZ, SIG_IGN); // as the program does
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_counts_distinct_bytes_as_download),
        cmocka_unit_test(several_sources_are_counted_together),
        cmocka_unit_test(a_read_that_fails_says_why_and_counts_nothing),
        cmocka_unit_test(writing_counts_what_the_store_accepted),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
