// SPDX-License-Identifier: GPL-3.0-or-later
// test_supervisor.c — one supervisor from submit to end, with real processes as workers.
#include "house.h"

#include "job/trace.h"
#include "jobs/learning.h"

static void a_job_is_run_and_its_output_looked_at_before_it_is_complete(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new("hello; made 1\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    assert_true(h->created);
    struct seen seen = house_until(h, id, JOB_COMPLETE);
    assert_true(seen.newest.has_result);
    assert_int_equal(seen.newest.result.bytes, 5);
    assert_string_equal(seen.newest.result.output, "out/a.mp4");
    assert_int_equal(seen.falls, 0);
    assert_int_equal(seen.backwards, 0);
    assert_int_equal(house_lines("made.txt"), 1);
    struct error err;
    assert_int_equal(house_answer(h, supervisor_find(h->s, "ada", id, house_reply(h), &err)), OK);
    assert_int_equal(h->snapshot.state, JOB_COMPLETE);
    assert_string_equal(h->snapshot.worker, "w");
}

static bool is_full(const struct seen *seen)
{
    return seen->newest.progress.fraction >= 1;
}

static void a_complete_job_stays_in_the_table_with_its_end(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new("hello; made 1\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until_seen(h, id, is_full, "the end of the glide");
    supervisor_free(h->s);
    house_open(h); // another process would see the same
    struct error err;
    assert_int_equal(house_answer(h, supervisor_find(h->s, "ada", id, house_reply(h), &err)), OK);
    assert_int_equal(h->snapshot.state, JOB_COMPLETE);
    assert_true(h->snapshot.progress.fraction == 1);
    assert_int_equal(h->snapshot.result.frames, 3);
    assert_int_equal(house_spooled(), 0);
}

static void a_complete_job_teaches_the_next(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new(
        "hello\n"
        "say 1 '\"plan\",\"plan\":[{\"phase\":\"upscale\",\"unit\":\"frames\",\"total\":50}]'\n"
        "say 2 '\"end\",\"phase\":\"upscale\",\"done\":50,\"busy_s\":2'\n"
        "printf 12345 >$OUT; say 3 '\"result\",\"output\":\"'$OUT'\",\"bytes\":5,\"timings\":"
        "{\"upscale\":{\"busy_s\":0.01,\"wall_s\":0.01}}'\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_COMPLETE);
    struct error err;
    assert_int_equal(house_answer(h, supervisor_find(h->s, "ada", id, house_reply(h), &err)), OK);
    struct learning *learning AUTO(learning_free) = learning_new("data/headway.db");
    assert_int_equal(learning_model(learning)->records, 1);
}

static void a_retryable_failure_is_tried_again_and_the_bar_does_not_fall(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new(
        "hello\n"
        "say 1 '\"progress\",\"phase\":\"upscale\",\"done\":30,\"total\":50'\n"
        "if [ $ATTEMPT = 3 ]; then made 2; else say 2 '\"error\",\"code\":\"io\","
        "\"retryable\":true,\"text\":\"the disk hiccuped\"'; fi\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    struct seen seen = house_until(h, id, JOB_COMPLETE);
    assert_int_equal(seen.newest.progress.attempt, 3);
    assert_int_equal(seen.falls, 0);
    struct supervisor_stats stats;
    supervisor_stats(h->s, &stats);
    assert_int_equal(stats.workers_started, 3);
}

static void keep_text(void *context, const char *text, size_t n)
{
    buffer_append(context, text, n); // before the end is told, which the test waits for
}

static void what_happened_to_a_job_is_handed_over_as_a_trace(void **state)
{
    (void)state;
    char id[64];
    struct buffer text BUFFER_AUTO;
    struct trace_reader reader;
    struct trace trace = {0};
    struct trace_line last;
    struct error err;
    bool found;
    buffer_init(&text, 100000);
    struct house *h AUTO(house_free) = house_new(
        "hello\n"
        "say 1 '\"progress\",\"phase\":\"upscale\",\"done\":30,\"total\":50'\n"
        "if [ $ATTEMPT = 2 ]; then made 2; else say 2 '\"error\",\"code\":\"io\","
        "\"retryable\":true,\"text\":\"the disk hiccuped\"'; fi\n");
    h->o.on_trace = keep_text;
    h->o.trace_context = &text;
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_COMPLETE);
    trace_reader_init(&reader, text.data, text.size);
    assert_int_equal(trace_next(&reader, &trace, &found, &err), OK);
    assert_true(found && trace.ended && trace.outcome == OUTCOME_COMPLETE);
    assert_int_equal(reader.counts.broken, 0);
    assert_string_equal(trace.submit.id, id);
    assert_int_equal(trace.submit.type, EXPORT_FRAMING_AI);
    int words[TRACE_WORD_COUNT] = {0};
    int results = 0;
    for (size_t i = 0; i < trace.count; i++) {
        trace_at(&trace, i, &last);
        if (last.kind == TRACE_SERVER)
            words[last.server.word]++;
        results += last.kind == TRACE_EVENT && last.event.kind == EVENT_RESULT;
    }
    assert_int_equal(words[TRACE_ATTEMPT], 1);
    assert_int_equal(results, 1);
    assert_int_equal(last.kind, TRACE_SERVER); // the end of finalize, behind the worker's last word
    assert_int_equal(last.server.phase, PHASE_FINALIZE);
    trace_done(&trace);
}

static void a_failure_that_no_retry_can_help_is_final(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new(
        "hello; say 1 '\"error\",\"code\":\"media\",\"retryable\":false,\"text\":\"torn film\"'\n"
        "echo x >>made.txt\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    struct seen seen = house_until(h, id, JOB_FAILED);
    assert_string_equal(seen.newest.error.text, "torn film");
    assert_int_equal(seen.newest.error.code, ERR_MEDIA);
    assert_int_equal(house_lines("made.txt"), 1);
}

static void a_worker_that_is_killed_each_time_fails_with_the_true_reason(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new("hello; kill -9 $$\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    struct seen seen = house_until(h, id, JOB_FAILED);
    assert_string_equal(seen.newest.error.text,
                        "after 3 attempts: the worker was killed by signal 9 (Killed)");
    assert_int_equal(house_spooled(), 0);
}

static void what_a_killed_worker_was_writing_is_removed(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new(
        "hello; touch out/.a.mp4.$$.part out/.b.mp4.1$$.part; kill -9 $$\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_FAILED);
    assert_int_equal(system("ls -A out | grep -vc b.mp4 >left.txt"), 256); // grep found none
    assert_int_equal(system("test $(ls -A out | wc -l) = 3"), 0);
}

static void folders_of_an_output_that_never_came_are_removed(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new(
        "hello; test -d ${OUT%%/*} && touch there.txt; kill -9 $$\n");
    h->o.object_root = "data/objects";
    house_open(h);
    house_submit(h, "reels/new/a.mp4", id);
    (void)house_until(h, id, JOB_FAILED);
    assert_int_equal(access("there.txt", F_OK), 0);
    assert_int_equal(access("data/objects/ada", F_OK), -1);
}

static void an_output_of_another_size_is_not_believed(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new(
        "hello; printf 123 >$OUT; say 1 '\"result\",\"output\":\"'$OUT'\",\"bytes\":5'\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    struct seen seen = house_until(h, id, JOB_FAILED);
    assert_non_null(strstr(seen.newest.error.text, "5 bytes"));
    assert_non_null(strstr(seen.newest.error.text, "there are 3"));
}

static void a_program_that_is_not_there_is_named(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new("");
    h->o.program = "./absent";
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    struct seen seen = house_until(h, id, JOB_FAILED);
    assert_int_equal(seen.newest.error.code, ERR_NOT_FOUND);
}

static void who_waits_is_told_place_and_time(void **state)
{
    (void)state;
    char first[64];
    char second[64];
    char third[64];
    struct house *h AUTO(house_free) = house_new("hello; until_there go; made 1\n");
    house_open(h);
    house_submit(h, "out/1.mp4", first);
    (void)house_until(h, first, JOB_RUNNING);
    house_submit(h, "out/2.mp4", second);
    assert_int_equal(house_submit_as(h, "ada", house_spec("out/3.mp4"), NULL, 5), OK);
    strcpy(third, h->job);
    struct error err;
    do { // the forecast comes with the next round
        assert_int_equal(house_answer(h, supervisor_find(h->s, NULL, second, house_reply(h), &err)),
                         OK);
    } while (h->snapshot.queue_position != 2);
    assert_true(h->snapshot.has_queue_eta);
    assert_true(h->snapshot.queue_eta_low_ns <= h->snapshot.queue_eta_ns &&
                h->snapshot.queue_eta_ns <= h->snapshot.queue_eta_high_ns &&
                h->snapshot.queue_eta_ns > 0);
    assert_int_equal(house_answer(h, supervisor_find(h->s, NULL, third, house_reply(h), &err)), OK);
    assert_int_equal(h->snapshot.queue_position, 1); // by its priority
    house_touch("go");
    (void)house_until(h, second, JOB_COMPLETE);
    (void)house_until(h, third, JOB_COMPLETE);
    char made[256] = "";
    FILE *f = fopen("made.txt", "r");
    assert_non_null(f);
    size_t n = fread(made, 1, sizeof(made) - 1, f);
    made[n] = '\0';
    (void)fclose(f);
    assert_true(strstr(made, third) < strstr(made, second));
}

static void one_user_does_not_take_all_workers(void **state)
{
    (void)state;
    char ids[2][64];
    struct house *h AUTO(house_free) = house_new("hello; until_there go; made 1\n");
    h->o.workers = 2;
    h->o.workers_per_user = 1;
    house_open(h);
    house_submit(h, "out/1.mp4", ids[0]);
    house_submit(h, "out/2.mp4", ids[1]);
    assert_int_equal(house_submit_as(h, "bob", house_spec("out/3.mp4"), NULL, 0), OK);
    char bobs[64];
    strcpy(bobs, h->job);
    (void)house_until(h, bobs, JOB_RUNNING);
    (void)house_until(h, ids[0], JOB_RUNNING);
    struct error err;
    assert_int_equal(house_answer(h, supervisor_find(h->s, NULL, ids[1], house_reply(h), &err)),
                     OK);
    assert_int_equal(h->snapshot.state, JOB_QUEUED);
    house_touch("go");
    (void)house_until(h, ids[1], JOB_COMPLETE);
}

static bool is_unknown(const struct seen *seen)
{
    return seen->was_unknown;
}

static void a_silent_worker_is_unknown_and_then_heard_again(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new("hello; until_there go; made 1\n");
    h->o.silence_ms = 100;
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    struct seen seen = house_until_seen(h, id, is_unknown, "an unknown worker");
    assert_int_equal(seen.newest.state, JOB_RUNNING); // not failed
    assert_true(seen.was_simulated);
    house_touch("go");
    seen = house_until(h, id, JOB_COMPLETE);
    assert_int_equal(seen.falls, 0);
    assert_int_equal(seen.newest.progress.attempt, 1);
}

static void a_stopped_worker_is_killed_in_the_end_and_its_job_tried_again(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new("hello\n"
                                                 "if [ $ATTEMPT = 1 ]; then kill -STOP $$; fi\n"
                                                 "made 1\n");
    h->o.stopped_ms = 200;
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    struct seen seen = house_until(h, id, JOB_COMPLETE);
    assert_true(seen.was_unknown);
    assert_int_equal(seen.newest.progress.attempt, 2);
    assert_int_equal(seen.falls, 0);
    assert_int_equal(house_lines("made.txt"), 1);
}

static bool is_simulated(const struct seen *seen)
{
    return seen->newest.state == JOB_RUNNING && seen->newest.progress.fraction > 0.001 &&
           seen->was_simulated;
}

static void an_old_worker_is_simulated_until_its_end(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new("until_there go; made 0\n");
    h->o.silence_ms = 100;
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    struct seen seen = house_until_seen(h, id, is_simulated, "simulated progress");
    assert_int_equal(seen.newest.progress.health, HEALTH_OK);
    // 50 frames at 1.0 s each, as nothing is known of such jobs
    assert_true(seen.newest.progress.has_eta);
    assert_in_range(seen.newest.progress.eta_ns / 1000000000, 30, 90);
    house_touch("go");
    seen = house_until(h, id, JOB_COMPLETE);
    assert_int_equal(seen.falls, 0);
}

static bool is_simulated_far(const struct seen *seen)
{
    return seen->newest.state == JOB_RUNNING && seen->newest.progress.source == SOURCE_SIMULATED &&
           seen->newest.progress.fraction > 0.005;
}

static bool is_counted(const struct seen *seen)
{
    return seen->newest.progress.source == SOURCE_COUNTS;
}

// Late and coarse: the first word after a while, then one count of ten.
static void one_that_speaks_late_and_coarsely_is_blended_in(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new(
        "until_there go; hello\n"
        "say 1 '\"progress\",\"phase\":\"upscale\",\"done\":10,\"total\":50'\n"
        "until_there go2\n"
        "say 2 '\"progress\",\"phase\":\"upscale\",\"done\":20,\"total\":50'\n"
        "until_there go3; made 3\n");
    h->o.silence_ms = 100;
    (void)remove("go2");
    (void)remove("go3");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    struct seen before = house_until_seen(h, id, is_simulated_far, "simulated progress");
    house_touch("go");
    house_touch("go2");
    struct seen after = house_until_seen(h, id, is_counted, "counts");
    assert_true(after.newest.progress.fraction >= before.newest.progress.fraction);
    assert_true(after.newest.progress.fraction < before.newest.progress.fraction + 0.1); // no leap
    house_touch("go3");
    struct seen seen = house_until(h, id, JOB_COMPLETE);
    assert_int_equal(seen.falls, 0);
    assert_int_equal(seen.newest.progress.attempt, 1);
}

static void a_running_job_is_cancelled_when_its_worker_has_ended(void **state)
{
    (void)state;
    char id[64];
    struct house *h AUTO(house_free) = house_new(
        "trap 'until_there go; echo stopped >>made.txt; exit 130' TERM\n"
        "hello; while :; do sleep 0.02; done\n");
    house_open(h);
    house_submit(h, "out/a.mp4", id);
    (void)house_until(h, id, JOB_RUNNING);
    struct error err;
    assert_int_equal(house_answer(h, supervisor_cancel(h->s, "ada", id, house_reply(h), &err)), OK);
    assert_int_equal(h->snapshot.state, JOB_RUNNING); // still
    assert_string_equal(h->snapshot.message, "Cancelling…");
    house_touch("go");
    (void)house_until(h, id, JOB_CANCELLED);
    assert_int_equal(house_lines("made.txt"), 1);
    assert_int_equal(house_answer(h, supervisor_cancel(h->s, "ada", id, house_reply(h), &err)),
                     OK); // idempotent
    assert_int_equal(h->snapshot.state, JOB_CANCELLED);
}

static void a_waiting_job_is_cancelled_at_once(void **state)
{
    (void)state;
    char first[64];
    char second[64];
    struct error err;
    struct house *h AUTO(house_free) = house_new("hello; until_there go; made 1\n");
    house_open(h);
    house_submit(h, "out/1.mp4", first);
    (void)house_until(h, first, JOB_RUNNING);
    house_submit(h, "out/2.mp4", second);
    assert_int_equal(house_answer(h, supervisor_cancel(h->s, NULL, second, house_reply(h), &err)),
                     OK);
    assert_int_equal(h->snapshot.state, JOB_CANCELLED);
    house_touch("go");
    (void)house_until(h, first, JOB_COMPLETE);
    assert_int_equal(house_lines("made.txt"), 1);
}

static void a_drain_ends_when_the_last_worker_has(void **state)
{
    (void)state;
    char id[64];
    struct error err;
    struct house *h AUTO(house_free) = house_new("hello; until_there go; made 1\n");
    house_open(h);
    house_submit(h, "out/1.mp4", id);
    (void)house_until(h, id, JOB_RUNNING);
    assert_int_equal(supervisor_drain(h->s, house_reply(h), &err), OK);
    house_touch("go");
    assert_int_equal(house_answer(h, OK), OK);
    (void)house_until(h, id, JOB_COMPLETE);
    assert_int_equal(house_submit_as(h, "ada", house_spec("out/2.mp4"), NULL, 0), ERR_UNAVAILABLE);
}

static void two_supervisors_do_not_share_a_folder(void **state)
{
    (void)state;
    struct house *h AUTO(house_free) = house_new("");
    house_open(h);
    struct supervisor *other = NULL;
    struct error err = {0};
    assert_int_equal(supervisor_new(&h->o, &other, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.text, "another server works in data"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_is_run_and_its_output_looked_at_before_it_is_complete),
        cmocka_unit_test(a_complete_job_stays_in_the_table_with_its_end),
        cmocka_unit_test(a_complete_job_teaches_the_next),
        cmocka_unit_test(a_retryable_failure_is_tried_again_and_the_bar_does_not_fall),
        cmocka_unit_test(what_happened_to_a_job_is_handed_over_as_a_trace),
        cmocka_unit_test(a_failure_that_no_retry_can_help_is_final),
        cmocka_unit_test(a_worker_that_is_killed_each_time_fails_with_the_true_reason),
        cmocka_unit_test(what_a_killed_worker_was_writing_is_removed),
        cmocka_unit_test(folders_of_an_output_that_never_came_are_removed),
        cmocka_unit_test(an_output_of_another_size_is_not_believed),
        cmocka_unit_test(a_program_that_is_not_there_is_named),
        cmocka_unit_test(who_waits_is_told_place_and_time),
        cmocka_unit_test(one_user_does_not_take_all_workers),
        cmocka_unit_test(a_silent_worker_is_unknown_and_then_heard_again),
        cmocka_unit_test(a_stopped_worker_is_killed_in_the_end_and_its_job_tried_again),
        cmocka_unit_test(an_old_worker_is_simulated_until_its_end),
        cmocka_unit_test(one_that_speaks_late_and_coarsely_is_blended_in),
        cmocka_unit_test(a_running_job_is_cancelled_when_its_worker_has_ended),
        cmocka_unit_test(a_waiting_job_is_cancelled_at_once),
        cmocka_unit_test(a_drain_ends_when_the_last_worker_has),
        cmocka_unit_test(two_supervisors_do_not_share_a_folder),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
