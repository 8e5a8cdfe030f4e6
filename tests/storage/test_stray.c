// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "folder.h"
#include "storage/stray.h"

// A process that has ended.
static pid_t dead(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return pid;
}

static void what_a_dead_process_left_is_removed_and_nothing_else(void **state)
{
    (void)state;
    char own[64];
    char others[64];
    pid_t pid = dead();
    assert_int_equal(mkdir("out", 0700), 0);
    (void)snprintf(own, sizeof(own), "out/.film.mp4.%ld.part", (long)pid);
    (void)snprintf(others, sizeof(others), "out/.film.mp4.%ld1.part", (long)pid);
    folder_file(own, 1);
    folder_file(others, 1);
    folder_file("out/film.mp4", 1);
    assert_int_equal(stray_remove("out/film.mp4", pid), 1);
    assert_int_not_equal(access(own, F_OK), 0);
    assert_int_equal(access(others, F_OK), 0);
    assert_int_equal(access("out/film.mp4", F_OK), 0);
    assert_int_equal(stray_remove("out/film.mp4", pid), 0);
}

static void one_that_lives_keeps_its_files(void **state)
{
    (void)state;
    char own[64];
    (void)snprintf(own, sizeof(own), ".film.mp4.%ld.part", (long)getpid());
    folder_file(own, 1);
    assert_int_equal(stray_remove("film.mp4", getpid()), 0);
    assert_int_equal(access(own, F_OK), 0);
    assert_int_equal(stray_remove("s3://box/film.mp4", dead()), 0);
    assert_int_equal(stray_remove("nowhere/film.mp4", dead()), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_dead_process_left_is_removed_and_nothing_else),
        cmocka_unit_test(one_that_lives_keeps_its_files),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
