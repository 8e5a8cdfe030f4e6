// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/desk.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "test.h"

struct errand {
    struct task task; // first member: the task is the errand
    pthread_t worked_on;
    bool was_worked_on;
    int *finished;
    struct desk *desk; // another round is handed over from finish(); NULL: none
};

static void work(struct task *task)
{
    struct errand *e = (struct errand *)task;
    e->worked_on = pthread_self();
    e->was_worked_on = true;
}

static void finish(struct task *task)
{
    struct errand *e = (struct errand *)task;
    (*e->finished)++;
    struct desk *desk = e->desk;
    e->desk = NULL;
    if (desk)
        desk_do(desk, task);
}

static void wake(void *context)
{
    uint64_t one = 1;
    ssize_t n = write(*(int *)context, &one, sizeof(one));
    assert_int_equal(n, sizeof(one));
}

// Finishes what is ready until `wanted` were finished.
static void finish_until(struct desk *desk, int fd, const int *finished, int wanted)
{
    while (*finished < wanted) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        uint64_t n;
        assert_int_equal(poll(&p, 1, 10000), 1);
        assert_int_equal(read(fd, &n, sizeof(n)), sizeof(n));
        desk_finish(desk);
    }
}

static void work_is_done_elsewhere_and_finished_here(void **state)
{
    (void)state;
    enum { N = 100 };
    int fd = eventfd(0, EFD_CLOEXEC);
    int finished = 0;
    struct errand errands[N] = {0};
    struct desk *desk = desk_new(3, wake, &fd);
    for (int i = 0; i < N; i++) {
        errands[i].task = (struct task){.work = work, .finish = finish};
        errands[i].finished = &finished;
        desk_do(desk, &errands[i].task);
    }
    finish_until(desk, fd, &finished, N);
    for (int i = 0; i < N; i++)
        assert_true(errands[i].was_worked_on &&
                    !pthread_equal(errands[i].worked_on, pthread_self()));
    desk_free(desk);
    assert_int_equal(finished, N);
    (void)close(fd);
}

static void *post(void *argument)
{
    void **both = argument;
    desk_post(both[0], both[1]);
    return NULL;
}

static void a_result_of_another_thread_is_finished_here_without_work(void **state)
{
    (void)state;
    int fd = eventfd(0, EFD_CLOEXEC);
    int finished = 0;
    pthread_t thread;
    struct desk *desk = desk_new(1, wake, &fd);
    struct errand e = {.task = {.work = work, .finish = finish}, .finished = &finished};
    void *both[] = {desk, &e.task};
    assert_int_equal(pthread_create(&thread, NULL, post, both), 0);
    finish_until(desk, fd, &finished, 1);
    assert_false(e.was_worked_on);
    assert_int_equal(pthread_join(thread, NULL), 0);
    desk_free(desk);
    (void)close(fd);
}

static void what_is_left_at_the_end_is_done_and_finished_too(void **state)
{
    (void)state;
    int fd = eventfd(0, EFD_CLOEXEC);
    int finished = 0;
    struct desk *desk = desk_new(1, wake, &fd);
    struct errand e = {
        .task = {.work = work, .finish = finish}, .finished = &finished, .desk = desk};
    desk_do(desk, &e.task);
    desk_stop(desk);
    desk_stop(desk);
    desk_free(desk); // finish() hands it over once more
    assert_int_equal(finished, 2);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_is_done_elsewhere_and_finished_here),
        cmocka_unit_test(a_result_of_another_thread_is_finished_here_without_work),
        cmocka_unit_test(what_is_left_at_the_end_is_done_and_finished_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
