// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <math.h>

#include "near.h"
#include "progress/ridge.h"
#include "simulation.h"

static struct belief wide(void)
{
    struct belief b = {.n = 2};
    b.cov[0][0] = b.cov[1][1] = 100;
    return b;
}

static void a_line_is_found(void **state)
{
    (void)state;
    struct rng rng = {1};
    struct ridge r = {0};
    for (int i = 0; i < 200; i++) {
        double x[RIDGE_MAX] = {1, rng_uniform(&rng, -2, 2)};
        ridge_add(&r, 2, x, 3 - 0.5 * x[1] + 0.1 * rng_normal(&rng), 1);
    }
    struct belief b = wide();
    belief_update(&b, &r, 0.01);
    assert_near(b.mean[0], 3, 0.03);
    assert_near(b.mean[1], -0.5, 0.03);
    double middle[RIDGE_MAX] = {1, 0}, far[RIDGE_MAX] = {1, 20};
    assert_near(belief_mean(&b, far), -7, 0.5);
    assert_near(belief_variance(&b, middle), 0.01 / 200, 2e-6);
    assert_true(belief_variance(&b, far) > 100 * belief_variance(&b, middle));
}

static void one_record_is_weighed_against_the_belief(void **state)
{
    (void)state;
    struct ridge r = {0};
    double x[RIDGE_MAX] = {1};
    struct belief b = {.n = 1};
    b.cov[0][0] = 1;
    ridge_add(&r, 1, x, 4, 1);
    belief_update(&b, &r, 3);
    assert_near(b.mean[0], 1, 1e-9); // 4 × 1 / (1 + 3)
    assert_near(b.cov[0][0], 0.75, 1e-9);
}

static void pools_add_up_and_can_be_taken_apart(void **state)
{
    (void)state;
    struct ridge a = {0}, b = {0}, both = {0};
    double x1[RIDGE_MAX] = {1, 2}, x2[RIDGE_MAX] = {1, -1};
    ridge_add(&a, 2, x1, 5, 1);
    ridge_add(&b, 2, x2, 3, 0.5);
    ridge_pool(&both, &a, 1);
    ridge_pool(&both, &b, 1);
    ridge_pool(&both, &a, -1);
    for (int i = 0; i < 3; i++)
        assert_near(both.xx[i], b.xx[i], 1e-12);
    assert_near(both.weight, 0.5, 1e-12);
    ridge_forget(&both, 0.5);
    assert_near(both.xy[0], 0.75, 1e-12);
}

static void a_shift_is_as_if_all_had_been_seen_elsewhere(void **state)
{
    (void)state;
    struct ridge a = {0}, b = {0};
    double x1[RIDGE_MAX] = {1, 2}, x2[RIDGE_MAX] = {1, -1};
    ridge_add(&a, 2, x1, 5, 1);
    ridge_add(&a, 2, x2, 3, 0.5);
    ridge_add(&b, 2, x1, 5.7, 1);
    ridge_add(&b, 2, x2, 3.7, 0.5);
    ridge_shift(&a, 0.7);
    for (int i = 0; i < 2; i++)
        assert_near(a.xy[i], b.xy[i], 1e-12);
}

static void nothing_seen_changes_nothing(void **state)
{
    (void)state;
    struct ridge none = {0};
    struct belief b = wide();
    belief_update(&b, &none, 1);
    assert_near(b.cov[0][0], 100, 0);
    double sigma[RIDGE_MAX] = {3, 0};
    belief_widen(&b, sigma);
    assert_near(b.cov[0][0], 109, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_found),
        cmocka_unit_test(one_record_is_weighed_against_the_belief),
        cmocka_unit_test(pools_add_up_and_can_be_taken_apart),
        cmocka_unit_test(a_shift_is_as_if_all_had_been_seen_elsewhere),
        cmocka_unit_test(nothing_seen_changes_nothing),
    };
    return cmocka_run_group_tests_name("ridge", tests, NULL, NULL);
}
