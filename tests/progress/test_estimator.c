// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/estimator.h"

static const enum phase order[] = {PHASE_DOWNLOAD, PHASE_INIT, PHASE_UPSCALE, PHASE_ENCODE};

static struct forecast belief(double sigma)
{
    static const double seconds[PHASE_COUNT] = {
        [PHASE_DOWNLOAD] = 2, [PHASE_INIT] = 1, [PHASE_UPSCALE] = 100, [PHASE_ENCODE] = 10};
    struct forecast f = {0};
    for (int i = 0; i < 4; i++) {
        f.present |= 1u << order[i];
        f.mean[order[i]] = log(seconds[order[i]]);
        f.cov[order[i]][order[i]] = sigma * sigma;
    }
    return f;
}

static struct estimate run(struct job_evidence *job, double sigma)
{
    struct forecast f = belief(sigma);
    struct estimate e;
    job->order = order;
    job->order_count = 4;
    estimate(job, &f, &e);
    assert_true(e.low_s <= e.median_s && e.median_s <= e.high_s);
    return e;
}

static struct evidence running(double share, double pace_s)
{
    return (struct evidence){.state = EVIDENCE_RUNNING,
                             .counted = true,
                             .share = share,
                             .has_pace = true,
                             .pace_s = pace_s,
                             .pace_variance = 1e-4};
}

static void at_the_start_the_slowest_phase_sets_the_time(void **state)
{
    (void)state;
    struct job_evidence job = {0};
    assert_near(run(&job, 0.05).median_s, 101.5, 3);
}

static void a_wide_belief_of_one_phase_gives_its_exact_quantiles(void **state)
{
    (void)state;
    struct job_evidence job = {0};
    job.phases[PHASE_DOWNLOAD].state = EVIDENCE_DONE;
    job.phases[PHASE_INIT].state = EVIDENCE_DONE;
    job.phases[PHASE_ENCODE].state = EVIDENCE_DONE;
    struct estimate e = run(&job, 0.5);
    assert_near(e.median_s, 100, 0.5);
    assert_near(e.high_s, 100 * exp(0.5 * 1.2816), 4);
    assert_near(e.low_s, 100 * exp(-0.5 * 1.2816), 2);
}

static void the_pace_seen_overrules_the_belief(void **state)
{
    (void)state;
    struct job_evidence job = {0};
    job.phases[PHASE_DOWNLOAD].state = EVIDENCE_DONE;
    job.phases[PHASE_INIT].state = EVIDENCE_DONE;
    job.phases[PHASE_UPSCALE] = running(0.5, 400);
    assert_near(run(&job, 0.7).median_s, 200, 12);
}

static void a_phase_that_waits_is_not_counted_twice(void **state)
{
    (void)state;
    struct job_evidence job = {0};
    job.phases[PHASE_DOWNLOAD].state = EVIDENCE_DONE;
    job.phases[PHASE_INIT].state = EVIDENCE_DONE;
    job.phases[PHASE_UPSCALE] = running(0.60, 100);
    job.phases[PHASE_ENCODE] = running(0.55, 100); // it could do it in ten
    struct estimate e = run(&job, 0.5);
    assert_near(e.median_s, 40, 3);
    assert_true(e.phase_left_s[PHASE_ENCODE] < 10);
}

// Its first counts came at 0.8 of the upscaler's pace, as few counts may; alone it takes 10 s,
// not 62.
static void the_first_counts_of_an_encoder_that_waits_are_no_pace_of_its_own(void **state)
{
    (void)state;
    struct job_evidence job = {0};
    job.phases[PHASE_DOWNLOAD].state = EVIDENCE_DONE;
    job.phases[PHASE_INIT].state = EVIDENCE_DONE;
    job.phases[PHASE_UPSCALE] = running(0.84, 50);
    job.phases[PHASE_ENCODE] = running(0.08, 62);
    job.phases[PHASE_ENCODE].pace_variance = 0.02;
    assert_true(run(&job, 0.3).median_s < 25);
    job.phases[PHASE_ENCODE].pace_variance = 1e-4; // so sure, and so slow: its own
    assert_true(run(&job, 0.3).median_s > 45);
}

static void a_silent_phase_that_lasts_is_expected_to_last(void **state)
{
    (void)state;
    struct job_evidence job = {0};
    job.phases[PHASE_INIT] = (struct evidence){.state = EVIDENCE_RUNNING, .elapsed_s = 0.1};
    double before = run(&job, 0.5).phase_left_s[PHASE_INIT];
    job.phases[PHASE_INIT].elapsed_s = 10;
    double after = run(&job, 0.5).phase_left_s[PHASE_INIT];
    assert_true(before > 0.7 && before < 1.1);
    assert_true(after > 0.3 && after < 10);
}

static void a_finished_job_has_nothing_left(void **state)
{
    (void)state;
    struct job_evidence job = {0};
    for (int k = 0; k < PHASE_COUNT; k++)
        job.phases[k].state = EVIDENCE_DONE;
    assert_near(run(&job, 0.5).high_s, 0, 1e-12);
}

static void a_phase_not_begun_when_the_one_before_is_far_comes_after_it(void **state)
{
    (void)state;
    struct job_evidence job = {0};
    job.phases[PHASE_DOWNLOAD].state = EVIDENCE_DONE;
    job.phases[PHASE_INIT].state = EVIDENCE_DONE;
    job.phases[PHASE_UPSCALE] = running(0.5, 100);
    assert_near(run(&job, 0.05).median_s, 60, 2);
}

// Sent in parts while it is made it costs the last part; sent when it is whole, all of its 20 s.
static void what_is_sent_when_it_is_whole_comes_after_its_maker(void **state)
{
    (void)state;
    static const enum phase with_upload[] = {PHASE_DOWNLOAD, PHASE_INIT, PHASE_UPSCALE,
                                             PHASE_ENCODE, PHASE_UPLOAD};
    struct job_evidence job = {.order = with_upload, .order_count = 5};
    double median_s[3];
    for (int i = 0; i < 3; i++) {
        struct forecast f = belief(0.05);
        struct estimate e;
        f.present |= 1u << PHASE_UPLOAD;
        f.mean[PHASE_UPLOAD] = log(20);
        f.cov[PHASE_UPLOAD][PHASE_UPLOAD] = 0.0025;
        job.phases[PHASE_UPLOAD].after = i * 0.5;
        estimate(&job, &f, &e);
        median_s[i] = e.median_s;
        if (i == 1) // one or the other
            assert_true(e.high_s - e.low_s > 15);
    }
    assert_near(median_s[0], 102.5, 3);
    assert_near(median_s[2], 121.5, 3);
    assert_true(median_s[1] > median_s[0] && median_s[1] < median_s[2]);
    job.phases[PHASE_UPLOAD] = running(0.01, 20); // it has begun: that is seen
    job.phases[PHASE_UPLOAD].after = 1;
    job.phases[PHASE_UPSCALE] = running(0.01, 100);
    job.phases[PHASE_ENCODE] = running(0.01, 100);
    struct forecast f = belief(0.05);
    struct estimate e;
    estimate(&job, &f, &e);
    assert_true(e.median_s < 110);
}

// Nothing else is left to do.
static struct job_evidence half_upscaled(void)
{
    struct job_evidence job = {0};
    job.phases[PHASE_DOWNLOAD].state = EVIDENCE_DONE;
    job.phases[PHASE_INIT].state = EVIDENCE_DONE;
    job.phases[PHASE_ENCODE].state = EVIDENCE_DONE;
    job.phases[PHASE_UPSCALE] = running(0.5, 100);
    return job;
}

static void what_comes_of_such_a_pace_is_reckoned_with(void **state)
{
    (void)state;
    struct job_evidence job = half_upscaled();
    double usual_s = run(&job, 0.5).median_s;
    job.phases[PHASE_UPSCALE].pace_bias = 0.2;
    assert_near(run(&job, 0.5).median_s, usual_s * exp(0.2), 0.5);
}

static void a_rest_that_may_be_off_is_told_wider(void **state)
{
    (void)state;
    struct job_evidence job = half_upscaled();
    struct estimate sure = run(&job, 0.5);
    job.phases[PHASE_UPSCALE].rest_variance = 0.04;
    struct estimate open = run(&job, 0.5);
    assert_true(open.high_s - open.low_s > 3 * (sure.high_s - sure.low_s));
}

static void an_earlier_attempt_is_remembered(void **state)
{
    (void)state;
    struct job_evidence job = {0};
    job.phases[PHASE_UPSCALE].has_memory = true;
    job.phases[PHASE_UPSCALE].memory_s = 400;
    assert_true(run(&job, 0.7).median_s > 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_the_start_the_slowest_phase_sets_the_time),
        cmocka_unit_test(a_wide_belief_of_one_phase_gives_its_exact_quantiles),
        cmocka_unit_test(the_pace_seen_overrules_the_belief),
        cmocka_unit_test(a_phase_that_waits_is_not_counted_twice),
        cmocka_unit_test(the_first_counts_of_an_encoder_that_waits_are_no_pace_of_its_own),
        cmocka_unit_test(a_silent_phase_that_lasts_is_expected_to_last),
        cmocka_unit_test(a_finished_job_has_nothing_left),
        cmocka_unit_test(a_phase_not_begun_when_the_one_before_is_far_comes_after_it),
        cmocka_unit_test(what_is_sent_when_it_is_whole_comes_after_its_maker),
        cmocka_unit_test(what_comes_of_such_a_pace_is_reckoned_with),
        cmocka_unit_test(a_rest_that_may_be_off_is_told_wider),
        cmocka_unit_test(an_earlier_attempt_is_remembered),
    };
    return cmocka_run_group_tests_name("estimator", tests, NULL, NULL);
}
