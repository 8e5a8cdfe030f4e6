// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <math.h>

#include "near.h"
#include "progress/cusum.h"
#include "simulation.h"

static void three_jobs_far_off_are_noticed_and_two_are_not(void **state)
{
    (void)state;
    struct cusum c = {.up = {.sum = 0}};
    struct cusum_side side;
    assert_false(cusum_add(&c, 20, 0.7, 1000, &side));
    assert_false(cusum_add(&c, 20, 0.7, 2000, &side));
    assert_true(cusum_add(&c, 20, 0.7, 3000, &side));
    assert_int_equal(side.jobs, 3);
    assert_int_equal(side.since_ms, 1000);
    assert_near((double)side.errors / side.jobs, 0.7, 1e-6);
}

static void faster_is_noticed_as_well(void **state)
{
    (void)state;
    struct cusum c = {.up = {.sum = 0}};
    struct cusum_side side;
    (void)cusum_add(&c, -4, -1, 1, &side);
    (void)cusum_add(&c, -4, -1, 2, &side);
    assert_true(cusum_add(&c, -4, -1, 3, &side));
    assert_true(side.errors < 0);
}

static void one_wild_job_among_usual_ones_never_is(void **state)
{
    (void)state;
    struct cusum c = {.up = {.sum = 0}};
    struct cusum_side side;
    for (int i = 0; i < 100; i++)
        assert_false(cusum_add(&c, i % 5 == 0 ? 50 : 0, 1, i, &side));
}

// Student's t with 4 degrees of freedom, scaled to variance 1: Z / √(χ²₄ / 4) / √2.
static double heavy(struct rng *rng)
{
    double chi2 = 0;
    for (int i = 0; i < 4; i++) {
        double z = rng_normal(rng);
        chi2 += z * z;
    }
    return rng_normal(rng) / sqrt(chi2 / 4) / sqrt(2);
}

static void heavy_tails_alone_rarely_look_like_a_drift(void **state)
{
    (void)state;
    struct rng rng = {4};
    struct cusum c = {.up = {.sum = 0}};
    struct cusum_side side;
    int alarms = 0, jobs = 100000;
    for (int i = 0; i < jobs; i++)
        alarms += cusum_add(&c, heavy(&rng), 0, i, &side);
    print_message("# false alarms: one in %d jobs\n", alarms > 0 ? jobs / alarms : jobs);
    assert_true(alarms <= jobs / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_jobs_far_off_are_noticed_and_two_are_not),
        cmocka_unit_test(faster_is_noticed_as_well),
        cmocka_unit_test(one_wild_job_among_usual_ones_never_is),
        cmocka_unit_test(heavy_tails_alone_rarely_look_like_a_drift),
    };
    return cmocka_run_group_tests_name("cusum", tests, NULL, NULL);
}
