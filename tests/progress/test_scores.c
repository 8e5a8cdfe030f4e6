// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/normal.h"
#include "progress/scores.h"
#include "simulation.h"

// A run of 100 s of which each check foresaw the time left with an error of this many σ.
static struct record run_with(double score, double sigma)
{
    struct record r = {.total_s = 100};
    for (int i = 0; i < RECORD_CHECKS; i++) {
        double elapsed_s = 12 * i;
        r.checks[i] = (struct record_check){
            .elapsed_s = (float)elapsed_s,
            .left_s = (float)((100 - elapsed_s) / exp(sigma * score)),
            .sigma = (float)sigma};
    }
    return r;
}

static void without_runs_it_is_gaussian_and_a_little_wider(void **state)
{
    (void)state;
    struct scores s;
    struct calibration c;
    scores_init(&s);
    scores_calibrate(&s, &c);
    assert_false(c.learnt);
    for (int i = 0; i < RECORD_CHECKS; i++) {
        assert_near((double)c.low[i], -1.65, 0.15);
        assert_near((double)c.middle[i], 0, 0.01);
        assert_near((double)c.high[i], 1.65, 0.15);
    }
}

static void many_runs_set_the_quantiles(void **state)
{
    (void)state;
    struct rng rng = {3};
    struct scores s;
    struct calibration c;
    scores_init(&s);
    for (int i = 0; i < 300; i++) { // wider than it says, and later
        struct record r = run_with(1 + 2 * rng_normal(&rng), 0.2);
        assert_int_equal(scores_learn(&s, &r), RECORD_CHECKS);
    }
    scores_calibrate(&s, &c);
    assert_true(c.learnt);
    assert_near((double)c.middle[3], 1, 0.5);
    assert_near((double)c.high[3], 1 + 2 * 1.28, 0.8);
    assert_near((double)c.low[3], 1 - 2 * 1.28, 0.8);
}

static void a_few_runs_move_it_a_little(void **state)
{
    (void)state;
    struct scores s;
    struct calibration c;
    scores_init(&s);
    for (int i = 0; i < 3; i++) {
        struct record r = run_with(2, 0.2);
        (void)scores_learn(&s, &r);
    }
    scores_calibrate(&s, &c);
    assert_true(c.middle[3] > 0.1F && c.middle[3] < 1.8F);
}

// Coverage stays what it aims at though the errors grow all the time.
static void what_is_covered_is_held_while_errors_grow(void **state)
{
    (void)state;
    struct rng rng = {8};
    struct scores s;
    int inside = 0, runs = 600;
    scores_init(&s);
    for (int i = 0; i < runs; i++) {
        struct calibration c;
        double score = (1 + 3.0 * i / runs) * rng_normal(&rng);
        scores_calibrate(&s, &c);
        inside += score >= (double)c.low[4] && score <= (double)c.high[4];
        struct record r = run_with(score, 0.2);
        (void)scores_learn(&s, &r);
    }
    assert_near((double)inside / runs, 0.8, 0.035);
}

static void checks_that_say_nothing_are_not_scores(void **state)
{
    (void)state;
    struct scores s;
    struct record r = run_with(1, 0.2);
    scores_init(&s);
    r.checks[2].left_s = 0;
    r.checks[3].sigma = 0;
    r.checks[4].elapsed_s = 101; // after the end
    assert_int_equal(scores_learn(&s, &r), RECORD_CHECKS - 3);
    r = (struct record){.total_s = 5};
    assert_int_equal(scores_learn(&s, &r), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_runs_it_is_gaussian_and_a_little_wider),
        cmocka_unit_test(many_runs_set_the_quantiles),
        cmocka_unit_test(a_few_runs_move_it_a_little),
        cmocka_unit_test(what_is_covered_is_held_while_errors_grow),
        cmocka_unit_test(checks_that_say_nothing_are_not_scores),
    };
    return cmocka_run_group_tests_name("scores", tests, NULL, NULL);
}
