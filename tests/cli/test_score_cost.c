// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/score_cost.h"

#include "../job/recorded.h"

static void each_step_costs_something_and_a_worker_next_to_nothing(void **state)
{
    (void)state;
    struct recorded r;
    struct score_cost cost;
    struct error err;
    recorded_init(&r);
    recorded_job(&r, "a", 1, 400, 0.1);
    recorded_job(&r, "b", 100, 400, 0.1);
    recorded_read(&r);
    const struct corpus corpus = {.traces = r.traces, .count = r.count};
    if (score_cost_measure(&corpus, &cost, &err) != OK)
        fail_msg("%s", err.text);
    assert_true(cost.lines == 2 * (400 + 4)); // hello, plan, begin and result beside the frames
    assert_true(cost.snapshots > 800 && cost.snapshots < 820);
    assert_true(cost.line_us > 0.1 && cost.snapshot_us > 0.1 && cost.message_us > 0.1);
    assert_true(cost.worker > 0 && cost.worker < 0.1);
    recorded_done(&r);
}

static void traces_without_a_worker_have_no_cost(void **state)
{
    (void)state;
    struct recorded r;
    struct score_cost cost;
    struct error err;
    recorded_init(&r);
    buffer_text(&r.text, "{\"at_ms\":0,\"submit\":{\"type\":\"overlay\"}}\n"
                         "{\"at_ms\":5,\"server\":{\"ev\":\"begin\",\"phase\":\"startup\"}}\n"
                         "{\"at_ms\":9,\"end\":\"failed\"}\n");
    recorded_read(&r);
    const struct corpus corpus = {.traces = r.traces, .count = r.count};
    assert_int_equal(score_cost_measure(&corpus, &cost, &err), ERR_INVALID);
    assert_string_equal(err.text,
                        "--cost: expected lines of workers in the traces, but there are none");
    recorded_done(&r);
}

static void a_figure_that_misses_its_target_is_marked(void **state)
{
    (void)state;
    const struct score_cost cost = {
        .line_us = 1, .snapshot_us = 51, .message_us = 7, .worker = 0.0001};
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 4096);
    score_cost_text(&cost, &text);
    assert_non_null(strstr(text.data, "take in a worker's line | ≤ 5 | 1.00 |"));
    assert_non_null(strstr(text.data, "make a snapshot | ≤ 50 | **51.0** ✗ |"));
    assert_non_null(strstr(text.data, "spends on lines | ≤ 0.1 | 0.0100 |"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_costs_something_and_a_worker_next_to_nothing),
        cmocka_unit_test(traces_without_a_worker_have_no_cost),
        cmocka_unit_test(a_figure_that_misses_its_target_is_marked),
    };
    return cmocka_run_group_tests_name("score_cost", tests, NULL, NULL);
}
