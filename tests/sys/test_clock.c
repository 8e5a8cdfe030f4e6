// SPDX-License-Identifier: GPL-3.0-or-later
#include "sys/clock.h"

#include <time.h>

#include "test.h"

static void monotonic_time_never_goes_back(void **state)
{
    (void)state;
    int64_t before = clock_now_ns();
    for (int i = 0; i < 100000; i++) {
        int64_t now = clock_now_ns();
        assert_true(now >= before);
        before = now;
    }
}

static void wall_time_is_the_time_of_day_in_milliseconds(void **state)
{
    (void)state;
    int64_t before_s = time(NULL);
    int64_t wall_ms = clock_wall_ms();
    int64_t after_s = time(NULL);
    assert_true(wall_ms >= (before_s - 1) * 1000); // time() may lag by a tick
    assert_true(wall_ms < (after_s + 2) * 1000);
}

static void cpu_time_counts_work(void **state)
{
    (void)state;
    int64_t begin_ns = clock_cpu_ns();
    volatile uint64_t sum = 0;
    while (clock_cpu_ns() - begin_ns < 2000000) // ends only if the clock moves
        sum += 1;
    assert_true(sum > 0);
    assert_true(clock_cpu_ns() >= begin_ns + 2000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_time_never_goes_back),
        cmocka_unit_test(wall_time_is_the_time_of_day_in_milliseconds),
        cmocka_unit_test(cpu_time_counts_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
