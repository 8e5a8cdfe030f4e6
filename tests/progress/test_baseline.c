// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/baseline.h"

#include "near.h"
#include "test.h"

static const struct features frames = {.has_frames_upscale = true, .frames_upscale = 100};
static const struct baseline_fit no_fit;

// A framing_ai job that upscales: so many of 100 frames upscaled and encoded, the download over.
static struct snapshot moment(double elapsed_s, uint64_t upscaled, uint64_t encoded)
{
    struct snapshot s = {.type = EXPORT_FRAMING_AI, .elapsed_ns = (int64_t)(elapsed_s * 1e9)};
    s.phases[PHASE_DOWNLOAD] = (struct phase_view){
        .state = PHASE_DONE, .has_fraction = true, .fraction = 1};
    s.phases[PHASE_INIT] = s.phases[PHASE_DOWNLOAD];
    s.phases[PHASE_UPSCALE] = (struct phase_view){.state = PHASE_RUNNING,
                                                  .has_total = true,
                                                  .done_units = upscaled,
                                                  .total_units = 100,
                                                  .has_fraction = true,
                                                  .fraction = (double)upscaled / 100};
    s.phases[PHASE_ENCODE] = (struct phase_view){.state = PHASE_RUNNING,
                                                 .has_total = true,
                                                 .done_units = encoded,
                                                 .total_units = 100,
                                                 .has_fraction = true,
                                                 .fraction = (double)encoded / 100};
    s.phases[PHASE_UPLOAD].state = PHASE_PENDING;
    return s;
}

static struct baseline_view show(struct baseline *b, double elapsed_s, uint64_t upscaled,
                                 uint64_t encoded)
{
    struct baseline_view view;
    struct snapshot s = moment(elapsed_s, upscaled, encoded);
    baseline_show(b, &s, &frames, &view);
    return view;
}

static struct baseline start(enum baseline_kind kind, const struct record *future)
{
    struct baseline b;
    baseline_init(&b, kind, &no_fit, future);
    return b;
}

static void the_simulated_one_is_a_clock(void **state)
{
    (void)state;
    struct baseline b = start(BASELINE_SIMULATED, NULL);
    struct baseline_view view = show(&b, 45, 1, 0); // 10 s + 0.8 s × 100
    assert_near(view.fraction, 0.5, 1e-9);
    assert_near(view.eta_s, 45, 1e-9);
    view = show(&b, 900, 1, 0);
    assert_near(view.fraction, 0.99, 1e-9);
    assert_true(view.eta_s > 0);
}

static void the_first_weights_are_filled_by_their_phases(void **state)
{
    (void)state;
    struct baseline b = start(BASELINE_FIRST, NULL);
    struct baseline_view view = show(&b, 10, 50, 20); // 8 + 4 + 50/2 + 11/5
    assert_near(view.fraction, 0.392, 1e-9);
    assert_near(view.eta_s, 10 * 0.608 / 0.392, 1e-6);
}

static void passes_are_the_mean_of_the_phases(void **state)
{
    (void)state;
    struct baseline b = start(BASELINE_PASSES, NULL);
    assert_near(show(&b, 10, 50, 25).fraction, (1 + 1 + 0.5 + 0.25 + 0) / 5, 1e-9);
}

static void frames_forget_the_old_rate(void **state)
{
    (void)state;
    struct baseline b = start(BASELINE_FRAMES, NULL);
    assert_false(show(&b, 1, 0, 0).has_eta);
    for (int i = 1; i <= 20; i++)
        (void)show(&b, 1 + i, (uint64_t)i, 0);
    assert_near(show(&b, 21, 20, 0).eta_s, 80, 5);
    for (int i = 1; i <= 20; i++)
        (void)show(&b, 21 + 3 * i, (uint64_t)(20 + i), 0);
    struct baseline_view view = show(&b, 81, 40, 0);
    assert_near(view.fraction, 0.4, 1e-9);
    assert_near(view.eta_s, 60 * 3, 5);
}

static void the_oracles_know_the_end(void **state)
{
    (void)state;
    struct record future = {.type = EXPORT_FRAMING_AI, .total_s = 40};
    future.phases[PHASE_UPSCALE] = (struct record_phase){.present = true, .busy_s = 30};
    future.phases[PHASE_ENCODE] = (struct record_phase){.present = true, .busy_s = 10};
    struct baseline total = start(BASELINE_ORACLE_TOTAL, &future);
    struct baseline weights = start(BASELINE_ORACLE_WEIGHTS, &future);
    struct baseline_view view = show(&total, 10, 3, 0);
    assert_near(view.fraction, 0.25, 1e-9);
    assert_near(view.eta_s, 30, 1e-9);
    assert_near(show(&weights, 10, 40, 20).fraction, 0.75 * 0.4 + 0.25 * 0.2, 1e-9);
    assert_true(baseline_is_oracle(BASELINE_ORACLE_TOTAL));
    assert_false(baseline_is_oracle(BASELINE_FIXED));
}

static void none_falls_when_a_job_is_tried_again(void **state)
{
    (void)state;
    struct record future = {.type = EXPORT_FRAMING_AI, .total_s = 100};
    future.phases[PHASE_UPSCALE] = (struct record_phase){.present = true, .busy_s = 30};
    for (int k = 0; k < BASELINE_COUNT; k++) {
        struct baseline b = start((enum baseline_kind)k, &future);
        double before = show(&b, 20, 60, 40).fraction;
        assert_true(before > 0);
        assert_true(show(&b, 21, 0, 0).fraction >= before);
    }
}

static void all_end_at_1(void **state)
{
    (void)state;
    struct record future = {.type = EXPORT_FRAMING_AI, .total_s = 100};
    for (int k = 0; k < BASELINE_COUNT; k++) {
        struct baseline b = start((enum baseline_kind)k, &future);
        struct baseline_view view;
        struct snapshot s = moment(20, 60, 40);
        s.ended = true;
        s.outcome = OUTCOME_COMPLETE;
        baseline_show(&b, &s, &frames, &view);
        assert_true(view.fraction == 1);
    }
}

static void they_are_found_by_their_names(void **state)
{
    (void)state;
    for (int k = 0; k < BASELINE_COUNT; k++) {
        enum baseline_kind kind = BASELINE_COUNT;
        assert_true(baseline_from_name(baseline_name((enum baseline_kind)k), &kind));
        assert_int_equal(kind, k);
    }
    enum baseline_kind kind = BASELINE_PASSES;
    assert_false(baseline_from_name("headway", &kind));
    assert_int_equal(kind, BASELINE_PASSES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_simulated_one_is_a_clock),
        cmocka_unit_test(the_first_weights_are_filled_by_their_phases),
        cmocka_unit_test(passes_are_the_mean_of_the_phases),
        cmocka_unit_test(frames_forget_the_old_rate),
        cmocka_unit_test(the_oracles_know_the_end),
        cmocka_unit_test(none_falls_when_a_job_is_tried_again),
        cmocka_unit_test(all_end_at_1),
        cmocka_unit_test(they_are_found_by_their_names),
    };
    return cmocka_run_group_tests_name("baseline", tests, NULL, NULL);
}
