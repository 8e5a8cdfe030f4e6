// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/job_state.h"

#include "test.h"

static void every_state_has_a_name_that_leads_back(void **state)
{
    (void)state;
    for (int i = 0; i < JOB_STATE_COUNT; i++) {
        enum job_state back = JOB_STATE_COUNT;
        assert_non_null(job_state_name((enum job_state)i));
        assert_true(job_state_from_name(job_state_name((enum job_state)i), &back));
        assert_int_equal(back, i);
    }
    enum job_state kept = JOB_RUNNING;
    assert_false(job_state_from_name("sleeping", &kept));
    assert_int_equal(kept, JOB_RUNNING);
}

static void the_usual_way_is_legal(void **state)
{
    (void)state;
    enum job_state s = JOB_QUEUED;
    struct error err;
    for (int to = JOB_STARTING; to <= JOB_COMPLETE; to++)
        assert_int_equal(job_state_move(&s, (enum job_state)to, &err), OK);
    assert_true(job_state_terminal(s));
}

static void no_way_leads_out_of_a_terminal_state(void **state)
{
    (void)state;
    struct error err;
    for (int from = 0; from < JOB_STATE_COUNT; from++) {
        bool terminal = from == JOB_COMPLETE || from == JOB_FAILED || from == JOB_CANCELLED;
        assert_int_equal(job_state_terminal((enum job_state)from), terminal);
        assert_int_equal(job_state_may((enum job_state)from, JOB_FAILED), !terminal);
        assert_int_equal(job_state_may((enum job_state)from, JOB_CANCELLED), !terminal);
        assert_false(job_state_may((enum job_state)from, (enum job_state)from));
    }
    enum job_state s = JOB_COMPLETE;
    assert_int_equal(job_state_move(&s, JOB_RUNNING, &err), ERR_CONFLICT);
    assert_string_equal(err.text, "a complete job cannot become running");
    assert_int_equal(s, JOB_COMPLETE);
}

static void complete_comes_only_after_finalizing(void **state)
{
    (void)state;
    for (int from = 0; from < JOB_STATE_COUNT; from++)
        assert_int_equal(job_state_may((enum job_state)from, JOB_COMPLETE), from == JOB_FINALIZING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_a_name_that_leads_back),
        cmocka_unit_test(the_usual_way_is_legal),
        cmocka_unit_test(no_way_leads_out_of_a_terminal_state),
        cmocka_unit_test(complete_comes_only_after_finalizing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
