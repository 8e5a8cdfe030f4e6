// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "../storage/folder.h"
#include "jobs/learning.h"

#define S INT64_C(1000000000)

// A job of `frames` frames has ended after `seconds`.
static void finish_in(struct learning *l, int frames, int64_t seconds, int64_t at_ms)
{
    struct tracker t;
    struct prior prior;
    struct job_snapshot last = {.job = "j"};
    const struct features known = {.has_frames_upscale = true,
                                   .frames_upscale = (uint64_t)frames,
                                   .has_cold = true,
                                   .device = "cpu-avx2-2",
                                   .engine = "x4fast"};
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    tracker_init(&t, EXPORT_FRAMING_AI, &prior, &known, 0);
    tracker_hello(&t, &known, 0);
    struct plan plan = {0};
    plan.phases[PHASE_UPSCALE] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = (uint64_t)frames};
    tracker_plan(&t, &plan, 0);
    tracker_begin(&t, PHASE_UPSCALE, 0);
    tracker_end(&t, PHASE_UPSCALE, (uint64_t)frames, seconds * S);
    tracker_finish(&t, OUTCOME_COMPLETE, seconds * S);
    tracker_snapshot(&t, seconds * S, &last.progress);
    struct event_result result = {.bytes = 1000};
    result.timings[PHASE_UPSCALE] = (struct record_phase){.present = true,
                                                          .busy_s = (double)seconds,
                                                          .wall_s = (double)seconds,
                                                          .units = (uint64_t)frames};
    const struct job_end end = {.tracker = &t,
                                .last = &last,
                                .result = &result,
                                .total_s = (double)seconds,
                                .estimated_s = 12,
                                .at_ms = at_ms};
    learning_take(l, &end);
}

// At 0.1 s a frame.
static void finish_one(struct learning *l, int frames, int64_t at_ms)
{
    finish_in(l, frames, frames / 10, at_ms);
}

static void a_drift_is_counted_once(void **state)
{
    (void)state;
    struct learning *l AUTO(learning_free) = learning_new("drift.db");
    for (int i = 1; i <= 20; i++)
        finish_in(l, 1000, 100 + i % 3, 60000 * i);
    assert_int_equal(learning_drifts(l), 0);
    for (int i = 21; i <= 24; i++)
        finish_in(l, 1000, 200 + i % 3, 60000 * i); // warns
    assert_int_equal(learning_drifts(l), 1);
}

static void finished_jobs_are_in_the_model_and_stay(void **state)
{
    (void)state;
    struct learning *l = learning_new("learn.db");
    struct features features = {0};
    learning_idle(l, 5000, &features);
    assert_false(features.has_idle);
    assert_int_equal(learning_model(l)->records, 0);
    for (int i = 1; i <= 3; i++)
        finish_one(l, 100 * i, 1000 * i);
    assert_int_equal(learning_model(l)->records, 3);
    learning_free(l);
    l = learning_new("learn.db"); // another process
    assert_int_equal(learning_model(l)->records, 3);
    learning_idle(l, 9000, &features);
    assert_true(features.has_idle);
    assert_true(features.idle_s > 5.9 && features.idle_s < 6.1);
    learning_free(l);
}

static void a_database_that_cannot_be_read_teaches_nothing(void **state)
{
    (void)state;
    struct learning *l AUTO(learning_free) = learning_new("no/such/folder.db");
    finish_one(l, 100, 1000); // warns
    assert_int_equal(learning_model(l)->records, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finished_jobs_are_in_the_model_and_stay),
        cmocka_unit_test(a_drift_is_counted_once),
        cmocka_unit_test(a_database_that_cannot_be_read_teaches_nothing),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
