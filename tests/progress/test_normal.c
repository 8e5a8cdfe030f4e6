// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/normal.h"

static void quantile_and_cdf_undo_each_other(void **state)
{
    (void)state;
    for (double p = 0.0005; p < 1; p += 0.0005)
        assert_near(normal_cdf(normal_quantile(p)), p, 1e-8);
}

static void known_values_come_out(void **state)
{
    (void)state;
    assert_near(normal_quantile(0.9), 1.2815515655, 1e-7);
    assert_near(normal_cdf(1.96), 0.9750021049, 1e-9);
    assert_near(normal_mean_above(0), 0.7978845608, 1e-9);
}

static void the_mean_above_is_above_and_smooth_where_the_formula_changes(void **state)
{
    (void)state;
    for (double a = -6; a < 40; a += 0.1)
        assert_true(normal_mean_above(a) > a);
    assert_near(normal_mean_above(7.999), normal_mean_above(8.001), 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantile_and_cdf_undo_each_other),
        cmocka_unit_test(known_values_come_out),
        cmocka_unit_test(the_mean_above_is_above_and_smooth_where_the_formula_changes),
    };
    return cmocka_run_group_tests_name("normal", tests, NULL, NULL);
}
