// SPDX-License-Identifier: GPL-3.0-or-later
#include "oracle.h"

#include "test.h"

enum { MOMENTS = 6, THROWS = 16 };

struct jobs {
    struct deployment home;
    struct made_job job;
};

static int begin(void **state)
{
    *state = mem_new(struct jobs);
    deployment_init(&((struct jobs *)*state)->home, 3);
    return 0;
}

static int end(void **state)
{
    free(*state);
    return 0;
}

// The next that completes.
static const struct made_job *next(struct jobs *jobs)
{
    do {
        made_job_throw(&jobs->home, &jobs->job);
        made_job_run(&jobs->job);
        made_job_leave(&jobs->job, &jobs->home);
    } while (!made_job_completes(&jobs->job));
    return &jobs->job;
}

// Mean |d − t / T| over a job.
static double off(struct oracle *oracle, const struct made_job *job, unsigned facts)
{
    double sum = 0;
    for (int i = 0; i < MOMENTS; i++) {
        double share = (i + 0.5) / MOMENTS;
        sum += fabs(oracle_shows(oracle, facts, THROWS, share * job->total_s) - share);
    }
    return sum / MOMENTS;
}

static void told_everything_it_is_never_off(void **state)
{
    for (int n = 0; n < 150; n++) {
        const struct made_job *job = next(*state);
        struct oracle *oracle AUTO(oracle_free) = oracle_new(job, THROWS, 1);
        assert_true(off(oracle, job, FACTS_ALL) < 1e-9);
    }
}

static void told_more_it_is_less_off(void **state)
{
    double base = 0;
    double told[FACT_COUNT] = {0};
    double alone[FACT_COUNT] = {0};
    for (int n = 0; n < 60; n++) {
        const struct made_job *job = next(*state);
        struct oracle *oracle AUTO(oracle_free) = oracle_new(job, THROWS, 1);
        base += off(oracle, job, 0);
        for (int fact = 0; fact < FACT_COUNT; fact++) {
            told[fact] += off(oracle, job, 1U << fact);
            alone[fact] += off(oracle, job, FACTS_ALL & ~(1U << fact));
        }
    }
    for (int fact = 0; fact < FACT_COUNT; fact++) {
        assert_true(told[fact] < 1.05 * base); // what is worth little is lost in the dice
        assert_true(alone[fact] < 0.7 * base);
        assert_true(alone[fact] > 0 || fact == FACT_STATE); // which shows in the paces alone
    }
    assert_true(told[FACT_LUCK] < 0.9 * base && told[FACT_FAULTS] < 0.9 * base);
}

// Whatever has gone wrong before: only the last step is open.
static void what_has_been_seen_stands_in_every_throw(void **state)
{
    int seen[FAULT_COUNT] = {0};
    for (int n = 0; n < 150; n++) {
        const struct made_job *job = next(*state);
        struct oracle *oracle AUTO(oracle_free) = oracle_new(job, THROWS, 1);
        double t_s = 0.5 * (job->finalize_at_s + job->total_s);
        double d = oracle_shows(oracle, 0, THROWS, t_s);
        seen[job->fault]++;
        assert_true(d <= 1 && d >= t_s / (job->finalize_at_s + 0.8));
    }
    for (int fault = 0; fault < FAULT_COUNT; fault++)
        assert_true(seen[fault] > 0 || fault == FAULT_FAILED);
}

// At the last moment of a start of which nobody knows how long it lasts, all else told.
static void a_start_lasts_longer_than_it_has_lasted(void **state)
{
    for (int n = 0; n < 50; n++) {
        const struct made_job *job = next(*state);
        struct oracle *oracle AUTO(oracle_free) = oracle_new(job, THROWS, 1);
        unsigned facts = FACTS_ALL & ~(1U << FACT_STARTUP);
        double left_s = 0.01;
        double t_s = job->attempts[0].hello_s - left_s;
        assert_true(t_s / oracle_shows(oracle, facts, THROWS, t_s) > job->total_s - left_s - 1e-9);
    }
}

static void while_a_job_hangs_its_blocks_take_no_longer(void **state)
{
    int hung = 0;
    while (hung < 3) {
        const struct made_job *job = next(*state);
        const struct attempt *a = &job->attempts[0];
        if (job->fault != FAULT_HUNG)
            continue;
        struct oracle *oracle AUTO(oracle_free) = oracle_new(job, THROWS, 1);
        unsigned facts = FACTS_ALL & ~(1U << FACT_LUCK);
        double from_s = a->hang_s + 0.001;
        double to_s = a->hang_s + job->hang_for_s - 0.001;
        double total_s = from_s / oracle_shows(oracle, facts, THROWS, from_s);
        double later_s = to_s / oracle_shows(oracle, facts, THROWS, to_s);
        assert_true(fabs(later_s - total_s) < 0.02 * total_s);
        hung++;
    }
}

// What it shows is the median of t / T, weighed by 1 / T: at moments anywhere in many jobs, the end
// comes sooner than it says in half of them.
static void at_half_of_all_moments_the_end_comes_sooner(void **state)
{
    enum { JOBS = 400 };
    int sooner = 0;
    for (int n = 0; n < JOBS; n++) {
        const struct made_job *job = next(*state);
        struct oracle *oracle AUTO(oracle_free) = oracle_new(job, THROWS, 1);
        double t_s = (n + 0.5) / JOBS * job->total_s;
        sooner += job->total_s < t_s / oracle_shows(oracle, 0, THROWS, t_s);
    }
    assert_true(sooner > 0.44 * JOBS && sooner < 0.6 * JOBS); // of few throws the upper median
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(told_everything_it_is_never_off, begin, end),
        cmocka_unit_test_setup_teardown(told_more_it_is_less_off, begin, end),
        cmocka_unit_test_setup_teardown(what_has_been_seen_stands_in_every_throw, begin, end),
        cmocka_unit_test_setup_teardown(a_start_lasts_longer_than_it_has_lasted, begin, end),
        cmocka_unit_test_setup_teardown(while_a_job_hangs_its_blocks_take_no_longer, begin, end),
        cmocka_unit_test_setup_teardown(at_half_of_all_moments_the_end_comes_sooner, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
