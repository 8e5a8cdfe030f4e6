// SPDX-License-Identifier: GPL-3.0-or-later
#include "sys/signal_watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "test.h"

static bool fires_within(struct cancel *cancel, int ms)
{
    struct pollfd poller = {.fd = cancel_fd(cancel), .events = POLLIN};
    return poll(&poller, 1, ms) == 1 && cancel_fired(cancel);
}

static void each_ending_signal_fires_the_cancel(void **state)
{
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct cancel *cancel AUTO(cancel_free) = cancel_new();
        struct signal_watch *watch AUTO(signal_watch_free) = signal_watch_new(cancel);
        assert_false(cancel_fired(cancel));
        assert_int_equal(kill(getpid(), signals[i]), 0);
        assert_true(fires_within(cancel, 30000));
    }
}

static void a_watch_that_saw_nothing_ends(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        struct cancel *cancel AUTO(cancel_free) = cancel_new();
        struct signal_watch *watch = signal_watch_new(cancel);
        signal_watch_free(watch);
    }
    signal_watch_free(NULL);
}

static void a_reader_that_is_gone_is_an_error_and_not_the_end(void **state)
{
    (void)state;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct signal_watch *watch AUTO(signal_watch_free) = signal_watch_new(cancel);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    assert_int_equal(write(ends[1], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    (void)close(ends[1]);
    assert_non_null(watch);
}

int main(void)
{
    (void)alarm(60);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_watch_that_saw_nothing_ends),
        cmocka_unit_test(each_ending_signal_fires_the_cancel),
        cmocka_unit_test(a_reader_that_is_gone_is_an_error_and_not_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
