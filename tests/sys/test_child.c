// SPDX-License-Identifier: GPL-3.0-or-later
#include "sys/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "test.h"

// /bin/sh running `script`.
static struct child *shell(const char *script)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    struct child_options options = {.path = "/bin/sh", .argv = argv};
    struct child *child = NULL;
    struct error err = {0};
    if (child_start(&options, &child, &err) != OK)
        fail_msg("%s", err.text);
    return child;
}

// Everything that the child says until it closes its output.
static void read_to_end(struct child *child, struct buffer *out)
{
    for (;;) {
        struct pollfd poller = {.fd = child_output_fd(child), .events = POLLIN};
        assert_int_equal(poll(&poller, 1, 30000), 1);
        char chunk[4096];
        ssize_t n = read(child_output_fd(child), chunk, sizeof(chunk));
        if (n <= 0) {
            assert_int_equal(n, 0);
            return;
        }
        buffer_append(out, chunk, (size_t)n);
    }
}

static void it_reads_what_we_feed_and_we_read_what_it_says(void **state)
{
    (void)state;
    struct child *child AUTO(child_free) = shell("cat; exit 7");
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 1000);
    assert_int_equal(child_feed(child, "hello\n", 6, NULL), OK);
    read_to_end(child, &out);
    assert_string_equal(buffer_string(&out), "hello\n");
    struct child_exit how;
    child_wait(child, &how);
    assert_true(how.exited);
    assert_int_equal(how.code, 7);
    assert_true(child_poll(child, &how));
    assert_int_equal(how.code, 7);
}

static void a_program_that_is_not_there_is_named(void **state)
{
    (void)state;
    const char *argv[] = {"x", NULL};
    struct child_options options = {.path = "/nonexistent/worker", .argv = argv};
    struct child *child = NULL;
    struct error err;
    assert_int_equal(child_start(&options, &child, &err), ERR_NOT_FOUND);
    assert_null(child);
    assert_string_equal(err.text, "start /nonexistent/worker: No such file or directory");
    options.path = "/etc/passwd";
    assert_int_equal(child_start(&options, &child, &err), ERR_PERMISSION);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); // nothing is left to reap
    assert_int_equal(errno, ECHILD);
}

static void standard_error_has_a_pipe_of_its_own(void **state)
{
    (void)state;
    struct child *child AUTO(child_free) = shell("echo oops >&2; echo fine");
    struct child_exit how;
    child_wait(child, &how);
    char text[16] = "";
    assert_int_equal(read(child_error_fd(child), text, sizeof(text)), 5);
    assert_memory_equal(text, "oops\n", 5);
    assert_int_equal(read(child_output_fd(child), text, sizeof(text)), 5);
    assert_memory_equal(text, "fine\n", 5);
}

static void a_signal_reaches_what_the_child_started(void **state)
{
    (void)state;
    // The grandchild holds the output open: the end comes only when both are gone.
    struct child *child AUTO(child_free) = shell("sleep 1000 & echo ready; wait");
    char byte = 0;
    struct pollfd poller = {.fd = child_output_fd(child), .events = POLLIN};
    assert_int_equal(poll(&poller, 1, 30000), 1);
    assert_int_equal(read(child_output_fd(child), &byte, 1), 1);
    struct child_exit how;
    assert_false(child_poll(child, &how));
    child_signal(child, SIGTERM);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 100);
    read_to_end(child, &out);
    child_wait(child, &how);
    assert_false(how.exited);
    assert_int_equal(how.signal, SIGTERM);
    child_signal(child, SIGTERM); // after the end: nothing
}

static void freeing_a_running_child_ends_it(void **state)
{
    (void)state;
    struct child *child = shell("trap '' TERM; while :; do read x || sleep 1000; done");
    pid_t pid = child_pid(child);
    child_free(child);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
    child_free(NULL);
}

static void feeding_a_dead_child_is_an_error(void **state)
{
    (void)state;
    struct child *child AUTO(child_free) = shell("exit 3");
    struct child_exit how;
    child_wait(child, &how);
    assert_int_equal(how.code, 3);
    struct error err;
    assert_int_equal(child_feed(child, "x", 1, &err), ERR_IO);
    assert_true(strlen(err.text) > 0);
}

static void signals_are_as_at_the_start_for_the_child(void **state)
{
    (void)state;
    sigset_t blocked, before;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &blocked, &before);
    struct child *child AUTO(child_free) = shell("kill -TERM $$; echo survived");
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    struct child_exit how;
    child_wait(child, &how);
    assert_false(how.exited);
    assert_int_equal(how.signal, SIGTERM);
}

// In a process of its own: starts a child that dies with its parent, tells its pid, and ends.
static _Noreturn void be_the_parent(int out_fd)
{
    const char *argv[] = {"sleep", "1000", NULL};
    struct child_options options = {.path = "/bin/sleep", .argv = argv, .die_with_parent = true};
    struct child *child = NULL;
    pid_t pid = 0;
    if (child_start(&options, &child, NULL) == OK)
        pid = child_pid(child);
    ssize_t written = write(out_fd, &pid, sizeof(pid));
    _exit(written == (ssize_t)sizeof(pid) ? 0 : 1);
}

static void a_child_dies_with_its_parent(void **state)
{
    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); // orphans come to us
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0)
        be_the_parent(ends[1]);
    int status = 0;
    assert_int_equal(waitpid(parent, &status, 0), parent);
    pid_t orphan = 0;
    assert_int_equal(read(ends[0], &orphan, sizeof(orphan)), sizeof(orphan));
    assert_true(orphan > 0);
    assert_int_equal(waitpid(orphan, &status, 0), orphan); // would wait 1000 s
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void the_end_of_a_child_can_be_polled_for(void **state)
{
    (void)state;
    const char *argv[] = {"sh", "-c", "read x", NULL};
    struct child *child AUTO(child_free) = NULL;
    struct error err;
    const struct child_options options = {.path = "/bin/sh", .argv = argv};
    assert_int_equal(child_start(&options, &child, &err), OK);
    struct pollfd fd = {.fd = child_end_fd(child), .events = POLLIN};
    assert_int_equal(poll(&fd, 1, 0), 0);
    assert_int_equal(child_feed(child, "x\n", 2, &err), OK);
    assert_int_equal(poll(&fd, 1, 30000), 1);
    struct child_exit how;
    assert_true(child_poll(child, &how));
    assert_true(how.exited);
}

int main(void)
{
    (void)alarm(60);
    (void)signal(SIGPIPE, SIG_IGN); // as the program does
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reads_what_we_feed_and_we_read_what_it_says),
        cmocka_unit_test(a_program_that_is_not_there_is_named),
        cmocka_unit_test(standard_error_has_a_pipe_of_its_own),
        cmocka_unit_test(a_signal_reaches_what_the_child_started),
        cmocka_unit_test(freeing_a_running_child_ends_it),
        cmocka_unit_test(feeding_a_dead_child_is_an_error),
        cmocka_unit_test(signals_are_as_at_the_start_for_the_child),
        cmocka_unit_test(a_child_dies_with_its_parent),
        cmocka_unit_test(the_end_of_a_child_can_be_polled_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
