// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/pace.h"

static int64_t ns(double seconds)
{
    return (int64_t)(seconds * 1e9);
}

static double pace_of(const struct pace *p)
{
    double seconds = 0, variance = 0;
    assert_true(pace_seconds_per_work(p, &seconds, &variance));
    assert_true(variance > 0 && isfinite(variance));
    return seconds;
}

static void steady_counts_give_their_pace(void **state)
{
    (void)state;
    struct pace p;
    double seconds, variance;
    pace_begin(&p, 0);
    assert_false(pace_seconds_per_work(&p, &seconds, &variance));
    for (int i = 1; i <= 30; i++)
        pace_count(&p, 10.0 * i, ns(2.0 * i));
    assert_near(pace_of(&p), 0.2, 1e-3);
    assert_near(pace_silent_s(&p, ns(61)), 1, 1e-6);
    assert_near(pace_patience_s(&p), 11, 0.1);
}

static void one_slow_first_step_hardly_matters(void **state)
{
    (void)state;
    struct pace p;
    pace_begin(&p, 0);
    for (int i = 1; i <= 10; i++)
        pace_count(&p, i, ns(10 + i));
    assert_true(pace_of(&p) < 1.1);
}

static void a_machine_that_slows_down_is_followed(void **state)
{
    (void)state;
    struct pace p;
    double now_s = 0;
    pace_begin(&p, 0);
    for (int i = 1; i <= 120; i++) {
        now_s += i <= 60 ? 1 : 2;
        pace_count(&p, i, ns(now_s));
    }
    assert_true(pace_of(&p) > 1.75);
}

// 60 s at 0.1 s, then 0.2: the slow window, 18 s long, would still be at 0.135 after 8 s.
static void a_change_of_speed_is_told_from_scatter(void **state)
{
    (void)state;
    struct pace p;
    double at_s = 0;
    int done = 0;
    pace_begin(&p, 0);
    for (; done < 600; at_s += 0.1)
        pace_count(&p, ++done, ns(at_s + 0.1));
    for (int i = 0; i < 40; i++, at_s += 0.2)
        pace_count(&p, ++done, ns(at_s + 0.2));
    assert_true(pace_of(&p) > 0.16);
    struct pace q;
    pace_begin(&q, 0);
    at_s = 0;
    for (done = 0; done < 600;) { // as scattered as that
        at_s += done % 2 == 0 ? 0.02 : 0.18;
        pace_count(&q, ++done, ns(at_s));
        if (done > 100)
            assert_near(pace_of(&q), 0.1, 0.01);
    }
}

static void one_long_step_is_bounded(void **state)
{
    (void)state;
    struct pace p;
    pace_begin(&p, 0);
    for (int i = 1; i <= 50; i++)
        pace_count(&p, i, ns(i));
    pace_count(&p, 51, ns(50 + 1000));
    assert_true(pace_of(&p) < 2.5);
}

static void smaller_and_equal_counts_are_ignored(void **state)
{
    (void)state;
    struct pace p;
    pace_begin(&p, 0);
    pace_count(&p, 5, ns(5));
    struct pace before = p;
    pace_count(&p, 5, ns(6));
    pace_count(&p, 4, ns(7));
    assert_memory_equal(&p, &before, sizeof(p));
}

static void the_time_before_a_waiting_start_does_not_count(void **state)
{
    (void)state;
    struct pace p;
    double seconds, variance;
    pace_begin(&p, 0);
    pace_start(&p, 1, ns(100));
    assert_false(pace_seconds_per_work(&p, &seconds, &variance));
    pace_count(&p, 2, ns(101));
    assert_near(pace_of(&p), 1, 1e-6);
    pace_restart(&p, ns(200));
    assert_false(pace_seconds_per_work(&p, &seconds, &variance));
    pace_count(&p, 3, ns(203));
    assert_near(pace_of(&p), 3, 1e-6);
}

static void more_counts_make_it_surer(void **state)
{
    (void)state;
    struct pace p;
    double seconds, few, many;
    pace_begin(&p, 0);
    for (int i = 1; i <= 3; i++)
        pace_count(&p, i, ns(i));
    assert_true(pace_seconds_per_work(&p, &seconds, &few));
    for (int i = 4; i <= 40; i++)
        pace_count(&p, i, ns(i));
    assert_true(pace_seconds_per_work(&p, &seconds, &many));
    assert_true(many < few / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_counts_give_their_pace),
        cmocka_unit_test(one_slow_first_step_hardly_matters),
        cmocka_unit_test(a_machine_that_slows_down_is_followed),
        cmocka_unit_test(a_change_of_speed_is_told_from_scatter),
        cmocka_unit_test(one_long_step_is_bounded),
        cmocka_unit_test(smaller_and_equal_counts_are_ignored),
        cmocka_unit_test(the_time_before_a_waiting_start_does_not_count),
        cmocka_unit_test(more_counts_make_it_surer),
    };
    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
