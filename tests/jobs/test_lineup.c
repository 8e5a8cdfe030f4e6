// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <math.h>

#include "jobs/lineup.h"

#define ABOUT(x, expected) assert_true(fabs((x) - (expected)) < 1e-6)

static void known_times_are_added_up(void **state)
{
    (void)state;
    const struct lineup_job running[] = {{10, 0, 0}, {4, 0, 0}};
    const struct lineup_job waiting[] = {{20, 0, 0}, {5, 0, 0}, {5, 0, 0}};
    struct lineup_wait waits[3];
    const struct lineup lineup = {running, 2, waiting, 3, 2, 9};
    lineup_forecast(&lineup, waits);
    ABOUT(waits[0].median_s, 4);  // until 24
    ABOUT(waits[1].median_s, 10); // until 15
    ABOUT(waits[2].median_s, 15);
    ABOUT(waits[2].low_s, 15);
    ABOUT(waits[2].high_s, 15);
}

static void a_free_worker_means_no_wait(void **state)
{
    (void)state;
    const struct lineup_job running[] = {{10, 1, 0}};
    const struct lineup_job waiting[] = {{20, 1, 0}};
    struct lineup_wait wait;
    const struct lineup lineup = {running, 1, waiting, 1, 2, 2};
    lineup_forecast(&lineup, &wait);
    ABOUT(wait.high_s, 0);
}

static void unknown_times_widen_with_each_place(void **state)
{
    (void)state;
    const struct lineup_job running[] = {{10, 0.5, 0}};
    struct lineup_job waiting[20];
    struct lineup_wait waits[20];
    for (int i = 0; i < 20; i++)
        waiting[i] = (struct lineup_job){10, 0.5, 0};
    const struct lineup lineup = {running, 1, waiting, 20, 1, 1};
    lineup_forecast(&lineup, waits);
    for (int i = 0; i < 20; i++) {
        assert_true(waits[i].low_s < waits[i].median_s && waits[i].median_s < waits[i].high_s);
        assert_true(i == 0 || waits[i].median_s > waits[i - 1].median_s);
    }
    assert_true(waits[19].high_s - waits[19].low_s > 4 * (waits[0].high_s - waits[0].low_s));
    // ln-normal with σ ½: the mean of twenty is 10 e^(1/8) each; half of the spread is common
    assert_in_range((int)waits[19].median_s, 200, 250);
}

static void a_user_at_the_limit_lets_others_pass(void **state)
{
    (void)state;
    const struct lineup_job running[] = {{10, 0, 0}};
    const struct lineup_job waiting[] = {{5, 0, 0}, {3, 0, 1}};
    struct lineup_wait waits[2];
    const struct lineup lineup = {running, 1, waiting, 2, 2, 1};
    lineup_forecast(&lineup, waits);
    ABOUT(waits[0].median_s, 10);
    ABOUT(waits[1].median_s, 0);
}

// Two workers become free at the same moment, and only one of them frees its user's place.
static void ties_come_to_an_end(void **state)
{
    (void)state;
    const struct lineup_job running[] = {{7, 0, 0}, {7, 0, 1}};
    const struct lineup_job waiting[] = {{2, 0, 0}, {2, 0, 0}, {2, 0, 0}};
    struct lineup_wait waits[3];
    const struct lineup lineup = {running, 2, waiting, 3, 3, 1};
    lineup_forecast(&lineup, waits);
    ABOUT(waits[0].median_s, 7);
    ABOUT(waits[1].median_s, 9);
    ABOUT(waits[2].median_s, 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_times_are_added_up),
        cmocka_unit_test(a_free_worker_means_no_wait),
        cmocka_unit_test(unknown_times_widen_with_each_place),
        cmocka_unit_test(a_user_at_the_limit_lets_others_pass),
        cmocka_unit_test(ties_come_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
