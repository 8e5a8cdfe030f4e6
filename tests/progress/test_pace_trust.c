// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/pace_trust.h"

static struct evidence pace_at(double share)
{
    return (struct evidence){.state = EVIDENCE_RUNNING,
                             .counted = true,
                             .share = share,
                             .has_pace = true,
                             .pace_s = 100,
                             .pace_variance = 0.01};
}

static struct prior history(double jobs)
{
    static const float bias[PACE_CHECKS] = {-0.8F, -0.4F, -0.2F, -0.1F};
    struct prior p;
    int row = prior_counted(PHASE_UPSCALE);
    prior_shipped(EXPORT_FRAMING_AI, &p);
    for (int i = 0; i < PACE_CHECKS; i++) {
        p.pace_bias[row][i] = bias[i];
        p.pace_variance[row][i] = 0.04F;
    }
    p.pace_jobs[row] = (float)jobs;
    return p;
}

static void without_history_a_pace_is_worth_its_scatter_and_a_drift(void **state)
{
    (void)state;
    struct prior p;
    prior_shipped(EXPORT_FRAMING_AI, &p);
    struct evidence e = pace_at(0.2);
    pace_trust(&p, PHASE_UPSCALE, &e);
    assert_near(e.pace_bias, 0, 1e-12);
    assert_near(e.pace_variance, 0.01 + 0.1 * (double)p.restless * 0.8 / 0.2, 1e-9);
    assert_near(e.rest_variance, (double)p.restless, 1e-9);
}

static void what_came_of_such_paces_is_taken_over(void **state)
{
    (void)state;
    struct prior p = history(1e6);
    const struct {
        double share, bias, variance;
    } cases[] = {
        {1.0 / 16, -0.8, 0.04},
        {1.0 / 8, -0.4, 0.04},
        {1.0 / 4, -0.2, 0.04},
        {1.0 / 2, -0.1, 0.04},
        {1.0 / 32, -0.8, 0.08}, // earlier: less is known
        {0.75, -0.05, 0.02},    // later: less is left to be wrong about
        {1, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct evidence e = pace_at(cases[i].share);
        pace_trust(&p, PHASE_UPSCALE, &e);
        assert_near(e.pace_bias, cases[i].bias, 1e-4);
        assert_near(e.pace_variance, cases[i].variance, 1e-4);
        assert_near(e.rest_variance, 0, 1e-4);
    }
    struct evidence between = pace_at(0.09);
    pace_trust(&p, PHASE_UPSCALE, &between);
    assert_true(between.pace_bias > -0.8 && between.pace_bias < -0.4);
}

static void a_few_jobs_count_as_few(void **state)
{
    (void)state;
    struct prior p = history(8);
    struct evidence e = pace_at(0.5);
    pace_trust(&p, PHASE_UPSCALE, &e);
    double own = 0.01 + 0.1 * (double)p.restless;
    assert_near(e.pace_variance, 0.5 * own + 0.5 * 0.04, 1e-6);
    assert_near(e.rest_variance, 0.5 * (double)p.restless, 1e-6);
}

static void another_phase_has_paces_of_its_own(void **state)
{
    (void)state;
    struct prior p = history(1e6);
    struct evidence e = pace_at(0.5);
    pace_trust(&p, PHASE_ENCODE, &e);
    assert_near(e.pace_bias, 0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_history_a_pace_is_worth_its_scatter_and_a_drift),
        cmocka_unit_test(what_came_of_such_paces_is_taken_over),
        cmocka_unit_test(a_few_jobs_count_as_few),
        cmocka_unit_test(another_phase_has_paces_of_its_own),
    };
    return cmocka_run_group_tests_name("pace_trust", tests, NULL, NULL);
}
