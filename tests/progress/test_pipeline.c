// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/pipeline.h"

static void one_stage_takes_its_own_time(void **state)
{
    (void)state;
    struct pipeline_stage stages[] = {{.share = 0.25}};
    double seconds[] = {40};
    assert_near(pipeline_seconds(stages, seconds, 1), 30, 1e-9);
    stages[0].gate_s = 5;
    assert_near(pipeline_seconds(stages, seconds, 1), 35, 1e-9);
}

static void overlapping_stages_take_as_long_as_the_slowest(void **state)
{
    (void)state;
    struct pipeline_stage stages[3] = {{0}};
    double seconds[] = {10, 100, 20};
    double total = pipeline_seconds(stages, seconds, 3);
    // (N − 1) blocks of the slowest and one of each
    assert_near(total, 100 + (10.0 + 20.0) / PIPELINE_BLOCKS, 1e-9);
}

static void a_stage_that_follows_the_whole_one_before_adds_up(void **state)
{
    (void)state;
    struct pipeline_stage stages[] = {{0}, {.behind = 1}};
    double seconds[] = {10, 20};
    assert_near(pipeline_seconds(stages, seconds, 2), 30, 1e-9);
}

static void a_lag_is_made_up_for_at_the_end(void **state)
{
    (void)state;
    struct pipeline_stage stages[] = {{.share = 0.5}, {.share = 0.25, .behind = 0.25}};
    double seconds[] = {100, 20};
    double total = pipeline_seconds(stages, seconds, 2);
    assert_true(total > 50 + 20 * 0.25 - 1 && total < 50 + 20 * 0.25 + 2);
}

static void a_bounded_queue_holds_the_first_stage_back(void **state)
{
    (void)state;
    // the loader can run four blocks ahead of a gate of 30 s, not more
    struct pipeline_stage stages[] = {{0}, {.gate_s = 30}};
    double seconds[] = {48, 24};
    double total = pipeline_seconds(stages, seconds, 2);
    assert_true(total > 30 + 48 * 18.0 / 24 && total < 30 + 48);
}

static void no_stages_take_no_time(void **state)
{
    (void)state;
    struct pipeline_stage stages[] = {{.share = 1}, {.share = 1}};
    double seconds[] = {48, 24};
    assert_near(pipeline_seconds(stages, seconds, 2), 0, 1e-12);
    assert_near(pipeline_seconds(stages, seconds, 0), 0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_stage_takes_its_own_time),
        cmocka_unit_test(overlapping_stages_take_as_long_as_the_slowest),
        cmocka_unit_test(a_stage_that_follows_the_whole_one_before_adds_up),
        cmocka_unit_test(a_lag_is_made_up_for_at_the_end),
        cmocka_unit_test(a_bounded_queue_holds_the_first_stage_back),
        cmocka_unit_test(no_stages_take_no_time),
    };
    return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
