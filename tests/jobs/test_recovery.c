// SPDX-License-Identifier: GPL-3.0-or-later
// test_recovery.c — a supervisor goes away at the worst moment, another one takes its place. What
// a kill of its process does is test_torture.c's.
#include "house.h"

#include <signal.h>

#include "history/jobs.h"

// The supervisor goes, its worker stays; `meanwhile` happens; the next one comes.
static void reopen(struct house *h, void (*meanwhile)(void))
{
    supervisor_free(h->s);
    h->s = NULL;
    if (meanwhile)
        meanwhile();
    house_open(h);
}

static bool has_counts(const struct seen *seen)
{
    return seen->newest.progress.fraction > 0.01 &&
           seen->newest.progress.phases[PHASE_UPSCALE].done_units == 30;
}

static void a_live_worker_is_adopted_and_the_bar_goes_on(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new(
        "hello\n"
        "say 1 '\"progress\",\"phase\":\"upscale\",\"done\":30,\"total\":50'\n"
        "until_there go; made 2\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    struct seen before = house_until_seen(h, id, has_counts, "counts");
    reopen(h, NULL);
    struct seen after = house_until_seen(h, id, has_counts, "counts again");
    assert_true(after.newest.progress.fraction >= before.newest.progress.fraction);
    assert_true(after.newest.seq > before.newest.seq);
    assert_string_equal(after.newest.worker, "w");
    struct supervisor_stats stats;
    supervisor_stats(h->s, &stats);
    assert_int_equal(stats.adopted, 1);
    assert_int_equal(stats.workers_started, 0);
    house_touch("go");
    struct seen seen = house_until(h, id, JOB_COMPLETE);
    assert_int_equal(seen.falls, 0);
    assert_int_equal(seen.backwards, 0);
    assert_int_equal(seen.newest.progress.attempt, 1);
    assert_int_equal(house_lines("made.txt"), 1);
}

static void go_and_wait_until_made(void)
{
    house_touch("go");
    while (house_lines("made.txt") == 0)
        (void)usleep(5000);
    while (house_lines("gone.txt") == 0)
        (void)usleep(5000);
}

static void an_output_that_is_there_is_finalized_not_made_again(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new(
        "hello; until_there go; made 1; echo x >gone.txt\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_RUNNING);
    reopen(h, go_and_wait_until_made);
    (void)house_until(h, id, JOB_COMPLETE);
    assert_int_equal(house_lines("made.txt"), 1);
}

static void kill_the_worker(void)
{
    char text[32] = "";
    FILE *f = fopen("pid.txt", "r");
    assert_non_null(f);
    assert_non_null(fgets(text, sizeof(text), f));
    (void)fclose(f);
    assert_int_equal(kill((pid_t)atol(text), SIGKILL), 0);
}

static void one_that_died_unwatched_is_tried_again(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new(
        "echo $$ >pid.txt; hello\n"
        "if [ $ATTEMPT = 1 ]; then while :; do sleep 0.02; done; fi\n"
        "made 1\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_RUNNING);
    reopen(h, kill_the_worker);
    struct seen seen = house_until(h, id, JOB_COMPLETE);
    assert_int_equal(seen.newest.progress.attempt, 2);
    assert_int_equal(seen.falls, 0);
}

static void who_waited_waits_on_and_is_run(void **state)
{
    (void)state;
    char first[64];
    char second[64];
    struct house *h AUTO(house_free) = house_new("hello; until_there go; made 1\n");
    house_open(h);
    house_submit(h, "out/1.mp4", first);
    house_submit(h, "out/2.mp4", second);
    (void)house_until(h, first, JOB_RUNNING);
    reopen(h, NULL);
    house_touch("go");
    (void)house_until(h, first, JOB_COMPLETE);
    (void)house_until(h, second, JOB_COMPLETE);
    assert_int_equal(house_lines("made.txt"), 2);
}

// The wish is durable before it is answered; the process dies before the worker has stopped.
static void a_cancel_is_not_forgotten(void **state)
{
    (void)state;
    char id[64];
    struct error err;
    struct house *h AUTO(house_free) = house_new("trap 'until_there go; exit 130' TERM\n"
                                                 "hello; while :; do sleep 0.02; done\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_RUNNING);
    assert_int_equal(house_answer(h, supervisor_cancel(h->s, "ada", id, house_reply(h), &err)), OK);
    reopen(h, NULL);
    house_touch("go");
    (void)house_until(h, id, JOB_CANCELLED);
}

// The process dies between the wish and what it leads to.
static void wish_to_cancel(void)
{
    struct jobs *jobs AUTO(jobs_free) = NULL;
    struct error err;
    char id[JOBS_ID] = "";
    FILE *f = fopen("second.txt", "r");
    assert_non_null(f);
    assert_non_null(fgets(id, sizeof(id), f));
    (void)fclose(f);
    struct job_row row;
    assert_int_equal(jobs_open("data/headway.db", &jobs, &err), OK);
    assert_int_equal(jobs_find(jobs, id, &row, NULL, &err), OK);
    assert_int_equal(jobs_ask_cancel(jobs, &row, &err), OK);
}

static void a_cancel_of_who_waits_is_not_forgotten_either(void **state)
{
    (void)state;
    char first[64];
    char second[64];
    struct house *h AUTO(house_free) = house_new("hello; until_there go; made 1\n");
    house_open(h);
    house_submit(h, "out/1.mp4", first);
    house_submit(h, "out/2.mp4", second);
    (void)house_until(h, first, JOB_RUNNING);
    FILE *f = fopen("second.txt", "w");
    assert_non_null(f);
    assert_true(fputs(second, f) >= 0);
    assert_int_equal(fclose(f), 0);
    reopen(h, wish_to_cancel);
    (void)house_until(h, second, JOB_CANCELLED);
    house_touch("go");
    (void)house_until(h, first, JOB_COMPLETE);
    assert_int_equal(house_lines("made.txt"), 1);
}

static void leave_orphans(void)
{
    house_touch("data/spool/0123456789abcdef01234567.1.lines");
    house_touch("data/spool/0123456789abcdef01234567.1.log");
    house_touch("data/spool/stray");
}

static void files_of_no_attempt_are_removed(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new("hello; until_there go; made 1\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_RUNNING);
    reopen(h, leave_orphans);
    assert_int_equal(house_spooled(), 2); // of the attempt that runs
    house_touch("go");
    (void)house_until(h, id, JOB_COMPLETE);
    assert_int_equal(house_spooled(), 0);
}

static void drop_the_lines(void)
{
    assert_int_equal(system("rm data/spool/*"), 0);
}

// Nothing of what the worker said can be found: it is dead, so the job is done again.
static void a_lost_file_of_lines_loses_no_job(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new(
        "hello; if [ $ATTEMPT = 1 ]; then until_there go; fi; made 1; echo x >gone.txt\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_RUNNING);
    supervisor_free(h->s);
    drop_the_lines();
    go_and_wait_until_made();
    house_open(h);
    struct seen seen = house_until(h, id, JOB_COMPLETE);
    assert_int_equal(seen.newest.progress.attempt, 2);
}

static bool is_forgotten(struct house *h, const char *id)
{
    struct error err;
    return house_answer(h, supervisor_find(h->s, "ada", id, house_reply(h), &err)) == ERR_NOT_FOUND;
}

static void jobs_that_ended_long_ago_are_forgotten_and_their_outputs_kept(void **state)
{
    (void)state;
    char first[64];
    char second[64];
    struct house *h AUTO(house_free) = house_new("hello; made 1\n");
    house_open(h);
    house_submit(h, "out/a.mp4", first);
    (void)house_until(h, first, JOB_COMPLETE);
    house_submit(h, "out/b.mp4", second);
    (void)house_until(h, second, JOB_COMPLETE);
    h->o.keep_ms = 86400000;
    reopen(h, NULL);
    assert_false(is_forgotten(h, first));
    h->o.keep_count = 1;
    reopen(h, NULL);
    while (!is_forgotten(h, first)) // done in the first round, maybe after the answer
        ;
    assert_false(is_forgotten(h, second));
    h->o.keep_ms = 1;
    reopen(h, NULL);
    while (!is_forgotten(h, second))
        ;
    struct supervisor_stats stats;
    supervisor_stats(h->s, &stats);
    assert_int_equal(stats.pruned, 1);
    assert_int_equal(access("out/a.mp4", F_OK), 0);
    assert_int_equal(access("out/b.mp4", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_live_worker_is_adopted_and_the_bar_goes_on),
        cmocka_unit_test(an_output_that_is_there_is_finalized_not_made_again),
        cmocka_unit_test(one_that_died_unwatched_is_tried_again),
        cmocka_unit_test(who_waited_waits_on_and_is_run),
        cmocka_unit_test(a_cancel_is_not_forgotten),
        cmocka_unit_test(a_cancel_of_who_waits_is_not_forgotten_either),
        cmocka_unit_test(files_of_no_attempt_are_removed),
        cmocka_unit_test(a_lost_file_of_lines_loses_no_job),
        cmocka_unit_test(jobs_that_ended_long_ago_are_forgotten_and_their_outputs_kept),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
