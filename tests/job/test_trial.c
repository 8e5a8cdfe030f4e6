// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/trial.h"

#include "recorded.h"

// Ten jobs, one after the other, of the same machine.
static void fill(struct recorded *r)
{
    recorded_init(r);
    for (int i = 0; i < 10; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "job-%d", i);
        recorded_job(r, id, 1000 + 100 * i, 20 + i, 0.2);
    }
    recorded_read(r);
}

static struct trial hold(const struct recorded *r, size_t learn, size_t first)
{
    struct trial trial;
    struct error err;
    const struct trial_options options = {
        .learn = learn, .every_ns = 5 * REPLAY_STEP_NS, .first = first};
    if (trial_hold(r->traces, r->count, &options, &trial, &err) != OK)
        fail_msg("%s", err.text);
    return trial;
}

static void the_same_corpus_gives_the_same_figures(void **state)
{
    (void)state;
    struct recorded r;
    fill(&r);
    struct trial a = hold(&r, 5, 5);
    struct trial b = hold(&r, 5, 5);
    assert_int_equal(a.count, 5);
    assert_memory_equal(a.runs, b.runs, a.count * sizeof(a.runs[0]));
    trial_done(&a);
    trial_done(&b);
    recorded_done(&r);
}

static void jobs_before_which_too_few_had_ended_are_not_judged(void **state)
{
    (void)state;
    struct recorded r;
    fill(&r);
    struct trial trial = hold(&r, 5, 0);
    assert_int_equal(trial.count, 5);
    assert_int_equal(trial.too_early, 5);
    assert_string_equal(trial.runs[0].id, "job-5");
    trial_done(&trial);
    recorded_done(&r);
}

static void the_same_jobs_can_be_judged_at_every_amount_of_history(void **state)
{
    (void)state;
    struct recorded r;
    struct trial trial;
    const struct trial_options options = {.learn = 2, .least = 6, .every_ns = 5 * REPLAY_STEP_NS};
    fill(&r);
    assert_int_equal(trial_hold(r.traces, r.count, &options, &trial, NULL), OK);
    assert_int_equal(trial.count, 4);
    assert_string_equal(trial.runs[0].id, "job-6");
    trial_done(&trial);
    recorded_done(&r);
}

static void the_future_is_not_learnt(void **state)
{
    (void)state;
    struct recorded with, without;
    recorded_init(&with);
    recorded_init(&without);
    for (int i = 0; i < 3; i++) {
        recorded_job(&with, "before", 1000 + 100 * i, 20, 0.2);
        recorded_job(&without, "before", 1000 + 100 * i, 20, 0.2);
    }
    recorded_job(&with, "long", 1290, 400, 0.5); // still runs when the last is submitted
    recorded_job(&with, "judged", 1300, 20, 0.2);
    recorded_job(&without, "judged", 1300, 20, 0.2);
    recorded_read(&with);
    recorded_read(&without);
    struct trial a = hold(&with, 3, 4);
    struct trial b = hold(&without, 3, 3);
    assert_int_equal(a.count, 1);
    assert_int_equal(b.count, 1);
    // Only the idle gap may differ: no baseline knows it.
    assert_memory_equal(&a.runs[0].scores[PANEL_FIRST_BASELINE],
                        &b.runs[0].scores[PANEL_FIRST_BASELINE], sizeof(struct score));
    trial_done(&a);
    trial_done(&b);
    recorded_done(&with);
    recorded_done(&without);
}

static void learning_helps(void **state)
{
    (void)state;
    struct recorded r;
    recorded_init(&r);
    for (int i = 0; i < 10; i++) // five times as slow as the shipped prior has it
        recorded_job(&r, "slow", 1000 + 100 * i, 20 + i, 1.3);
    recorded_read(&r);
    struct trial none = hold(&r, 0, 9);
    struct trial some = hold(&r, 8, 9);
    assert_true(some.runs[0].scores[PANEL_TRACKER].linearity <=
                none.runs[0].scores[PANEL_TRACKER].linearity);
    int simulated = 0;
    assert_true(panel_from_name("simulated", &simulated));
    assert_true(some.runs[0].scores[simulated].linearity < 0.02);
    assert_true(none.runs[0].scores[simulated].linearity > 0.03);
    trial_done(&none);
    trial_done(&some);
    recorded_done(&r);
}

static void what_did_not_complete_is_counted(void **state)
{
    (void)state;
    struct recorded r;
    recorded_init(&r);
    recorded_job(&r, "good", 1000, 20, 0.2);
    buffer_text(&r.text, "{\"at_ms\":0,\"submit\":{\"type\":\"overlay\"}}\n"
                         "{\"at_ms\":10,\"end\":\"failed\"}\n"
                         "{\"at_ms\":0,\"submit\":{\"type\":\"overlay\"}}\n");
    recorded_read(&r);
    struct trial trial = hold(&r, 0, 0);
    assert_int_equal(trial.count, 1);
    assert_int_equal(trial.censored, 2);
    trial_done(&trial);
    recorded_done(&r);
}

static void a_job_is_looked_through(void **state)
{
    (void)state;
    struct recorded r;
    struct trial_traits traits;
    recorded_init(&r);
    recorded_job(&r, "a", 1, 5, 0.2);
    buffer_text(&r.text, "{\"at_ms\":0,\"submit\":{\"type\":\"overlay\",\"label\":\"busy\"}}\n"
                         "{\"at_ms\":1,\"server\":{\"ev\":\"lost\"}}\n"
                         "{\"at_ms\":2,\"event\":{\"v\":1,\"job\":\"j\",\"attempt\":2,\"seq\":0,"
                         "\"ev\":\"hello\",\"cold\":false}}\n"
                         "{\"at_ms\":9000,\"end\":\"complete\"}\n");
    recorded_read(&r);
    trial_look(&r.traces[0], &traits);
    assert_true(traits.cold && traits.coarse && traits.brief && !traits.cut && !traits.retried);
    trial_look(&r.traces[1], &traits);
    assert_true(!traits.cold && !traits.brief && traits.cut && traits.retried);
    assert_string_equal(traits.label, "busy");
    recorded_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_corpus_gives_the_same_figures),
        cmocka_unit_test(jobs_before_which_too_few_had_ended_are_not_judged),
        cmocka_unit_test(the_same_jobs_can_be_judged_at_every_amount_of_history),
        cmocka_unit_test(the_future_is_not_learnt),
        cmocka_unit_test(learning_helps),
        cmocka_unit_test(what_did_not_complete_is_counted),
        cmocka_unit_test(a_job_is_looked_through),
    };
    return cmocka_run_group_tests_name("trial", tests, NULL, NULL);
}
