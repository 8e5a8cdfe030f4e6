// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/baseline_fit.h"

#include "near.h"
#include "test.h"

static struct record job(double frames, double total_s)
{
    struct record r = {
        .type = EXPORT_FRAMING_AI,
        .features = {.has_frames_upscale = true, .frames_upscale = (uint64_t)frames},
        .total_s = total_s,
        .by_worker = true,
    };
    r.phases[PHASE_UPSCALE] = (struct record_phase){
        .present = true, .busy_s = total_s * 0.75, .wall_s = total_s * 0.8};
    r.phases[PHASE_ENCODE] = (struct record_phase){.present = true, .wall_s = total_s * 0.25};
    return r;
}

static void without_history_a_bar_is_simulated_as_published(void **state)
{
    (void)state;
    struct baseline_fit fit = {0};
    double weights[PHASE_COUNT];
    assert_near(baseline_total_s(&fit, EXPORT_FRAMING_AI, true, 225), 190, 1e-9);
    assert_near(baseline_total_s(&fit, EXPORT_FRAMING_AI, false, 0), 60, 1e-9);
    assert_false(baseline_weights(&fit, EXPORT_FRAMING_AI, weights));
}

static void a_line_is_found_again(void **state)
{
    (void)state;
    struct baseline_fit fit = {0};
    for (int n = 10; n <= 100; n += 10) {
        struct record r = job(n, 4 + 0.5 * n);
        baseline_learn(&fit, &r);
    }
    assert_near(baseline_total_s(&fit, EXPORT_FRAMING_AI, true, 200), 104, 1e-3);
    assert_near(baseline_total_s(&fit, EXPORT_FRAMING_AI, false, 0), 4 + 0.5 * 55, 1e-3);
    assert_near(baseline_total_s(&fit, EXPORT_OVERLAY, true, 225), 190, 1e-9);
}

static void neither_part_of_the_line_is_negative(void **state)
{
    (void)state;
    struct baseline_fit steep = {0};
    struct baseline_fit falling = {0};
    for (int n = 10; n <= 40; n += 10) {
        struct record r = job(n, 0.01 * n * n);
        baseline_learn(&steep, &r);
        r = job(n, 50 - n);
        baseline_learn(&falling, &r);
    }
    assert_true(baseline_total_s(&steep, EXPORT_FRAMING_AI, true, 0) >= 0);
    assert_true(baseline_total_s(&steep, EXPORT_FRAMING_AI, true, 20) > 0);
    assert_true(baseline_total_s(&falling, EXPORT_FRAMING_AI, true, 1000) > 0);
}

static void shares_are_of_the_phases_own_seconds(void **state)
{
    (void)state;
    struct baseline_fit fit = {0};
    double weights[PHASE_COUNT];
    struct record r = job(10, 8);
    baseline_learn(&fit, &r);
    assert_true(baseline_weights(&fit, EXPORT_FRAMING_AI, weights));
    assert_near(weights[PHASE_UPSCALE], 0.75, 1e-9);
    assert_near(weights[PHASE_ENCODE], 0.25, 1e-9);
}

static void what_teaches_the_model_nothing_teaches_no_baseline(void **state)
{
    (void)state;
    struct baseline_fit fit = {0};
    struct record r = job(10, 8);
    r.censored = true;
    baseline_learn(&fit, &r);
    assert_int_equal(fit.types[EXPORT_FRAMING_AI].count, 0);
}

static void the_newest_jobs_are_kept(void **state)
{
    (void)state;
    struct baseline_fit fit = {0};
    for (int i = 0; i < 3 * BASELINE_RUNS; i++) {
        struct record r = job(10, i < 2 * BASELINE_RUNS ? 100 : 20);
        baseline_learn(&fit, &r);
    }
    assert_near(baseline_total_s(&fit, EXPORT_FRAMING_AI, true, 10), 20, 1e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_history_a_bar_is_simulated_as_published),
        cmocka_unit_test(a_line_is_found_again),
        cmocka_unit_test(neither_part_of_the_line_is_negative),
        cmocka_unit_test(shares_are_of_the_phases_own_seconds),
        cmocka_unit_test(what_teaches_the_model_nothing_teaches_no_baseline),
        cmocka_unit_test(the_newest_jobs_are_kept),
    };
    return cmocka_run_group_tests_name("baseline_fit", tests, NULL, NULL);
}
