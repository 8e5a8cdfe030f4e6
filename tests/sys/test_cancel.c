// SPDX-License-Identifier: GPL-3.0-or-later
#include "sys/cancel.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "test.h"

struct counter {
    struct cancel_waker waker; // first member: count() relies on it
    atomic_int calls;
};

static void count(struct cancel_waker *waker)
{
    struct counter *counter = (struct counter *)waker;
    atomic_fetch_add(&counter->calls, 1);
}

static bool is_readable(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    return poll(&poller, 1, 0) == 1;
}

static void it_fires_once_and_stays_fired(void **state)
{
    (void)state;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct error err = {0};
    assert_false(cancel_fired(cancel));
    assert_false(is_readable(cancel_fd(cancel)));
    assert_int_equal(cancel_check(cancel, &err), OK);
    cancel_fire(cancel);
    cancel_fire(cancel);
    assert_true(cancel_fired(cancel));
    assert_true(is_readable(cancel_fd(cancel)));
    assert_int_equal(cancel_check(cancel, &err), ERR_CANCELLED);
    assert_int_equal(err.status, ERR_CANCELLED);
    assert_true(strlen(err.text) > 0);
}

static void without_a_cancel_nothing_is_cancelled(void **state)
{
    (void)state;
    assert_false(cancel_fired(NULL));
    assert_int_equal(cancel_check(NULL, NULL), OK);
    cancel_free(NULL);
}

static void every_waker_is_called_once(void **state)
{
    (void)state;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct counter counters[3] = {{{count, NULL}, 0}, {{count, NULL}, 0}, {{count, NULL}, 0}};
    for (int i = 0; i < 3; i++)
        cancel_add(cancel, &counters[i].waker);
    cancel_remove(cancel, &counters[1].waker); // from the middle
    cancel_fire(cancel);
    cancel_fire(cancel);
    assert_int_equal(counters[0].calls, 1);
    assert_int_equal(counters[1].calls, 0);
    assert_int_equal(counters[2].calls, 1);
    cancel_remove(cancel, &counters[2].waker);
    cancel_remove(cancel, &counters[0].waker);
}

static void who_comes_late_is_woken_at_once(void **state)
{
    (void)state;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    cancel_fire(cancel);
    struct counter counter = {{count, NULL}, 0};
    cancel_add(cancel, &counter.waker);
    assert_int_equal(counter.calls, 1);
    cancel_remove(cancel, &counter.waker);
}

static void *fire(void *cancel)
{
    cancel_fire(cancel);
    return NULL;
}

// A waker on the stack that is gone right after cancel_remove(): a late call would be a use
// after return, which the sanitizer builds notice.
static void add_and_remove(struct cancel *cancel)
{
    struct counter counter = {{count, NULL}, 0};
    cancel_add(cancel, &counter.waker);
    cancel_remove(cancel, &counter.waker);
    int calls = counter.calls;
    assert_in_range(calls, 0, 1);
}

static void firing_races_with_coming_and_going(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct cancel *cancel AUTO(cancel_free) = cancel_new();
        pthread_t threads[2];
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, fire, cancel), 0);
        while (!cancel_fired(cancel))
            add_and_remove(cancel);
        add_and_remove(cancel);
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void *wait_readable(void *cancel)
{
    struct pollfd poller = {.fd = cancel_fd(cancel), .events = POLLIN};
    return poll(&poller, 1, -1) == 1 ? cancel : NULL;
}

static void a_thread_in_poll_wakes(void **state)
{
    (void)state;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wait_readable, cancel), 0);
    cancel_fire(cancel);
    void *result = NULL;
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, cancel);
}

int main(void)
{
    (void)alarm(60); // a lost wake-up ends the program instead of hanging it
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_fires_once_and_stays_fired),
        cmocka_unit_test(without_a_cancel_nothing_is_cancelled),
        cmocka_unit_test(every_waker_is_called_once),
        cmocka_unit_test(who_comes_late_is_woken_at_once),
        cmocka_unit_test(firing_races_with_coming_and_going),
        cmocka_unit_test(a_thread_in_poll_wakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
