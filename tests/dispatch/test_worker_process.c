// SPDX-License-Identifier: GPL-3.0-or-later
// The worker is a shell script, so that what it was given can be looked at.
#include "dispatch/worker_process.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../storage/folder.h"

static struct worker_process *prepare(const char *script, struct worker_limits limits)
{
    FILE *f = fopen("worker.sh", "w");
    assert_non_null(f);
    assert_true(fprintf(f, "#!/bin/sh\n%s", script) > 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod("worker.sh", 0700), 0);
    (void)remove("lines");
    (void)remove("log");
    const struct worker_process_options options = {.program = "./worker.sh",
                                                   .job = "j7",
                                                   .attempt = 2,
                                                   .spec = "{\"a\":1}",
                                                   .spec_bytes = 7,
                                                   .lines_path = "lines",
                                                   .log_path = "log",
                                                   .model_dir = "models",
                                                   .threads = 3,
                                                   .token = "secret",
                                                   .limits = limits};
    struct worker_process *p = NULL;
    struct error err = {0};
    if (worker_process_prepare(&options, &p, &err) != OK)
        fail_msg("%s", err.text);
    return p;
}

static void go(struct worker_process *p)
{
    struct error err = {0};
    if (worker_process_go(p, &err) != OK)
        fail_msg("%s", err.text);
}

static struct worker_exit wait_for(struct worker_process *p)
{
    struct pollfd fd = {.fd = worker_process_fd(p), .events = POLLIN};
    struct worker_exit how;
    assert_int_equal(poll(&fd, 1, 20000), 1);
    assert_true(worker_process_ended(p, &how));
    return how;
}

static char *text_of(const char *path, char text[static 1024])
{
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, 1023, f) : 0;
    text[n] = '\0';
    if (f)
        (void)fclose(f);
    return text;
}

static void the_worker_gets_spec_arguments_and_token(void **state)
{
    (void)state;
    char text[1024];
    struct worker_process *p AUTO(worker_process_free) = prepare(
        "cat; echo; echo $@; echo $HEADWAY_WORKER_TOKEN; echo oh >&2; exit 4\n",
        (struct worker_limits){0});
    go(p);
    struct worker_exit how = wait_for(p);
    assert_true(how.known && how.exited);
    assert_int_equal(how.code, 4);
    assert_string_equal(
        text_of("lines", text),
        "{\"a\":1}\nworker --job j7 --attempt 2 --threads 3 --model-dir models\nsecret\n");
    assert_string_equal(text_of("log", text), "oh\n");
}

static void one_that_is_not_let_through_the_gate_does_nothing(void **state)
{
    (void)state;
    struct worker_process *p = prepare("echo ran >ran\n", (struct worker_limits){0});
    struct process_id id = *worker_process_id(p);
    assert_non_null(id.boot);
    worker_process_free(p);
    assert_int_equal(process_open(&id), -1);
    assert_int_not_equal(access("ran", F_OK), 0);
}

// The maker dies between fork and gate: its end of the pipe closes with it.
static void one_whose_maker_died_ends_by_itself(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t maker = fork();
    if (maker == 0) {
        struct worker_process *p = prepare("echo ran >ran\n", (struct worker_limits){0});
        struct process_id id = *worker_process_id(p);
        ssize_t n = write(fds[1], &id, sizeof(id));
        (void)n;
        _exit(0);
    }
    struct process_id id;
    assert_int_equal(read(fds[0], &id, sizeof(id)), sizeof(id));
    assert_int_equal(waitpid(maker, NULL, 0), maker);
    int fd = process_open(&id);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    assert_true(fd < 0 || poll(&p, 1, 20000) == 1);
    assert_int_not_equal(access("ran", F_OK), 0);
    (void)close(fd);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void a_worker_that_was_let_go_of_is_adopted(void **state)
{
    (void)state;
    struct worker_process *p = prepare("echo up; exec sleep 60\n", (struct worker_limits){0});
    go(p);
    struct process_id id = *worker_process_id(p);
    worker_process_free(p);
    struct worker_process *again AUTO(worker_process_free) = worker_process_adopt(&id);
    assert_non_null(again);
    struct worker_exit how;
    assert_false(worker_process_ended(again, &how));
    worker_process_signal(again, SIGTERM);
    (void)wait_for(again);
    assert_null(worker_process_adopt(&id));
}

static void all_of_its_group_ends_with_it(void **state)
{
    (void)state;
    char text[1024];
    struct worker_process *p AUTO(worker_process_free) = prepare(
        "sleep 60 & echo $! >inner; echo up\nwait\n", (struct worker_limits){0});
    go(p);
    while (text_of("lines", text)[0] == '\0') {
        struct pollfd fd = {.fd = worker_process_fd(p), .events = POLLIN};
        (void)poll(&fd, 1, 5);
    }
    struct process_id inner;
    assert_true(process_identify((pid_t)atol(text_of("inner", text)), &inner));
    assert_int_equal(kill(worker_process_id(p)->pid, SIGKILL), 0); // the leader alone
    struct worker_exit how = wait_for(p);
    assert_true(how.known && !how.exited && how.signal == SIGKILL);
    int fd = process_open(&inner);
    struct pollfd gone = {.fd = fd, .events = POLLIN};
    assert_true(fd < 0 || poll(&gone, 1, 20000) == 1);
    (void)close(fd);
}

static void limits_and_no_new_privileges_hold(void **state)
{
    (void)state;
    char text[1024];
    char expected[64];
    struct worker_process *p AUTO(worker_process_free) = prepare(
        "ulimit -n; ulimit -t; ulimit -v; grep NoNewPrivs /proc/self/status; nice\n",
        (struct worker_limits){
            .memory_bytes = UINT64_C(4096) << 20, .files = 77, .cpu_s = 55, .nice = 3});
    go(p);
    (void)wait_for(p);
    int own = getpriority(PRIO_PROCESS, 0);
    (void)snprintf(expected, sizeof(expected), "77\n55\n4194304\nNoNewPrivs:\t1\n%d\n",
                   own < 16 ? own + 3 : 19);
    assert_string_equal(text_of("lines", text), expected);
}

static void one_that_somebody_stopped_is_told(void **state)
{
    (void)state;
    struct worker_process *p AUTO(worker_process_free) = prepare("kill -STOP $$; exit 0\n",
                                                                 (struct worker_limits){0});
    go(p);
    while (!worker_process_stopped(p)) {
        struct pollfd fd = {.fd = worker_process_fd(p), .events = POLLIN};
        assert_int_equal(poll(&fd, 1, 5), 0);
    }
    worker_process_signal(p, SIGCONT);
    assert_int_equal(wait_for(p).code, 0);
}

static void a_program_that_cannot_be_started_is_told_at_the_gate(void **state)
{
    (void)state;
    struct error err = {0};
    const struct worker_process_options options = {.program = "./absent",
                                                   .job = "j",
                                                   .attempt = 1,
                                                   .spec = "",
                                                   .lines_path = "l",
                                                   .log_path = "g"};
    struct worker_process *p AUTO(worker_process_free) = NULL;
    assert_int_equal(worker_process_prepare(&options, &p, &err), OK);
    assert_int_equal(worker_process_go(p, &err), ERR_NOT_FOUND);
    (void)wait_for(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worker_gets_spec_arguments_and_token),
        cmocka_unit_test(one_that_is_not_let_through_the_gate_does_nothing),
        cmocka_unit_test(one_whose_maker_died_ends_by_itself),
        cmocka_unit_test(a_worker_that_was_let_go_of_is_adopted),
        cmocka_unit_test(all_of_its_group_ends_with_it),
        cmocka_unit_test(limits_and_no_new_privileges_hold),
        cmocka_unit_test(one_that_somebody_stopped_is_told),
        cmocka_unit_test(a_program_that_cannot_be_started_is_told_at_the_gate),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
