// SPDX-License-Identifier: GPL-3.0-or-later
// test_learned.c — is the bar honest on machines that it has learnt 5 or 100 jobs of?
//
// Deployments whose form is not the model's (deployment.h); every tracker begins with the model as
// it was when the job was submitted. Figures are printed; the limits are those promised in
// docs/progress.md, with room for the chance of so few jobs.
#include "test.h"

#include <math.h>
#include <stdio.h>

#include "deployment.h"

enum { DEPLOYMENTS = 6, JUDGED = 15, RUNS = DEPLOYMENTS * JUDGED };

struct figures {
    double linearity, worst, below_high, covered, width, cliff, at_99, churn;
    double linearity_p95, jump_p95, stall_p95;
    double eta_off[ETA_POINTS], eta_off_whole[ETA_POINTS];
    int falls;
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

static void add(struct figures *f, const struct honesty *h)
{
    f->linearity += h->linearity / RUNS;
    f->worst += h->worst / RUNS;
    f->below_high += (h->below_high ? 1.0 : 0) / RUNS;
    f->covered += (h->covered ? 1.0 : 0) / RUNS;
    f->width += h->width / RUNS;
    f->cliff += h->cliff / RUNS;
    f->at_99 += h->at_99 / RUNS;
    f->churn += h->churn / RUNS;
    f->falls += h->falls;
    for (int i = 0; i < ETA_POINTS; i++) {
        f->eta_off[i] += h->eta_off[i] / RUNS;
        f->eta_off_whole[i] += h->eta_off_whole[i] / RUNS;
    }
}

static void print(int learnt, const struct figures *f)
{
    printf(
        "# %3d jobs: M1 %.4f (p95 %.3f)  M2 %.3f  M3 %.2f %.2f %.2f %.2f  M4 %.3f %.3f %.3f %.3f\n"
        "#           M5 %.2f %.2f  M6 %.2f  M7 %d  M8 %.4f  M9 %.1f s  M10 %.4f  M11 %.3f  M12 "
        "%.2f\n",
        learnt, f->linearity, f->linearity_p95, f->worst, f->eta_off[0], f->eta_off[1],
        f->eta_off[2], f->eta_off[3], f->eta_off_whole[0], f->eta_off_whole[1], f->eta_off_whole[2],
        f->eta_off_whole[3], f->below_high, f->covered, f->width, f->falls, f->jump_p95,
        f->stall_p95, f->cliff, f->at_99, f->churn);
}

static struct model model; // too large for a small stack

static struct figures measure(int learnt)
{
    struct figures f = {0};
    double linearity[RUNS], jumps[RUNS], stalls[RUNS];
    int n = 0, long_runs = 0;
    for (uint64_t i = 0; i < DEPLOYMENTS; i++) {
        struct deployment d;
        deployment_init(&d, 1000 + i);
        d.longest_s = 300;
        model_init(&model);
        deployment_teach(&d, &model, learnt);
        for (uint64_t j = 0; j < JUDGED; j++) {
            struct simulation s;
            struct honesty h;
            deployment_next(&d, &s);
            simulation_judge(&s, &(struct viewer){NULL, &model, 0.1, i * JUDGED + j}, &h, NULL);
            simulation_done(&s);
            add(&f, &h);
            linearity[n] = h.linearity;
            stalls[n++] = h.stall_s;
            if (h.total_s >= 60)
                jumps[long_runs++] = h.jump;
        }
    }
    f.linearity_p95 = percentile_95(linearity, n);
    f.stall_p95 = percentile_95(stalls, n);
    f.jump_p95 = percentile_95(jumps, long_runs);
    print(learnt, &f);
    return f;
}

static void after_a_hundred_jobs_the_bar_is_within_3_percent(void **state)
{
    (void)state;
    struct figures f = measure(100);
    assert_true(f.linearity <= 0.025);
    assert_true(f.linearity_p95 <= 0.06);
    assert_true(f.worst <= 0.06);
    assert_true(f.eta_off[0] <= 0.15 && f.eta_off[1] <= 0.15);
    assert_true(f.eta_off[2] <= 0.14 && f.eta_off[3] <= 0.18);
    assert_true(fabs(f.covered - 0.80) <= 0.13); // 90 jobs: σ 0.04
    assert_true(fabs(f.below_high - 0.90) <= 0.10);
    assert_true(f.width <= 0.5);
    assert_int_equal(f.falls, 0);
    assert_true(f.jump_p95 <= 0.011);
    assert_true(f.stall_p95 <= 4);
    assert_true(f.cliff <= 0.01);
    assert_true(f.at_99 <= 0.02);
    assert_true(f.churn <= 0.5);
}

static void after_five_jobs_it_is_within_4_percent(void **state)
{
    (void)state;
    struct figures f = measure(5);
    assert_true(f.linearity <= 0.035);
    assert_true(f.worst <= 0.09);
    assert_true(f.eta_off[0] <= 0.20 && f.eta_off[1] <= 0.20);
    assert_true(f.eta_off[2] <= 0.17 && f.eta_off[3] <= 0.25);
    assert_true(f.covered >= 0.70);
    assert_int_equal(f.falls, 0);
    assert_true(f.churn <= 0.7);
}

static void a_standing_machine_is_told_and_a_usual_one_is_not(void **state)
{
    (void)state;
    int told = 0, alarms = 0, jobs = 100;
    struct deployment d;
    deployment_init(&d, 77);
    d.longest_s = 200;
    model_init(&model);
    deployment_teach(&d, &model, 20);
    for (int i = 0; i < jobs; i++) {
        struct simulation s, standing;
        struct honesty h;
        struct viewer viewer = {.model = &model, .step_s = 0.5};
        deployment_next(&d, &s);
        simulation_judge(&s, &viewer, &h, NULL);
        alarms += h.false_alarm;
        struct simulated_job job = s.job;
        job.stall_s = 20 + 10 * job.frame_s;
        simulation_run(&standing, &job, &d.rng);
        simulation_judge(&standing, &viewer, &h, NULL);
        told += h.stall_told;
        simulation_done(&s);
        simulation_done(&standing);
    }
    printf("# of %d stalls %d are told; false alarms %d\n", jobs, told, alarms);
    assert_true(told >= 95);
    assert_true(alarms <= 1);
}

static void a_machine_that_changes_is_noticed_and_learnt_anew(void **state)
{
    (void)state;
    struct deployment d;
    struct drift drift;
    deployment_init(&d, 5);
    d.longest_s = 100;
    model_init(&model);
    deployment_teach(&d, &model, 30);
    assert_false(model_drift(&model, EXPORT_FRAMING_AI, &drift));
    d.speed *= 0.4; // a new GPU
    deployment_teach(&d, &model, 3);
    assert_true(model_drift(&model, EXPORT_FRAMING_AI, &drift));
    assert_true(drift.phase == PHASE_UPSCALE || drift.phase == PHASE_ENCODE);
    assert_true(drift.factor > 0.3 && drift.factor < 0.6);
    deployment_teach(&d, &model, 2);
    double linearity = 0;
    for (int i = 0; i < 10; i++) {
        struct simulation s;
        struct honesty h;
        deployment_next(&d, &s);
        simulation_judge(&s, &(struct viewer){NULL, &model, 0.5, 1}, &h, NULL);
        linearity += h.linearity / 10;
        simulation_done(&s);
    }
    printf("# five jobs after a change: M1 %.4f\n", linearity);
    assert_true(linearity <= 0.04);
}

static void jobs_that_only_scatter_are_no_change(void **state)
{
    (void)state;
    int drifts = 0;
    for (uint64_t i = 0; i < 6; i++) {
        struct deployment d;
        struct drift drift;
        deployment_init(&d, 500 + i);
        d.longest_s = 40;
        model_init(&model);
        deployment_teach(&d, &model, 80);
        drifts += model_drift(&model, EXPORT_FRAMING_AI, &drift);
    }
    printf("# of 480 jobs of machines that stay the same: %d deployments drifted\n", drifts);
    assert_true(drifts <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_hundred_jobs_the_bar_is_within_3_percent),
        cmocka_unit_test(after_five_jobs_it_is_within_4_percent),
        cmocka_unit_test(a_standing_machine_is_told_and_a_usual_one_is_not),
        cmocka_unit_test(a_machine_that_changes_is_noticed_and_learnt_anew),
        cmocka_unit_test(jobs_that_only_scatter_are_no_change),
    };
    return cmocka_run_group_tests_name("learned", tests, NULL, NULL);
}
