// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/pulse.h"

#include <poll.h>

#include "sys/clock.h"
#include "test.h"

#define MS_NS INT64_C(1000000)

static void work(int64_t ns)
{
    int64_t end_ns = clock_thread_cpu_ns() + ns;
    while (clock_thread_cpu_ns() < end_ns)
        ;
}

static void beats_in_time_are_not_late(void **state)
{
    (void)state;
    struct pulse p = {0};
    pulse_beat(&p, 1000 * MS_NS, 20 * MS_NS); // the first cannot be
    pulse_beat(&p, 1020 * MS_NS, 20 * MS_NS);
    pulse_beat(&p, 1050 * MS_NS, 20 * MS_NS);
    assert_int_equal(p.stats.latest_ns, 10 * MS_NS);
    assert_int_equal(p.stats.late, 0);
}

static void a_late_beat_counts_and_the_longest_is_kept_for_a_minute(void **state)
{
    (void)state;
    struct pulse p = {0};
    pulse_beat(&p, 1000 * MS_NS, 20 * MS_NS);
    pulse_beat(&p, 1041 * MS_NS, 20 * MS_NS);
    pulse_beat(&p, 1061 * MS_NS, 20 * MS_NS);
    assert_int_equal(p.stats.late, 1);
    assert_int_equal(p.stats.latest_ns, 21 * MS_NS);
    p.due_ns = 62000 * MS_NS;
    pulse_beat(&p, 62003 * MS_NS, 20 * MS_NS);
    assert_int_equal(p.stats.latest_ns, 3 * MS_NS);
    assert_int_equal(p.stats.late, 1);
}

static void work_is_the_processor_time_of_one_turn(void **state)
{
    (void)state;
    struct pulse p = {0};
    pulse_turn_begin(&p);
    work(5 * MS_NS);
    pulse_turn_end(&p);
    pulse_turn_begin(&p);
    work(1 * MS_NS);
    pulse_turn_end(&p);
    assert_true(p.stats.longest_work_ns >= 5 * MS_NS);
    assert_true(p.stats.longest_work_ns < 50 * MS_NS);
}

static void a_turn_that_waits_twice_has_waited_for_more_than_its_events(void **state)
{
    (void)state;
    struct pulse p = {0};
    pulse_turn_begin(&p);
    (void)poll(NULL, 0, 1);
    (void)poll(NULL, 0, 1);
    (void)poll(NULL, 0, 1);
    pulse_turn_end(&p);
    assert_true(p.stats.waits >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beats_in_time_are_not_late),
        cmocka_unit_test(a_late_beat_counts_and_the_longest_is_kept_for_a_minute),
        cmocka_unit_test(work_is_the_processor_time_of_one_turn),
        cmocka_unit_test(a_turn_that_waits_twice_has_waited_for_more_than_its_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
