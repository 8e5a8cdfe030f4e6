// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/score.h"

#include <math.h>

#include "../progress/near.h"
#include "test.h"

enum { ROOM = 4001 };
#define SECOND INT64_C(1000000000)

struct bar {
    struct sample samples[ROOM];
    size_t count;
};

// A perfect bar of a job of total_s, sampled every half second.
static void perfect(struct bar *bar, double total_s)
{
    int64_t end_ns = (int64_t)(total_s * 1e9);
    bar->count = 0;
    for (int64_t t = 0; t <= end_ns; t += SECOND / 2) {
        double left_s = (double)(end_ns - t) * 1e-9;
        bar->samples[bar->count++] = (struct sample){
            .t_ns = t,
            .fraction = (double)t / (double)end_ns,
            .has_eta = true,
            .has_interval = true,
            .eta_s = left_s,
            .low_s = 0.9 * left_s,
            .high_s = 1.2 * left_s,
        };
    }
}

static struct score judge(const struct bar *bar, double total_s)
{
    struct score score;
    score_samples(bar->samples, bar->count, (int64_t)(total_s * 1e9), 0.5, &score);
    return score;
}

static void a_perfect_bar_has_no_error(void **state)
{
    (void)state;
    struct bar bar;
    perfect(&bar, 100);
    struct score s = judge(&bar, 100);
    assert_near(s.linearity + s.worst + s.churn, 0, 1e-9);
    for (int i = 0; i < SCORE_POINTS; i++)
        assert_true(s.told[i] && s.eta_error[i] < 1e-9 && s.eta_share[i] < 1e-9);
    assert_true(s.has_cover && s.below_high && s.inside && s.falls < 0.5);
    assert_near(s.width, 0.3, 1e-9);
    assert_near(s.jump, 0.005, 1e-9);
    assert_near(s.stall_s, 0, 1e-9);
    assert_near(s.cliff, 0, 1e-9);
    assert_near(s.at99, 0.01, 1e-9);
    assert_true(s.has_first && s.first_s < 1e-9);
}

static void a_bar_that_runs_ahead_is_off_by_how_far_it_is(void **state)
{
    (void)state;
    struct bar bar;
    perfect(&bar, 100);
    for (size_t i = 0; i < bar.count; i++)
        bar.samples[i].fraction = fmin(bar.samples[i].fraction + 0.1, 1);
    struct score s = judge(&bar, 100);
    assert_near(s.worst, 0.1, 1e-9);
    assert_near(s.linearity, 0.0955, 1e-3); // the last tenth is cut
}

static void falls_jumps_and_stalls_are_seen(void **state)
{
    (void)state;
    struct bar bar;
    perfect(&bar, 100);
    bar.samples[51].fraction = bar.samples[50].fraction - 0.01;
    struct score s = judge(&bar, 100);
    assert_near(s.falls, 1, 1e-9);
    perfect(&bar, 100);
    for (size_t i = 60; i < 80; i++)
        bar.samples[i].fraction = bar.samples[60].fraction;
    s = judge(&bar, 100);
    assert_near(s.stall_s, 9.5, 1e-9);
    assert_false(s.stalled);
    bar.samples[70].stalled = true;
    assert_true(judge(&bar, 100).stalled);
    assert_near(s.jump, 0.1, 1e-9);
}

static void the_last_glide_is_no_jump_but_leaves_a_cliff(void **state)
{
    (void)state;
    struct bar bar;
    perfect(&bar, 100);
    for (size_t i = 0; i < bar.count; i++)
        bar.samples[i].fraction *= 0.8;
    bar.samples[bar.count++] = (struct sample){.t_ns = 100 * SECOND + SECOND / 2, .fraction = 1};
    struct score s = judge(&bar, 100);
    assert_near(s.cliff, 0.2, 1e-9);
    assert_near(s.jump, 0.004, 1e-9);
}

static void an_eta_is_judged_where_it_was_said(void **state)
{
    (void)state;
    struct bar bar;
    perfect(&bar, 100);
    for (size_t i = 0; i < bar.count; i++) {
        bar.samples[i].has_eta = i >= 30;
        bar.samples[i].has_interval = i >= 30;
        bar.samples[i].eta_s *= 1.5;
        bar.samples[i].low_s *= 1.5;
        bar.samples[i].high_s *= 1.5;
    }
    struct score s = judge(&bar, 100);
    assert_false(s.told[0]);
    assert_true(s.told[1]);
    assert_near(s.eta_error[1], 0.5, 1e-9);
    assert_near(s.eta_share[1], 0.375, 1e-9);
    assert_true(s.has_cover && s.below_high && !s.inside);
    assert_near(s.first_s, 15, 1e-9);
    assert_near(s.churn, 0.5 * 0.85, 1e-9);
}

static void silence_is_not_coverage(void **state)
{
    (void)state;
    struct bar bar;
    perfect(&bar, 100);
    for (size_t i = 0; i < bar.count; i++)
        bar.samples[i].has_eta = bar.samples[i].has_interval = false;
    struct score s = judge(&bar, 100);
    assert_false(s.has_cover || s.has_width || s.has_first);
}

static void a_job_shorter_than_a_sample_can_be_judged(void **state)
{
    (void)state;
    struct sample samples[] = {{.t_ns = 0}, {.t_ns = 1000, .fraction = 0.25}};
    struct score s;
    score_samples(samples, 2, 1000, 0.9, &s);
    assert_near(s.cliff, 0.75, 1e-9);
    assert_near(s.worst, 0.75, 1e-9);
}

static void the_random_moment_depends_on_the_name_alone(void **state)
{
    (void)state;
    double sum = 0;
    for (int i = 0; i < 1000; i++) {
        char name[] = {(char)('a' + i % 26), (char)('a' + i / 26 % 26), (char)('a' + i / 676), 0};
        double moment = score_moment(name);
        assert_true(moment >= 0.05 && moment <= 0.95);
        assert_true(moment == score_moment(name));
        sum += moment;
    }
    assert_near(sum / 1000, 0.5, 0.03);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_perfect_bar_has_no_error),
        cmocka_unit_test(a_bar_that_runs_ahead_is_off_by_how_far_it_is),
        cmocka_unit_test(falls_jumps_and_stalls_are_seen),
        cmocka_unit_test(the_last_glide_is_no_jump_but_leaves_a_cliff),
        cmocka_unit_test(an_eta_is_judged_where_it_was_said),
        cmocka_unit_test(silence_is_not_coverage),
        cmocka_unit_test(a_job_shorter_than_a_sample_can_be_judged),
        cmocka_unit_test(the_random_moment_depends_on_the_name_alone),
    };
    return cmocka_run_group_tests_name("score", tests, NULL, NULL);
}
