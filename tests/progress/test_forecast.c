// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/forecast.h"

static struct forecast two_phases(void)
{
    struct forecast f = {.present = 1u << PHASE_UPSCALE | 1u << PHASE_ENCODE};
    f.mean[PHASE_UPSCALE] = 3;
    f.mean[PHASE_ENCODE] = 1;
    f.cov[PHASE_UPSCALE][PHASE_UPSCALE] = 0.5;
    f.cov[PHASE_ENCODE][PHASE_ENCODE] = 0.4;
    f.cov[PHASE_UPSCALE][PHASE_ENCODE] = f.cov[PHASE_ENCODE][PHASE_UPSCALE] = 0.3;
    return f;
}

static void an_exact_time_settles_its_phase_and_moves_the_other(void **state)
{
    (void)state;
    struct forecast f = two_phases();
    forecast_observe(&f, PHASE_UPSCALE, 4, 0);
    assert_near(f.mean[PHASE_UPSCALE], 4, 1e-5);
    assert_near(f.cov[PHASE_UPSCALE][PHASE_UPSCALE], 0, 1e-5);
    assert_near(f.mean[PHASE_ENCODE], 1 + 0.3 / 0.5, 1e-4);
    assert_near(f.cov[PHASE_ENCODE][PHASE_ENCODE], 0.4 - 0.3 * 0.3 / 0.5, 1e-4);
}

static void a_noisy_time_moves_by_its_share_of_the_belief(void **state)
{
    (void)state;
    struct forecast f = two_phases();
    forecast_observe(&f, PHASE_UPSCALE, 4, 0.5);
    assert_near(f.mean[PHASE_UPSCALE], 3.5, 1e-4);
    assert_near(f.cov[PHASE_UPSCALE][PHASE_UPSCALE], 0.25, 1e-4);
    assert_near(f.mean[PHASE_ENCODE], 1.3, 1e-4);
}

static void surviving_long_makes_the_other_slower_too(void **state)
{
    (void)state;
    struct forecast f = two_phases();
    forecast_survive_others(&f, PHASE_UPSCALE, exp(4));
    assert_near(f.mean[PHASE_UPSCALE], 3, 1e-12);
    assert_true(f.mean[PHASE_ENCODE] > 1.5);
    assert_true(f.cov[PHASE_ENCODE][PHASE_ENCODE] < 0.4);
    struct forecast g = two_phases();
    forecast_survive(&g, PHASE_UPSCALE, exp(4), 0);
    assert_true(g.mean[PHASE_UPSCALE] > 4);
    assert_true(g.cov[PHASE_UPSCALE][PHASE_UPSCALE] > 0);
}

// Four seconds of a start that takes 50 ms: 44 σ, where no tail has a probability any more.
static void surviving_what_nothing_survives_stays_finite(void **state)
{
    (void)state;
    struct forecast f = two_phases(), g = two_phases();
    f.cov[PHASE_UPSCALE][PHASE_UPSCALE] = g.cov[PHASE_UPSCALE][PHASE_UPSCALE] = 0.01;
    f.cov[PHASE_UPSCALE][PHASE_ENCODE] = f.cov[PHASE_ENCODE][PHASE_UPSCALE] = 0.01;
    forecast_survive_others(&f, PHASE_UPSCALE, exp(3 + 4.4));
    assert_true(isfinite(f.mean[PHASE_ENCODE]) && f.mean[PHASE_ENCODE] > 1);
    assert_true(f.cov[PHASE_ENCODE][PHASE_ENCODE] >= 0);
    forecast_survive(&g, PHASE_UPSCALE, exp(3 + 4.4), 0);
    assert_near(g.mean[PHASE_UPSCALE], 7.4, 0.1);
    forecast_observe_limit(&g, PHASE_UPSCALE, -100, 0);
    assert_true(isfinite(g.mean[PHASE_UPSCALE]) && g.cov[PHASE_UPSCALE][PHASE_UPSCALE] > 0);
}

// Ten σ cannot be; rather it says nothing.
static void what_cannot_be_survived_moves_nothing_when_it_may_say_nothing(void **state)
{
    (void)state;
    struct forecast near = two_phases(), far = two_phases();
    forecast_survive(&near, PHASE_UPSCALE, exp(4), 0.02);
    assert_true(near.mean[PHASE_UPSCALE] > 3.9);
    forecast_survive(&far, PHASE_UPSCALE, exp(13), 0.02);
    assert_near(far.mean[PHASE_UPSCALE], 3, 1e-6);
    assert_near(far.cov[PHASE_UPSCALE][PHASE_UPSCALE],
                two_phases().cov[PHASE_UPSCALE][PHASE_UPSCALE], 1e-6);
}

// E[Z | Z < 0] = −√(2/π), its variance 1 − 2/π.
static void a_limit_cuts_off_what_is_above_it(void **state)
{
    (void)state;
    struct forecast f = two_phases(), g = two_phases(), before = two_phases();
    double c = before.cov[PHASE_UPSCALE][PHASE_UPSCALE];
    forecast_observe_limit(&f, PHASE_UPSCALE, 3, 0);
    assert_near(f.mean[PHASE_UPSCALE], 3 - sqrt(c) * 0.7978846, 1e-5);
    assert_near(f.cov[PHASE_UPSCALE][PHASE_UPSCALE], c * (1 - 2 / 3.14159265), 1e-5);
    assert_true(f.mean[PHASE_ENCODE] < before.mean[PHASE_ENCODE]);
    forecast_observe_limit(&g, PHASE_UPSCALE, 30, 0);
    assert_near(g.mean[PHASE_UPSCALE], 3, 1e-6);
}

static void quantiles_of_what_is_left_lie_beyond_what_was_survived(void **state)
{
    (void)state;
    struct forecast f = two_phases();
    assert_near(forecast_quantile(&f, PHASE_UPSCALE, 0, 0.5), exp(3), 1e-6);
    double before = 0;
    for (double s = 0.1; s < 1e6; s *= 1.5) {
        double q = forecast_quantile(&f, PHASE_UPSCALE, s, 0.5);
        assert_true(isfinite(q) && q >= s && q >= before);
        before = q;
    }
}

static void survival_falls_from_1_to_0(void **state)
{
    (void)state;
    struct forecast f = two_phases();
    assert_near(forecast_survival(&f, PHASE_UPSCALE, 0), 1, 1e-12);
    assert_near(forecast_survival(&f, PHASE_UPSCALE, exp(3)), 0.5, 1e-9);
    assert_true(forecast_survival(&f, PHASE_UPSCALE, 1e5) < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exact_time_settles_its_phase_and_moves_the_other),
        cmocka_unit_test(a_noisy_time_moves_by_its_share_of_the_belief),
        cmocka_unit_test(surviving_long_makes_the_other_slower_too),
        cmocka_unit_test(surviving_what_nothing_survives_stays_finite),
        cmocka_unit_test(what_cannot_be_survived_moves_nothing_when_it_may_say_nothing),
        cmocka_unit_test(a_limit_cuts_off_what_is_above_it),
        cmocka_unit_test(quantiles_of_what_is_left_lie_beyond_what_was_survived),
        cmocka_unit_test(survival_falls_from_1_to_0),
    };
    return cmocka_run_group_tests_name("forecast", tests, NULL, NULL);
}
