// SPDX-License-Identifier: GPL-3.0-or-later
#include "made_job.h"

#include "base/memory.h"
#include "test.h"

enum { JOBS = 400 };

// Jobs of one seed, one after the other.
struct jobs {
    struct deployment home;
    struct made_job job;
};

static int begin(void **state)
{
    *state = mem_new(struct jobs);
    deployment_init(&((struct jobs *)*state)->home, 7);
    return 0;
}

static int end(void **state)
{
    free(*state);
    return 0;
}

static const struct made_job *next(struct jobs *jobs)
{
    made_job_throw(&jobs->home, &jobs->job);
    made_job_run(&jobs->job);
    made_job_leave(&jobs->job, &jobs->home);
    return &jobs->job;
}

static void a_seed_gives_the_jobs_of_the_published_table(void **state)
{
    static const double totals_s[] = {159.451201, 134.401238, 10.510197, 24.382520};
    for (size_t i = 0; i < sizeof(totals_s) / sizeof(totals_s[0]); i++)
        assert_true(fabs(next(*state)->total_s - totals_s[i]) < 1e-6);
}

static void blocks_come_one_after_the_other_and_take_what_they_cost(void **state)
{
    for (int n = 0; n < JOBS; n++) {
        const struct made_job *job = next(*state);
        const struct attempt *a = &job->attempts[0];
        for (int k = 0; k < job->stage_count; k++) {
            const struct stage *s = &job->stages[k];
            const double *done = s->done[0];
            assert_true(done[0] - s->cost[0] >= (k > 0 ? a->work_s : a->hello_s) - 1e-9);
            for (int i = 1; i < job->blocks; i++)
                assert_true(s->cost[i] > 0 && done[i] - done[i - 1] >= s->cost[i] - 1e-9);
        }
        assert_true(job->total_s > a->until_s);
    }
}

static void what_goes_wrong_shows_in_the_run(void **state)
{
    int seen[FAULT_COUNT] = {0};
    for (int n = 0; n < JOBS; n++) {
        const struct made_job *job = next(*state);
        const struct attempt *a = &job->attempts[0];
        bool dies = job->fault == FAULT_RETRIED || job->fault == FAULT_FAILED;
        seen[job->fault]++;
        assert_int_equal(job->attempt_count, job->fault == FAULT_RETRIED ? 2 : 1);
        assert_int_equal(a->until_s < a->end_s, dies);
        assert_int_equal(isfinite(a->hang_s), job->fault == FAULT_HUNG);
        assert_int_equal(a->lost_until_s > a->lost_s, job->fault == FAULT_CUT);
        assert_true(job->fault != FAULT_RETRIED || job->attempts[1].begin_s > a->until_s);
    }
    for (int fault = 0; fault < FAULT_COUNT; fault++)
        assert_true(seen[fault] > 0);
}

static void dice_thrown_apart_cost_what_they_cost_together(void **state)
{
    struct made_job *anew AUTO(mem_free) = mem_new(struct made_job);
    for (int n = 0; n < 20; n++) {
        const struct made_job *job = next(*state);
        *anew = *job;
        for (int k = 0; k < job->stage_count; k++) {
            struct stage *s = &anew->stages[k];
            memset(s->cost, 0, sizeof(s->cost));
            for (int i = 0; i < job->blocks; i++)
                stage_cost(anew, s, i, i + 1);
        }
        made_job_run(anew);
        assert_true(fabs(anew->total_s - job->total_s) < 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_seed_gives_the_jobs_of_the_published_table, begin, end),
        cmocka_unit_test_setup_teardown(blocks_come_one_after_the_other_and_take_what_they_cost,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_goes_wrong_shows_in_the_run, begin, end),
        cmocka_unit_test_setup_teardown(dice_thrown_apart_cost_what_they_cost_together, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
