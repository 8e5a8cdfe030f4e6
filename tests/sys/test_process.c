// SPDX-License-Identifier: GPL-3.0-or-later
// test_process.c — real processes, seen from outside.
#include "test.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/process.h"

// A child that waits until it is killed.
static pid_t start(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (;;)
            (void)pause();
    }
    assert_true(pid > 0);
    return pid;
}

static void end(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_process_is_recognised(void **state)
{
    (void)state;
    struct process_id id;
    pid_t pid = start();
    assert_true(process_identify(pid, &id));
    assert_true(id.start_ticks > 0 && id.boot[0] != '\0');
    int fd = process_open(&id);
    assert_true(fd >= 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 0), 0);
    end(pid);
    assert_int_equal(poll(&p, 1, 10000), 1);
    (void)close(fd);
}

static void one_that_has_ended_is_not_there(void **state)
{
    (void)state;
    struct process_id id;
    struct process_id none;
    pid_t pid = start();
    assert_true(process_identify(pid, &id));
    assert_int_equal(kill(pid, SIGKILL), 0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_false(process_identify(pid, &none)); // ended, not reaped
    assert_int_equal(process_open(&id), -1);
    assert_int_equal(process_state(pid), PROCESS_GONE);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(process_open(&id), -1);
}

// Its number was used again, or the machine was started anew.
static void another_of_the_same_number_is_not_taken_for_it(void **state)
{
    (void)state;
    struct process_id id;
    pid_t pid = start();
    assert_true(process_identify(pid, &id));
    struct process_id later = id;
    later.start_ticks++;
    assert_int_equal(process_open(&later), -1);
    struct process_id rebooted = id;
    rebooted.boot[0] ^= 1;
    assert_int_equal(process_open(&rebooted), -1);
    end(pid);
}

static void a_stopped_one_is_told_from_one_that_runs(void **state)
{
    (void)state;
    pid_t pid = start();
    assert_int_equal(process_state(pid), PROCESS_RUNNING);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
    assert_int_equal(process_state(pid), PROCESS_STOPPED);
    assert_int_equal(kill(pid, SIGCONT), 0);
    assert_int_equal(waitpid(pid, NULL, WCONTINUED), pid);
    assert_int_equal(process_state(pid), PROCESS_RUNNING);
    end(pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_is_recognised),
        cmocka_unit_test(one_that_has_ended_is_not_there),
        cmocka_unit_test(another_of_the_same_number_is_not_taken_for_it),
        cmocka_unit_test(a_stopped_one_is_told_from_one_that_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
