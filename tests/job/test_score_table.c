// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/score_table.h"

#include <math.h>
#include <stdio.h>

#include "../progress/near.h"
#include "test.h"

enum { RUNS = 40 };

// M1 of the tracker rises from 0.01 by 0.001 a run; `fixed` is 0.02 worse, the oracles perfect.
static void fill(struct trial_run runs[RUNS])
{
    memset(runs, 0, RUNS * sizeof(runs[0]));
    for (int i = 0; i < RUNS; i++) {
        runs[i].traits = (struct trial_traits){
            .type = i < 10 ? EXPORT_OVERLAY : EXPORT_FRAMING_AI,
            .cold = i % 2 == 0,
            .coarse = i >= 38,
            .total_s = 5 + i,
        };
        (void)snprintf(runs[i].id, sizeof(runs[i].id), "run-%d", i);
        (void)snprintf(runs[i].traits.label, sizeof(runs[i].traits.label), "%s",
                       i % 4 == 0 ? "busy" : "");
        for (int e = 0; e < PANEL_COUNT; e++) {
            runs[i].scores[e].linearity = 0.01 + 0.001 * i + (e == PANEL_TRACKER ? 0 : 0.1);
            runs[i].scores[e].total_s = runs[i].traits.total_s;
        }
        runs[i].scores[PANEL_FIRST_BASELINE + BASELINE_FIXED].linearity -= 0.08;
        runs[i].scores[PANEL_FIRST_BASELINE + BASELINE_ORACLE_TOTAL].linearity = 0;
        runs[i].scores[PANEL_TRACKER].has_cover = i < 20;
        runs[i].scores[PANEL_TRACKER].inside = i < 15;
    }
}

static void refer(const struct trial_run *runs, size_t count, const struct trial_run **ret)
{
    for (size_t i = 0; i < count; i++)
        ret[i] = &runs[i];
}

static void every_metric_has_a_row(void **state)
{
    (void)state;
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct metric_info *info = metric_info((enum metric)m);
        assert_true(info->id && info->text && info->of);
        assert_true(!info->has_target || info->least <= info->target);
    }
}

static void figures_are_means_percentiles_and_sums(void **state)
{
    (void)state;
    struct trial_run runs[RUNS];
    const struct trial_run *list[RUNS];
    double figure;
    fill(runs);
    refer(runs, RUNS, list);
    assert_true(metric_figure(METRIC_M1, list, RUNS, PANEL_TRACKER, &figure));
    assert_near(figure, 0.0295, 1e-9);
    assert_true(metric_figure(METRIC_M1_P95, list, RUNS, PANEL_TRACKER, &figure));
    assert_near(figure, 0.01 + 0.001 * 0.95 * 39, 1e-9);
    assert_true(metric_figure(METRIC_M5_INSIDE, list, RUNS, PANEL_TRACKER, &figure));
    assert_near(figure, 0.75, 1e-9); // of those that said an interval
    runs[3].scores[PANEL_TRACKER].falls = 2;
    assert_true(metric_figure(METRIC_M7, list, RUNS, PANEL_TRACKER, &figure));
    assert_near(figure, 2, 1e-9);
    assert_false(metric_figure(METRIC_M8, list, RUNS, PANEL_TRACKER, &figure)); // none of a minute
    assert_false(metric_figure(METRIC_M1, list, 0, PANEL_TRACKER, &figure));
}

static void the_bootstrap_is_paired_and_the_same_each_time(void **state)
{
    (void)state;
    struct trial_run runs[RUNS];
    const struct trial_run *list[RUNS];
    fill(runs);
    refer(runs, RUNS, list);
    struct interval a = score_bootstrap(list, RUNS, PANEL_TRACKER, false);
    struct interval b = score_bootstrap(list, RUNS, PANEL_TRACKER, false);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_true(a.low > 0.024 && a.low < 0.0295 && a.high > 0.0295 && a.high < 0.035);
    // On each run the difference is the same, whatever runs are drawn.
    a = score_bootstrap(list, RUNS, PANEL_FIRST_BASELINE + BASELINE_FIXED, true);
    assert_near(a.low, -0.02, 1e-9);
    assert_near(a.high, -0.02, 1e-9);
}

static const struct stratum *find(const struct stratum *strata, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(strata[i].name, name) == 0)
            return &strata[i];
    }
    return NULL;
}

static void strata_tell_kinds_of_jobs_apart(void **state)
{
    (void)state;
    struct trial_run runs[RUNS];
    struct stratum strata[STRATA_MAX];
    int worst;
    fill(runs);
    int count = score_strata(runs, RUNS, strata, &worst);
    assert_int_equal(find(strata, count, "overlay")->count, 10);
    assert_int_equal(find(strata, count, "cold")->count, 20);
    assert_int_equal(find(strata, count, "warm")->count, 20);
    assert_int_equal(find(strata, count, "2 to 10 s")->count, 5);
    assert_int_equal(find(strata, count, "busy")->count, 10);
    assert_int_equal(find(strata, count, "with coarse reports")->count, 2);
    assert_null(find(strata, count, "with retries"));
    const struct stratum *overlay = find(strata, count, "overlay");
    assert_near(overlay->ours, 0.0145, 1e-9);
    assert_near(overlay->best, 0.0345, 1e-9);
    assert_string_equal(panel_name(overlay->best_estimator), "fixed"); // no oracle
    // Two jobs with coarse reports are too few to be the worst stratum.
    assert_string_equal(strata[worst].name, "framing_ai");
}

static void brief_jobs_are_a_stratum_of_their_own(void **state)
{
    (void)state;
    struct trial_run runs[RUNS];
    struct stratum strata[STRATA_MAX];
    int worst;
    fill(runs);
    for (int i = 0; i < 10; i++) {
        runs[i].traits.brief = true;
        runs[i].scores[PANEL_TRACKER].linearity = 0.5;
    }
    int count = score_strata(runs, RUNS, strata, &worst);
    assert_int_equal(find(strata, count, "under 2 s")->count, 10);
    assert_null(find(strata, count, "overlay"));
    assert_string_not_equal(strata[worst].name, "under 2 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_has_a_row),
        cmocka_unit_test(figures_are_means_percentiles_and_sums),
        cmocka_unit_test(the_bootstrap_is_paired_and_the_same_each_time),
        cmocka_unit_test(strata_tell_kinds_of_jobs_apart),
        cmocka_unit_test(brief_jobs_are_a_stratum_of_their_own),
    };
    return cmocka_run_group_tests_name("score_table", tests, NULL, NULL);
}
