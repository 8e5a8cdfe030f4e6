// SPDX-License-Identifier: GPL-3.0-or-later
// The worker is a shell script that speaks the protocol, so every way to end can be played.
#include "dispatch/local_job.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../storage/folder.h"
#include "../storage/loopback.h"
#include "job/trace.h"
#include "sys/clock.h"

#define LINE(seq, rest)                                                                            \
    "echo '{\"v\":1,\"job\":\"j\",\"attempt\":1,\"seq\":" #seq ",\"t_ms\":1,\"ev\":" rest "}'\n"
#define RESULT(output) LINE(1, "\"result\",\"output\":\"" output "\",\"bytes\":5")
#define HELLO LINE(0, "\"hello\",\"worker\":\"w1\"")
#define READ_SPEC "cat >spec.txt\n"

static void on_log(void *context, const char *line)
{
    char *all = context;
    if (all)
        strcat(strcat(all, line), "|");
}

static void on_trace(void *context, const struct trace_line *line)
{
    enum status status = trace_line_write(line, context, NULL);
    assert_int_equal(status, OK);
}

// Writes the script that plays the worker, and reads the spec of the job.
static struct spec *prepare(const char *script)
{
    FILE *f = fopen("worker.sh", "w");
    assert_non_null(f);
    assert_true(fprintf(f, "#!/bin/sh\n%s", script) > 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod("worker.sh", 0700), 0);
    static const char text[] =
        "{\"type\":\"framing_ai\",\"input\":\"in.mp4\",\"output\":\"out.mp4\"}";
    struct error err;
    struct spec *spec;
    assert_int_equal(spec_parse(text, strlen(text), &spec, &err), OK);
    return spec;
}

// Starts the script as a worker; its log lines are added to `log`, when there is one.
static struct local_job *start_with(const char *script, char *log, struct storage *storage)
{
    struct error err;
    struct spec *spec AUTO(spec_free) = prepare(script);
    const struct local_job_options options = {.program = "./worker.sh",
                                              .id = "j",
                                              .spec = spec,
                                              .storage = storage,
                                              .submitted_ns = clock_now_ns(),
                                              .on_log = on_log,
                                              .context = log};
    struct local_job *job = NULL;
    if (local_job_start(&options, &job, &err) != OK)
        fail_msg("%s", err.text);
    return job;
}

static struct local_job *start(const char *script)
{
    return start_with(script, NULL, NULL);
}

// Steps until the job has ended; checks on the way that the bar never falls.
static void run_to_the_end(struct local_job *job)
{
    double before = 0;
    while (!local_job_ended(job)) {
        struct pollfd fd = {.fd = local_job_fd(job), .events = POLLIN};
        (void)poll(&fd, 1, 20);
        local_job_step(job, clock_now_ns());
        double now = local_job_snapshot(job)->progress.fraction;
        assert_true(now >= before);
        before = now;
    }
}

static void what_happens_is_recorded_as_a_trace(void **state)
{
    (void)state;
    struct buffer text BUFFER_AUTO;
    struct error err;
    buffer_init(&text, 100000);
    struct spec *spec AUTO(spec_free) = prepare(READ_SPEC HELLO "printf 12345 >out.mp4\n" LINE(
        1, "\"result\",\"output\":\"out.mp4\",\"bytes\":5,\"frames\":3,\"duration_s\":0.1"));
    const struct local_job_options options = {.program = "./worker.sh",
                                              .id = "j",
                                              .spec = spec,
                                              .submitted_ns = clock_now_ns(),
                                              .on_trace = on_trace,
                                              .context = &text};
    struct local_job *job AUTO(local_job_free) = NULL;
    assert_int_equal(local_job_start(&options, &job, &err), OK);
    run_to_the_end(job);
    struct trace_reader reader;
    struct trace trace;
    struct trace_line line;
    bool found;
    trace_reader_init(&reader, text.data, text.size);
    assert_int_equal(trace_next(&reader, &trace, &found, &err), OK);
    assert_true(found && trace.ended && trace.outcome == OUTCOME_COMPLETE);
    assert_string_equal(trace.submit.id, "j");
    assert_true(trace.submit.submitted_at_ms > 0 && trace.end_ns > 0);
    static const enum trace_kind kinds[] = {TRACE_SERVER, TRACE_EVENT, TRACE_EVENT, TRACE_SERVER,
                                            TRACE_SERVER};
    assert_int_equal(trace.count, 5);
    for (size_t i = 0; i < 5; i++) {
        trace_at(&trace, i, &line);
        assert_int_equal(line.kind, kinds[i]);
    }
    assert_true(line.server.word == TRACE_FINISH && line.server.phase == PHASE_FINALIZE);
    trace_done(&trace);
}

static void a_result_that_is_there_completes_the_job(void **state)
{
    (void)state;
    struct local_job *job AUTO(local_job_free) = start(
        READ_SPEC HELLO "printf 12345 >out.mp4\n" LINE(
            1, "\"result\",\"output\":\"out.mp4\",\"bytes\":5,\"frames\":3,\"duration_s\":0.1"));
    run_to_the_end(job);
    const struct job_snapshot *s = local_job_snapshot(job);
    assert_int_equal(s->state, JOB_COMPLETE);
    assert_true(s->progress.fraction == 1);
    assert_true(s->has_result && s->result.frames == 3 && s->result.bytes == 5);
    assert_string_equal(s->worker, "w1");
    assert_int_equal(local_job_error(job)->status, OK);
}

static void a_complete_job_leaves_its_record(void **state)
{
    (void)state;
    struct local_job *job AUTO(local_job_free) = start(HELLO "printf 12345 >out.mp4\n" LINE(
        1, "\"result\",\"output\":\"out.mp4\",\"bytes\":5,\"frames\":3,\"duration_s\":0.1,"
           "\"timings\":{\"encode\":{\"busy_s\":0.01,\"wall_s\":0.02}}"));
    run_to_the_end(job);
    struct benchmark b;
    local_job_record(job, &b);
    assert_int_equal(record_flaw(&b.record), RECORD_SOUND);
    assert_string_equal(b.job, "j");
    assert_true(b.record.phases[PHASE_STARTUP].present && b.record.phases[PHASE_ENCODE].present);
    assert_true(b.record.features.bytes_out == 5 && b.record.total_s > 0);
}

static void a_result_without_an_output_has_no_object_to_look_for(void **state)
{
    (void)state;
    struct local_job *job AUTO(local_job_free) = start(READ_SPEC HELLO LINE(
        1, "\"result\",\"output\":\"\",\"bytes\":0,\"frames\":1,\"duration_s\":0,\"data\":[1.5]"));
    run_to_the_end(job);
    const struct job_snapshot *s = local_job_snapshot(job);
    assert_int_equal(s->state, JOB_COMPLETE);
    assert_string_equal(s->result.data, "[1.5]");
}

static void the_worker_gets_the_spec_on_standard_input(void **state)
{
    (void)state;
    struct local_job *job AUTO(local_job_free) = start(READ_SPEC);
    run_to_the_end(job);
    struct error err;
    struct spec *spec AUTO(spec_free) = NULL;
    char text[4096];
    FILE *f = fopen("spec.txt", "r");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof(text), f);
    (void)fclose(f);
    assert_int_equal(spec_parse(text, n, &spec, &err), OK);
    assert_string_equal(spec->input, "in.mp4");
}

static void a_result_of_another_size_is_not_believed(void **state)
{
    (void)state;
    struct local_job *job AUTO(local_job_free) = start(READ_SPEC HELLO "printf 123 >out.mp4\n" LINE(
        1, "\"result\",\"output\":\"out.mp4\",\"bytes\":5"));
    run_to_the_end(job);
    assert_int_equal(local_job_snapshot(job)->state, JOB_FAILED);
    assert_int_equal(local_job_error(job)->status, ERR_WORKER);
    assert_non_null(strstr(local_job_error(job)->text, "5 bytes"));
    assert_true(local_job_snapshot(job)->progress.fraction < 1);
}

static void a_result_that_is_not_there_fails_the_job(void **state)
{
    (void)state;
    struct local_job *job AUTO(local_job_free) = start(
        READ_SPEC HELLO LINE(1, "\"result\",\"output\":\"nowhere.mp4\",\"bytes\":5"));
    run_to_the_end(job);
    assert_int_equal(local_job_snapshot(job)->state, JOB_FAILED);
    assert_int_equal(local_job_error(job)->status, ERR_NOT_FOUND);
}

static void a_result_in_a_store_is_looked_for_there(void **state)
{
    (void)state;
    struct loopback *l = loopback_start(NULL, NULL);
    struct storage *storage AUTO(storage_free) = loopback_storage(l);
    loopback_object(l, "/bucket/film", 5);
    struct local_job *job = start_with(READ_SPEC HELLO RESULT("s3://bucket/film"), NULL, storage);
    run_to_the_end(job);
    assert_int_equal(local_job_snapshot(job)->state, JOB_COMPLETE);
    local_job_free(job);
    job = start_with(READ_SPEC HELLO RESULT("s3://bucket/absent"), NULL, storage);
    run_to_the_end(job);
    assert_int_equal(local_job_error(job)->status, ERR_NOT_FOUND);
    assert_non_null(strstr(local_job_error(job)->text, "s3://bucket/absent"));
    local_job_free(job);
    loopback_stop(l);
}

static void stall(void *context, const struct loopback_request *request,
                  struct loopback_fault *fault)
{
    (void)context;
    (void)request;
    fault->stall = true;
}

static void a_store_that_does_not_answer_blocks_neither_bar_nor_cancel(void **state)
{
    (void)state;
    struct loopback *l = loopback_start(stall, NULL);
    struct storage *storage AUTO(storage_free) = loopback_storage(l);
    struct local_job *job AUTO(local_job_free) = start_with(
        READ_SPEC HELLO RESULT("s3://bucket/film"), NULL, storage);
    while (loopback_requests(l) == 0) {
        struct pollfd fd = {.fd = local_job_fd(job), .events = POLLIN};
        (void)poll(&fd, 1, 10);
        local_job_step(job, clock_now_ns());
    }
    uint64_t seq = local_job_snapshot(job)->seq;
    for (int i = 0; i < 10; i++)
        local_job_step(job, clock_now_ns());
    assert_int_equal(local_job_snapshot(job)->seq, seq + 10);
    assert_int_equal(local_job_snapshot(job)->state, JOB_FINALIZING);
    assert_false(local_job_ended(job));
    int64_t now_ns = clock_now_ns();
    local_job_cancel(job, now_ns);
    local_job_step(job, now_ns);
    assert_int_equal(local_job_snapshot(job)->state, JOB_FINALIZING);
    local_job_step(job, now_ns + (LOCAL_JOB_CHECK_MS + 1) * INT64_C(1000000));
    assert_true(local_job_ended(job));
    assert_int_equal(local_job_snapshot(job)->state, JOB_CANCELLED);
    assert_non_null(strstr(local_job_error(job)->text, "s3://bucket/film"));
    assert_int_equal(local_job_fd(job), -1);
    loopback_stop(l);
}

static void an_error_line_is_what_is_told(void **state)
{
    (void)state;
    struct local_job *job AUTO(local_job_free) = start(
        READ_SPEC HELLO LINE(1, "\"error\",\"code\":\"media\",\"retryable\":false,\"text\":\"the "
                                "film is torn\"") "exit 80\n");
    run_to_the_end(job);
    assert_int_equal(local_job_snapshot(job)->state, JOB_FAILED);
    assert_int_equal(local_job_error(job)->status, ERR_MEDIA);
    assert_string_equal(local_job_error(job)->text, "the film is torn");
    assert_string_equal(local_job_snapshot(job)->error.text, "the film is torn");
}

static void a_death_without_a_word_is_told_as_such(void **state)
{
    (void)state;
    static const struct {
        const char *script, *words;
    } cases[] = {
        {READ_SPEC HELLO "kill -9 $$\n", "killed by signal 9"},
        {READ_SPEC HELLO "exit 3\n", "ended with code 3"},
        {READ_SPEC "echo nonsense\n", "ended with code 0"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct local_job *job AUTO(local_job_free) = start(cases[i].script);
        run_to_the_end(job);
        assert_int_equal(local_job_snapshot(job)->state, JOB_FAILED);
        assert_int_equal(local_job_error(job)->status, ERR_WORKER);
        assert_non_null(strstr(local_job_error(job)->text, cases[i].words));
    }
}

static void a_cancel_is_told_once_the_worker_has_really_stopped(void **state)
{
    (void)state;
    struct local_job *job AUTO(local_job_free) = start(READ_SPEC HELLO "exec sleep 60\n");
    while (local_job_snapshot(job)->state != JOB_RUNNING)
        local_job_step(job, clock_now_ns());
    local_job_cancel(job, clock_now_ns());
    local_job_cancel(job, clock_now_ns());
    run_to_the_end(job);
    assert_int_equal(local_job_snapshot(job)->state, JOB_CANCELLED);
    assert_int_equal(local_job_error(job)->status, ERR_CANCELLED);
}

static void a_worker_that_ignores_the_cancel_is_killed(void **state)
{
    (void)state;
    struct local_job *job AUTO(local_job_free) = start(
        READ_SPEC "trap '' TERM\n" HELLO "while :; do read x </dev/zero; done\n");
    while (local_job_snapshot(job)->state != JOB_RUNNING)
        local_job_step(job, clock_now_ns());
    int64_t now_ns = clock_now_ns();
    local_job_cancel(job, now_ns);
    local_job_step(job, now_ns + (LOCAL_JOB_GRACE_S + 1) * INT64_C(1000000000));
    run_to_the_end(job);
    assert_int_equal(local_job_snapshot(job)->state, JOB_CANCELLED);
}

static void a_result_that_wins_against_a_cancel_stands(void **state)
{
    (void)state;
    struct local_job *job AUTO(local_job_free) = start(
        READ_SPEC
        "trap '' TERM\n" HELLO
        "printf 12345 >out.mp4\n" LINE(1, "\"result\",\"output\":\"out.mp4\",\"bytes\":5"));
    local_job_cancel(job, clock_now_ns());
    run_to_the_end(job);
    enum job_state state_now = local_job_snapshot(job)->state;
    // The signal may come before the script can ignore it: then nothing was made.
    assert_true(state_now == JOB_COMPLETE || state_now == JOB_CANCELLED);
    assert_true((state_now == JOB_COMPLETE) == local_job_snapshot(job)->has_result);
}

static void a_result_whose_hello_was_lost_completes_the_job(void **state)
{
    (void)state;
    struct local_job *job AUTO(local_job_free) = start(READ_SPEC "printf 12345 >out.mp4\n" LINE(
        1, "\"result\",\"output\":\"out.mp4\",\"bytes\":5"));
    run_to_the_end(job);
    assert_int_equal(local_job_snapshot(job)->state, JOB_COMPLETE);
}

static void a_worker_that_closes_its_lines_and_stays_is_killed(void **state)
{
    (void)state;
    struct local_job *job AUTO(local_job_free) = start(
        READ_SPEC HELLO "exec >&-\nwhile :; do read x </dev/zero; done\n");
    int64_t now_ns = clock_now_ns();
    int output_fd = local_job_fd(job);
    while (local_job_fd(job) == output_fd) { // until it closed them
        struct pollfd fd = {.fd = output_fd, .events = POLLIN};
        (void)poll(&fd, 1, 20);
        local_job_step(job, now_ns);
    }
    assert_int_equal(local_job_snapshot(job)->state, JOB_RUNNING);
    local_job_step(job, now_ns + (LOCAL_JOB_GRACE_S + 1) * INT64_C(1000000000));
    run_to_the_end(job);
    assert_int_equal(local_job_fd(job), -1);
    assert_int_equal(local_job_snapshot(job)->state, JOB_FAILED);
    assert_non_null(strstr(local_job_error(job)->text, "killed by signal 9"));
}

static void a_worker_that_does_not_take_its_spec_has_the_last_word(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) { // it may be gone before or after we write
        struct local_job *job AUTO(local_job_free) = start("exec <&-\nexit 3\n");
        run_to_the_end(job);
        assert_int_equal(local_job_error(job)->status, ERR_WORKER);
        assert_non_null(strstr(local_job_error(job)->text, "ended with code 3"));
    }
}

static void what_the_worker_logs_comes_line_by_line(void **state)
{
    (void)state;
    char all[256] = "";
    struct local_job *job AUTO(local_job_free) = start_with(
        READ_SPEC "printf 'one\\ntw' >&2; printf 'o\\nend' >&2\n", all, NULL);
    run_to_the_end(job);
    assert_string_equal(all, "one|two|end|");
}

static void a_program_that_cannot_be_started_is_named(void **state)
{
    (void)state;
    static const char text[] =
        "{\"type\":\"framing_ai\",\"input\":\"in.mp4\",\"output\":\"out.mp4\"}";
    struct error err;
    struct spec *spec AUTO(spec_free) = NULL;
    assert_int_equal(spec_parse(text, strlen(text), &spec, &err), OK);
    const struct local_job_options options = {.program = "./absent", .id = "j", .spec = spec};
    struct local_job *job = NULL;
    assert_int_equal(local_job_start(&options, &job, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "./absent"));
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_happens_is_recorded_as_a_trace),
        cmocka_unit_test(a_result_that_is_there_completes_the_job),
        cmocka_unit_test(a_complete_job_leaves_its_record),
        cmocka_unit_test(a_result_without_an_output_has_no_object_to_look_for),
        cmocka_unit_test(the_worker_gets_the_spec_on_standard_input),
        cmocka_unit_test(a_result_of_another_size_is_not_believed),
        cmocka_unit_test(a_result_that_is_not_there_fails_the_job),
        cmocka_unit_test(a_result_in_a_store_is_looked_for_there),
        cmocka_unit_test(a_store_that_does_not_answer_blocks_neither_bar_nor_cancel),
        cmocka_unit_test(an_error_line_is_what_is_told),
        cmocka_unit_test(a_death_without_a_word_is_told_as_such),
        cmocka_unit_test(a_cancel_is_told_once_the_worker_has_really_stopped),
        cmocka_unit_test(a_worker_that_ignores_the_cancel_is_killed),
        cmocka_unit_test(a_result_that_wins_against_a_cancel_stands),
        cmocka_unit_test(a_result_whose_hello_was_lost_completes_the_job),
        cmocka_unit_test(a_worker_that_closes_its_lines_and_stays_is_killed),
        cmocka_unit_test(a_worker_that_does_not_take_its_spec_has_the_last_word),
        cmocka_unit_test(what_the_worker_logs_comes_line_by_line),
        cmocka_unit_test(a_program_that_cannot_be_started_is_named),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
