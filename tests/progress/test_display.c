// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/display.h"

static void a_right_estimate_is_shown_as_a_straight_line(void **state)
{
    (void)state;
    for (double total = 2; total < 2000; total *= 3) {
        struct display x = {0, 0};
        double step = total / 200;
        for (double t = step; t < 0.98 * total; t += step) {
            display_step(&x, step, t, total - t);
            assert_near(x.d, t / total, 0.005);
        }
    }
}

static void it_never_falls_and_never_reaches_1(void **state)
{
    (void)state;
    struct display x = {0, 0};
    for (int i = 1; i < 5000; i++) {
        double before = x.d;
        display_step(&x, 0.1, 0.1 * i, i % 7 == 0 ? 1e6 : i % 5 == 0 ? 0 : 30);
        assert_true(x.d >= before && x.d <= 0.998 && x.v >= 0 && isfinite(x.v));
    }
    display_step(&x, -1, -5, -3);
    assert_true(isfinite(x.d));
}

static void a_long_job_moves_less_than_1_percent_in_half_a_second(void **state)
{
    (void)state;
    struct display x = {0, 0};
    display_step(&x, 0.5, 50, 30); // far behind
    assert_true(x.d > 0.005 && x.d <= 0.0101);
}

static void a_short_job_may_catch_up(void **state)
{
    (void)state;
    struct display x = {0, 0};
    double natural = 0.5 / (0.7 * 1); // half a second of what is left
    display_step(&x, 0.5, 2, 1);
    assert_true(x.d > 0.3 && x.d < 3 * natural);
}

static void an_estimate_that_grows_slows_it_but_does_not_stop_it(void **state)
{
    (void)state;
    struct display x = {0.8, 0};
    display_step(&x, 1, 50, 100);
    assert_near(x.d - 0.8, 0.15 * 0.2 / 100, 1e-9);
}

static void a_long_step_does_not_overshoot(void **state)
{
    (void)state;
    struct display x = {0.1, 0};
    display_step(&x, 60, 300, 300);
    assert_true(x.d <= 0.6);
}

static void a_viewer_coasts_and_slows_down_when_news_is_overdue(void **state)
{
    (void)state;
    assert_near(display_coast(0.5, 0.01, 1, 2), 0.51, 1e-12);
    assert_near(display_coast(0.5, 0.01, 12, 2), 0.52 + 0.015, 1e-12);
    assert_near(display_coast(0.5, 0.01, 1e6, 2), 0.998, 1e-12);
    assert_near(display_coast(0.999, 0.01, 3, 2), 0.999, 1e-12);
    assert_near(display_coast(0.5, 0.01, -3, 2), 0.5, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_estimate_is_shown_as_a_straight_line),
        cmocka_unit_test(it_never_falls_and_never_reaches_1),
        cmocka_unit_test(a_long_job_moves_less_than_1_percent_in_half_a_second),
        cmocka_unit_test(a_short_job_may_catch_up),
        cmocka_unit_test(an_estimate_that_grows_slows_it_but_does_not_stop_it),
        cmocka_unit_test(a_long_step_does_not_overshoot),
        cmocka_unit_test(a_viewer_coasts_and_slows_down_when_news_is_overdue),
    };
    return cmocka_run_group_tests_name("display", tests, NULL, NULL);
}
