// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/analysis.h"

#include <math.h>

#include "runs.h"

static void figures_are_of_each_type_alone(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 12, 0.4, true);
    add_log(&s,
            "BENCHMARK_DATA: {\"type\":\"overlay\",\"frames_output\":50,\"phases\":{\"process\":"
            "{\"busy_s\":3},\"encode\":{\"busy_s\":1}},\"total_s\":5,\"src\":\"worker\"}\n");
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    const struct type_report *framing = &a->types[EXPORT_FRAMING_AI];
    const struct type_report *overlay = &a->types[EXPORT_OVERLAY];
    assert_int_equal(framing->count, 12);
    assert_int_equal(framing->cold, 12);
    assert_int_equal(framing->seconds[PHASE_UPSCALE].n, 12);
    assert_true(framing->shares.mean[PHASE_UPSCALE] > 0.8);
    assert_true(fabs(framing->frame.median - 0.43) < 0.03);
    assert_int_equal(overlay->count, 1);
    assert_true(fabs(overlay->shares.mean[PHASE_PROCESS] - 0.75) < 1e-12);
    assert_true(fabs(overlay->frame.median - 0.1) < 1e-12);
    assert_int_equal(a->types[EXPORT_MULTI_CLIP].count, 0);
}

static void what_only_copies_has_no_time_a_frame(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_log(&s, "BENCHMARK_DATA: {\"type\":\"extract_clip\",\"frames_output\":1,\"phases\":{"
                "\"download\":{\"busy_s\":1},\"upload\":{\"busy_s\":1}},\"total_s\":2,"
                "\"src\":\"worker\"}\n");
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    assert_int_equal(a->types[EXPORT_EXTRACT_CLIP].count, 1);
    assert_int_equal(a->types[EXPORT_EXTRACT_CLIP].frame.n, 0);
}

static void weights_are_of_sound_records_that_are_not_circular(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 12, 0.4, true);
    struct benchmark foreign = run_of(12, 100, 9, true);
    foreign.record.by_worker = false;
    samples_add(&s, &foreign);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    assert_int_equal(a->weights.samples[EXPORT_FRAMING_AI], 12);
    assert_int_equal(a->types[EXPORT_FRAMING_AI].usable, 13);
    const struct weight *upload = &a->weights.set.weights[EXPORT_FRAMING_AI][PHASE_UPLOAD];
    assert_true(upload->has_range && upload->end_percent == 100 && upload->start_percent > 98);

    struct samples published SAMPLES_AUTO;
    samples_init(&published);
    add_log(&published, PUBLISHED);
    struct analysis *b AUTO(analysis_free) = analysis_new(&published);
    assert_true(b->types[EXPORT_FRAMING_AI].circular);
    assert_int_equal(b->weights.samples[EXPORT_FRAMING_AI], 0);
    assert_false(b->weights.set.weights[EXPORT_FRAMING_AI][PHASE_UPLOAD].has_range);
}

static void estimates_are_held_against_what_came(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    for (int i = 0; i < 10; i++) {
        struct benchmark b = run_of(i, 100, 0.4, true);
        b.has_estimate = true;
        b.estimated_s = b.record.total_s / 2;
        samples_add(&s, &b);
    }
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    const struct type_report *r = &a->types[EXPORT_FRAMING_AI];
    assert_int_equal(r->estimated.n, 10);
    assert_true(fabs(r->estimated.off - 0.5) < 1e-9 && fabs(r->estimated.ratio - 2) < 1e-9);
    assert_true(r->foreseen.n >= 9 && r->foreseen.ratio > 0.5 && r->foreseen.ratio < 2);
}

static void failed_jobs_are_counted_but_not_measured(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 3, 0.4, true);
    struct benchmark failed = run_of(3, 100, 50, true);
    failed.record.outcome = OUTCOME_FAILED;
    samples_add(&s, &failed);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    const struct type_report *r = &a->types[EXPORT_FRAMING_AI];
    assert_int_equal(r->count, 4);
    assert_int_equal(r->usable, 3);
    assert_int_equal(r->flaws[RECORD_INCOMPLETE], 1);
    assert_true(r->frame.high < 1);
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++)
        assert_int_equal(a->types[type].count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_of_each_type_alone),
        cmocka_unit_test(what_only_copies_has_no_time_a_frame),
        cmocka_unit_test(weights_are_of_sound_records_that_are_not_circular),
        cmocka_unit_test(estimates_are_held_against_what_came),
        cmocka_unit_test(failed_jobs_are_counted_but_not_measured),
        cmocka_unit_test(nothing_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
