// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/calibration.h"

static struct estimate usual(void)
{
    return (struct estimate){.low_s = 80, .median_s = 100, .high_s = 130};
}

static void what_was_not_learnt_changes_nothing(void **state)
{
    (void)state;
    struct calibration c;
    struct estimate e = usual();
    calibration_init(&c);
    calibration_apply(&c, 0.3, &e);
    assert_near(e.low_s, 80, 0);
    assert_near(e.high_s, 130, 0);
}

static void the_ends_go_where_the_scores_say(void **state)
{
    (void)state;
    struct calibration c;
    struct estimate e = usual();
    double sigma = log(130.0 / 80) / (2 * 1.28155);
    calibration_init(&c);
    c.learnt = true;
    for (int i = 0; i < RECORD_CHECKS; i++) {
        c.low[i] = -1;
        c.middle[i] = 0.5F;
        c.high[i] = 3;
    }
    assert_near(calibration_sigma(&e), sigma, 1e-4);
    calibration_apply(&c, 0.5, &e);
    assert_near(e.low_s, 100 * exp(-sigma), 0.01);
    assert_near(e.median_s, 100 * exp(0.5 * sigma), 0.01);
    assert_near(e.high_s, 100 * exp(3 * sigma), 0.05);
}

static void nothing_leaps_between_the_eighths(void **state)
{
    (void)state;
    struct calibration c;
    calibration_init(&c);
    c.learnt = true;
    for (int i = 0; i < RECORD_CHECKS; i++)
        c.middle[i] = (float)(i % 2);
    double last = 0;
    for (int i = 0; i <= 1000; i++) {
        struct estimate e = usual();
        calibration_apply(&c, i / 1000.0, &e);
        assert_true(i == 0 || fabs(e.median_s - last) < 0.5);
        last = e.median_s;
    }
    struct estimate e = usual();
    calibration_apply(&c, 1.5 / RECORD_CHECKS, &e); // the middle of the second eighth
    assert_near(e.median_s, 100 * exp(calibration_sigma(&(struct estimate){80, 100, 130, {0}})),
                0.01);
}

static void an_estimate_of_nothing_left_has_a_width_still(void **state)
{
    (void)state;
    struct estimate e = {.low_s = 0};
    assert_true(calibration_sigma(&e) > 0 && isfinite(calibration_sigma(&e)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_learnt_changes_nothing),
        cmocka_unit_test(the_ends_go_where_the_scores_say),
        cmocka_unit_test(nothing_leaps_between_the_eighths),
        cmocka_unit_test(an_estimate_of_nothing_left_has_a_width_still),
    };
    return cmocka_run_group_tests_name("calibration", tests, NULL, NULL);
}
