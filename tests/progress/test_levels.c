// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include <stddef.h>

#include "progress/levels.h"

static struct regression usual(double frames)
{
    struct prior shipped;
    struct regression reg;
    struct features f = {.has_frames_upscale = true, .frames_upscale = (uint64_t)frames};
    prior_shipped(EXPORT_FRAMING_AI, &shipped);
    prior_regress(&shipped, &f, &reg);
    return reg;
}

// n jobs that took exp(off) times as long as shipped.
static struct level_row jobs(int n, double off)
{
    struct level_row row = {.count = n, .squares = n * 0.0225};
    for (int i = 0; i < n; i++) {
        double x[RIDGE_MAX];
        struct regression reg = usual(100 + 50 * i);
        level_x(PHASE_UPSCALE, &reg, x);
        ridge_add(&row.ridge, 5, x, off, 1);
    }
    return row;
}

static double believed(const struct level_pools *pools, double *ret_sigma)
{
    double x[RIDGE_MAX];
    struct belief b;
    struct regression reg = usual(300);
    level_x(PHASE_UPSCALE, &reg, x);
    level_believe(pools, PHASE_UPSCALE, 0.6, &b);
    *ret_sigma = sqrt(belief_variance(&b, x) + level_scatter(pools->own, PHASE_UPSCALE));
    return belief_mean(&b, x);
}

static void nothing_seen_is_as_wide_as_shipped(void **state)
{
    (void)state;
    double sigma;
    struct level_pools none = {.own = NULL};
    assert_near(believed(&none, &sigma), 0, 1e-9);
    assert_near(sigma, 0.6, 0.01);
}

static void nearer_records_say_more(void **state)
{
    (void)state;
    double other_type_sigma, other_device_sigma, own_sigma;
    struct level_row seen = jobs(10, 1);
    struct level_pools types = {.types = seen.ridge};
    struct level_pools devices = {.devices = seen.ridge};
    struct level_pools own = {.own = &seen};
    double a = believed(&types, &other_type_sigma);
    double b = believed(&devices, &other_device_sigma);
    double c = believed(&own, &own_sigma);
    assert_true(a > 0.7 && b > a && c > b && c < 1.01);
    assert_true(other_type_sigma > other_device_sigma && other_device_sigma > own_sigma);
}

// However many they are, they know no better than their device is like this one.
static void records_of_another_device_share_what_it_has_of_its_own(void **state)
{
    (void)state;
    double one = level_worth(PHASE_UPSCALE, 1, false), many = 1000;
    assert_near(one, 1 / (1 + 0.09 / 0.0225), 1e-9);
    assert_true(many * level_worth(PHASE_UPSCALE, many, false) < 0.0225 / 0.09);
    assert_true(level_worth(PHASE_UPSCALE, 5, true) < level_worth(PHASE_UPSCALE, 5, false));
    assert_true(level_worth(PHASE_PROCESS, 5, true) < level_worth(PHASE_UPSCALE, 5, true));
}

static void scatter_is_learnt_from_errors(void **state)
{
    (void)state;
    struct level_row calm = {.squares = 20 * 0.0025, .count = 20};
    assert_near(sqrt(level_scatter(NULL, PHASE_UPSCALE)), 0.15, 1e-9);
    assert_near(sqrt(level_scatter(&calm, PHASE_UPSCALE)), 0.076, 0.002);
}

static void what_is_told_is_what_is_believed(void **state)
{
    (void)state;
    double x[RIDGE_MAX];
    struct prior p, shipped;
    struct belief b = {.n = 4, .mean = {0.5, 0.1, -0.2, 0.3}};
    struct regression reg = usual(2000);
    prior_shipped(EXPORT_FRAMING_AI, &shipped);
    p = shipped;
    level_tell(&b, PHASE_UPSCALE, p.beta[PHASE_UPSCALE]);
    level_x(PHASE_UPSCALE, &reg, x);
    assert_near(prior_line(&p, PHASE_UPSCALE, &reg),
                level_shipped(&shipped, PHASE_UPSCALE, &reg) + belief_mean(&b, x), 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_seen_is_as_wide_as_shipped),
        cmocka_unit_test(nearer_records_say_more),
        cmocka_unit_test(records_of_another_device_share_what_it_has_of_its_own),
        cmocka_unit_test(scatter_is_learnt_from_errors),
        cmocka_unit_test(what_is_told_is_what_is_believed),
    };
    return cmocka_run_group_tests_name("levels", tests, NULL, NULL);
}
