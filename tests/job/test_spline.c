// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/spline.h"

#include <math.h>

#include "test.h"

struct key {
    double value;
    double time_s;
};

static const struct key keys[] = {{0, 1}, {10, 2}, {30, 3}, {20, 5}};

static double at(size_t count, double time_s)
{
    struct spline_span span = spline_find(&keys->time_s, sizeof(*keys), count, time_s);
    double values[4];
    for (int i = 0; i < 4; i++)
        values[i] = keys[span.at[i]].value;
    return spline_value(values, span.u);
}

static void assert_near(double got, double expected)
{
    if (fabs(got - expected) > 1e-12)
        fail_msg("%.15g is not %.15g", got, expected);
}

static void the_curve_passes_through_its_keyframes(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_near(at(4, keys[i].time_s), keys[i].value);
}

static void it_holds_before_the_first_and_after_the_last(void **state)
{
    (void)state;
    assert_near(at(4, -7), 0);
    assert_near(at(4, 7), 20);
    assert_near(at(1, 1.5), 0);
}

static void between_it_is_the_cubic_of_its_four_neighbours(void **state)
{
    (void)state;
    // (−p0 + 9 p1 + 9 p2 − p3) / 16 in the middle
    assert_near(at(4, 2.5), (-0 + 9 * 10 + 9 * 30 - 20) / 16.0);
    assert_near(at(4, 1.5), (-0 + 9 * 0 + 9 * 10 - 30) / 16.0); // the first one doubled
    assert_near(at(4, 4), (-10 + 9 * 30 + 9 * 20 - 20) / 16.0); // the last one doubled
    assert_near(at(2, 1.5), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_curve_passes_through_its_keyframes),
        cmocka_unit_test(it_holds_before_the_first_and_after_the_last),
        cmocka_unit_test(between_it_is_the_cubic_of_its_four_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
