// SPDX-License-Identifier: GPL-3.0-or-later
// test_honesty.c — is the bar honest on jobs that are not of the estimator's form?
//
// With the shipped prior alone, no history. Figures are printed; the limits are those promised
// in docs/progress.md.
#include "test.h"

#include <math.h>
#include <stdio.h>

#include "simulation.h"

enum { RUNS = 40 };

struct figures {
    double linearity, worst, jump_p95, stall_p95, cliff, eta_error, coverage;
    int long_runs;
};

static double percentile_95(double *values, int n)
{
    for (int i = 1; i < n; i++) {
        for (int j = i; j > 0 && values[j] < values[j - 1]; j--) {
            double swap = values[j];
            values[j] = values[j - 1];
            values[j - 1] = swap;
        }
    }
    return n > 0 ? values[(int)(0.95 * (n - 1))] : 0;
}

static struct figures measure(const char *name, const struct simulation_kind *kind, uint64_t seed)
{
    struct figures f = {0};
    struct prior prior;
    double jumps[RUNS], stalls[RUNS];
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    for (uint64_t i = 0; i < RUNS; i++) {
        struct simulation s;
        struct honesty h;
        simulation_init(&s, kind, seed + 7919 * i);
        simulation_judge(&s, &(struct viewer){&prior, NULL, 0.1, i}, &h, NULL);
        simulation_done(&s);
        f.linearity += h.linearity / RUNS;
        f.worst += h.worst / RUNS;
        f.cliff += h.cliff / RUNS;
        f.eta_error += h.eta_error / RUNS;
        f.coverage += (h.covered ? 1.0 : 0.0) / RUNS;
        stalls[i] = h.stall_s;
        if (h.total_s >= 60)
            jumps[f.long_runs++] = h.jump;
    }
    f.jump_p95 = percentile_95(jumps, f.long_runs);
    f.stall_p95 = percentile_95(stalls, RUNS);
    printf("# %-28s M1 %.4f  M2 %.3f  M8 p95 %.4f  M9 p95 %4.1f s  M10 %.4f  ETA %.3f T  "
           "covered %.2f\n",
           name, f.linearity, f.worst, f.jump_p95, f.stall_p95, f.cliff, f.eta_error, f.coverage);
    return f;
}

static void a_machine_that_the_prior_knows_is_shown_within_4_percent(void **state)
{
    (void)state;
    static const struct simulation_kind kind = {0.667, 1.5, 15, 600, false};
    struct figures f = measure("prior within 1.5x", &kind, 1);
    assert_true(f.linearity <= 0.030);
    assert_true(f.worst <= 0.06);
    assert_true(f.jump_p95 <= 0.0105);
    assert_true(f.stall_p95 <= 3);
    assert_true(f.cliff <= 0.010);
    assert_true(f.coverage >= 0.65);
}

static void a_machine_four_times_off_is_shown_within_5_percent(void **state)
{
    (void)state;
    static const struct simulation_kind kind = {0.25, 4, 15, 600, false};
    struct figures f = measure("prior up to 4x off", &kind, 2);
    assert_true(f.linearity <= 0.040);
    assert_true(f.stall_p95 <= 3);
    assert_true(f.cliff <= 0.013);
}

static void throttling_in_the_middle_is_followed(void **state)
{
    (void)state;
    static const struct simulation_kind kind = {0.667, 1.5, 15, 600, true};
    struct figures f = measure("throttled by 2 in mid-run", &kind, 3);
    // an oracle of the speeds, blind to the future, has 0.06 here
    assert_true(f.linearity <= 0.075);
    assert_true(f.cliff <= 0.012);
}

static void short_jobs_are_honest_too(void **state)
{
    (void)state;
    static const struct simulation_kind kind = {0.667, 1.5, 2, 12, false};
    struct figures f = measure("short, prior within 1.5x", &kind, 4);
    assert_true(f.linearity <= 0.070);
    assert_true(f.cliff <= 0.015);
    assert_true(f.stall_p95 <= 2);
}

static void all_kinds_together_stay_within_5_percent(void **state)
{
    (void)state;
    static const struct simulation_kind kinds[] = {
        {0.667, 1.5, 3, 600, false}, {0.25, 4, 3, 600, false}, {0.25, 4, 3, 600, true}};
    double linearity = 0;
    for (size_t i = 0; i < 3; i++)
        linearity += measure("mixed lengths, 3 to 600 s", &kinds[i], 5 + i).linearity / 3;
    printf("# all together: M1 %.4f\n", linearity);
    assert_true(linearity <= 0.050);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_machine_that_the_prior_knows_is_shown_within_4_percent),
        cmocka_unit_test(a_machine_four_times_off_is_shown_within_5_percent),
        cmocka_unit_test(throttling_in_the_middle_is_followed),
        cmocka_unit_test(short_jobs_are_honest_too),
        cmocka_unit_test(all_kinds_together_stay_within_5_percent),
    };
    return cmocka_run_group_tests_name("honesty", tests, NULL, NULL);
}
