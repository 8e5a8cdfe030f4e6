// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/spread.h"

#include <math.h>

#include "test.h"

static void quantiles_lie_between_the_values(void **state)
{
    (void)state;
    double values[] = {5, 1, 4, 2, 3};
    struct spread s;
    spread_of(values, 5, &s);
    assert_int_equal(s.n, 5);
    assert_true(fabs(s.mean - 3) < 1e-12 && s.median == 3);
    assert_true(fabs(s.deviation - sqrt(2.5)) < 1e-12);
    assert_true(fabs(s.low - 1.4) < 1e-12 && fabs(s.high - 4.6) < 1e-12);
}

static void one_value_is_all_of_them(void **state)
{
    (void)state;
    double value = 7;
    struct spread s;
    spread_of(&value, 1, &s);
    assert_true(s.mean == 7 && s.low == 7 && s.high == 7 && s.deviation == 0);
}

static void no_value_is_nothing(void **state)
{
    (void)state;
    struct spread s;
    spread_of(NULL, 0, &s);
    assert_true(s.n == 0 && s.median == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_lie_between_the_values),
        cmocka_unit_test(one_value_is_all_of_them),
        cmocka_unit_test(no_value_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
