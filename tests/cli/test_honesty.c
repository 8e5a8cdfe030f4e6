// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/honesty.h"

#include <math.h>

#include "test.h"

#define SECOND INT64_C(1000000000)

static void a_straight_bar_has_no_error(void **state)
{
    (void)state;
    struct honesty h = {0};
    for (int i = 0; i <= 1000; i++)
        honesty_add(&h, i * SECOND / 10, i / 1000.0);
    double mean = 1;
    double worst = 1;
    honesty_errors(&h, 100 * SECOND, &mean, &worst);
    assert_true(mean < 1e-12 && worst < 1e-12);
    honesty_done(&h);
}

static void a_bar_that_sticks_at_half_is_off_by_a_quarter(void **state)
{
    (void)state;
    struct honesty h = {0};
    for (int i = 0; i <= 1000; i++)
        honesty_add(&h, i * SECOND / 10, 0.5);
    double mean = 0;
    double worst = 0;
    honesty_errors(&h, 100 * SECOND, &mean, &worst);
    assert_true(fabs(mean - 0.25) < 0.001);
    assert_true(fabs(worst - 0.5) < 1e-12);
    honesty_done(&h);
}

static void samples_behind_the_end_and_too_close_together_do_not_count(void **state)
{
    (void)state;
    struct honesty h = {0};
    honesty_add(&h, 0, 0);
    honesty_add(&h, 1, 0.9); // a nanosecond later
    honesty_add(&h, 20 * SECOND, 0.1);
    double mean = 1;
    double worst = 1;
    honesty_errors(&h, 10 * SECOND, &mean, &worst);
    assert_true(mean == 0 && worst == 0);
    honesty_done(&h);
}

static void no_samples_no_error(void **state)
{
    (void)state;
    struct honesty h = {0};
    double mean = 1;
    double worst = 1;
    honesty_errors(&h, SECOND, &mean, &worst);
    assert_true(mean == 0 && worst == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_straight_bar_has_no_error),
        cmocka_unit_test(a_bar_that_sticks_at_half_is_off_by_a_quarter),
        cmocka_unit_test(samples_behind_the_end_and_too_close_together_do_not_count),
        cmocka_unit_test(no_samples_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
