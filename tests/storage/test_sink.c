// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/sink.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "folder.h"

static enum status write_text(struct sink *s, int64_t offset, const char *text, struct error *err)
{
    struct byte_sink *bytes = sink_bytes(s);
    return bytes->write_at(bytes, offset, text, strlen(text), err);
}

static void appears_whole_at_the_commit_and_not_before(void **state)
{
    (void)state;
    int before = folder_entries();
    struct error err;
    struct sink *s AUTO(sink_free) = NULL;
    assert_int_equal(sink_open(NULL, "film.mp4", NULL, &s, &err), OK);
    assert_int_equal(write_text(s, 4, "later", &err), OK);
    assert_int_equal(write_text(s, 0, "head", &err), OK);
    assert_int_equal(sink_bytes_written(s), 9);
    assert_int_equal(access("film.mp4", F_OK), -1);
    uint64_t size = 0;
    assert_int_equal(sink_commit(s, &size, &err), OK);
    assert_int_equal(size, 9);
    assert_int_equal(object_size(NULL, "film.mp4", 0, NULL, &size, &err), OK);
    assert_int_equal(size, 9);
    assert_int_equal(folder_entries(), before + 1);
}

static void an_abandoned_sink_leaves_the_old_object_and_nothing_else(void **state)
{
    (void)state;
    folder_file("old.mp4", 3);
    int before = folder_entries();
    struct error err;
    struct sink *s = NULL;
    assert_int_equal(sink_open(NULL, "old.mp4", NULL, &s, &err), OK);
    assert_int_equal(write_text(s, 0, "new content", &err), OK);
    sink_free(s);
    uint64_t size = 0;
    assert_int_equal(object_size(NULL, "old.mp4", 0, NULL, &size, &err), OK);
    assert_int_equal(size, 3);
    assert_int_equal(folder_entries(), before);
}

static void a_commit_replaces_an_older_object(void **state)
{
    (void)state;
    folder_file("replace.mp4", 30);
    struct error err;
    struct sink *s AUTO(sink_free) = NULL;
    assert_int_equal(sink_open(NULL, "replace.mp4", NULL, &s, &err), OK);
    assert_int_equal(write_text(s, 0, "x", &err), OK);
    uint64_t size = 0;
    assert_int_equal(sink_commit(s, &size, &err), OK);
    assert_int_equal(object_size(NULL, "replace.mp4", 0, NULL, &size, &err), OK);
    assert_int_equal(size, 1);
}

static void a_full_disk_is_said_so_and_leaves_nothing(void **state)
{
    (void)state;
    int before = folder_entries();
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){8, old.rlim_max}), 0);
    struct error err = {0};
    struct sink *s = NULL;
    assert_int_equal(sink_open(NULL, "full.mp4", NULL, &s, &err), OK);
    enum status status = write_text(s, 0, "more than eight bytes", &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status, ERR_NO_SPACE);
    assert_non_null(strstr(err.text, "full.mp4"));
    sink_free(s);
    assert_int_equal(folder_entries(), before);
}

static void where_nothing_can_be_written_is_named(void **state)
{
    (void)state;
    assert_int_equal(mkdir("target", 0700), 0);
    struct error err = {0};
    struct sink *s = NULL;
    assert_int_equal(sink_open(NULL, "no/such/film.mp4", NULL, &s, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "the folder no/such does not exist"));
    assert_int_equal(sink_open(NULL, "target", NULL, &s, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "got a folder"));
    assert_int_equal(sink_open(NULL, "/dev/full", NULL, &s, &err), ERR_INVALID);
    uint64_t size = 0;
    assert_int_equal(object_size(NULL, "absent", 0, NULL, &size, &err), ERR_NOT_FOUND);
}

static void a_fired_cancel_stops_writing_and_committing(void **state)
{
    (void)state;
    int before = folder_entries();
    struct error err;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct sink *s = NULL;
    assert_int_equal(sink_open(NULL, "cut.mp4", cancel, &s, &err), OK);
    assert_int_equal(write_text(s, 0, "x", &err), OK);
    cancel_fire(cancel);
    assert_int_equal(write_text(s, 1, "y", &err), ERR_CANCELLED);
    uint64_t size = 0;
    assert_int_equal(sink_commit(s, &size, &err), ERR_CANCELLED);
    sink_free(s);
    assert_int_equal(folder_entries(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appears_whole_at_the_commit_and_not_before),
        cmocka_unit_test(an_abandoned_sink_leaves_the_old_object_and_nothing_else),
        cmocka_unit_test(a_commit_replaces_an_older_object),
        cmocka_unit_test(a_full_disk_is_said_so_and_leaves_nothing),
        cmocka_unit_test(where_nothing_can_be_written_is_named),
        cmocka_unit_test(a_fired_cancel_stops_writing_and_committing),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
