// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/findings.h"

#include "runs.h"

static void says(const struct analysis *a, enum finding_kind kind, const char *words)
{
    const struct finding *f = finding_of(&a->types[EXPORT_FRAMING_AI], kind);
    if (!f)
        fail_msg("nothing about %s", finding_name(kind));
    if (!strstr(f->text, words))
        fail_msg("expected “%s” in: %s", words, f->text);
}

static void is_silent(const struct analysis *a, enum finding_kind kind)
{
    const struct finding *f = finding_of(&a->types[EXPORT_FRAMING_AI], kind);
    if (f)
        fail_msg("unexpected: %s", f->text);
}

static void good_runs_need_no_warning(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 20, 0.4, true);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    for (int k = 0; k < FINDING_KIND_COUNT; k++)
        is_silent(a, (enum finding_kind)k);
}

static void few_samples_are_told(void **state)
{
    (void)state;
    for (int n = 9; n <= 10; n++) {
        struct samples s SAMPLES_AUTO;
        samples_init(&s);
        add_runs(&s, 0, n, 0.4, true);
        struct analysis *a AUTO(analysis_free) = analysis_new(&s);
        if (n < ANALYSIS_FEW)
            says(a, FINDING_FEW, "only 9 samples");
        else
            is_silent(a, FINDING_FEW);
    }
}

static void phases_that_some_records_lack_are_named(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 9, 0.4, true);
    for (int i = 9; i < 12; i++) {
        struct benchmark b = run_of(i, 100, 0.4, true);
        b.record.phases[PHASE_UPLOAD].present = false;
        samples_add(&s, &b);
    }
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    says(a, FINDING_MISSING, "upload in 3 of 12 records");
}

static void records_that_teach_nothing_are_counted_by_reason(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    for (int i = 0; i < 5; i++) {
        struct benchmark b = run_of(i, 100, 0.4, true);
        b.record.by_worker = i > 2;
        b.record.simulated = i == 3;
        samples_add(&s, &b);
    }
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    says(a, FINDING_UNSOUND,
         "4 of 5 records teach nothing: 3 not stamped by the worker, 1 of a simulated bar");
}

static void cold_and_warm_runs_that_differ_are_told(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 10, 0.2, true);
    add_runs(&s, 10, 10, 0.2, false);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    says(a, FINDING_MIXTURE, "10 cold and 10 warm runs are mixed: init is");
}

static void a_last_phase_that_absorbs_the_overrun_is_told(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    for (int i = 0; i < 12; i++) {
        struct benchmark b = run_of(3 * i, 100, 0.4, true); // steady but for the wobble
        double over_s = 5.0 * ((i * 5) % 11);
        b.has_estimate = true;
        b.estimated_s = b.record.total_s;
        b.record.phases[PHASE_UPLOAD].busy_s += over_s;
        b.record.phases[PHASE_UPLOAD].wall_s += over_s;
        b.record.total_s += over_s;
        samples_add(&s, &b);
    }
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    says(a, FINDING_ABSORBING, "upload absorbs the overrun");
}

static void a_circle_is_told(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_log(&s, PUBLISHED);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    says(a, FINDING_CIRCULAR, "circular: the shares are those of the weights `first`");
}

static void a_drift_is_told_with_phase_factor_and_date(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 20, 0.4, true);
    add_runs(&s, 20, 4, 0.8, true);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    says(a, FINDING_DRIFT, "drift: since 2023-11-14T22:33:20Z upscale takes");
    says(a, FINDING_DRIFT, "times as long as before on cpu-avx2-2; noticed after");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_runs_need_no_warning),
        cmocka_unit_test(few_samples_are_told),
        cmocka_unit_test(phases_that_some_records_lack_are_named),
        cmocka_unit_test(records_that_teach_nothing_are_counted_by_reason),
        cmocka_unit_test(cold_and_warm_runs_that_differ_are_told),
        cmocka_unit_test(a_last_phase_that_absorbs_the_overrun_is_told),
        cmocka_unit_test(a_circle_is_told),
        cmocka_unit_test(a_drift_is_told_with_phase_factor_and_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
