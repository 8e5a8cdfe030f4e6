// SPDX-License-Identifier: GPL-3.0-or-later
// test_job_record.c — a job as its worker tells it, through a feed into a real tracker.
#include "job/job_record.h"

#include <stdio.h>

#include "job/feed.h"
#include "progress/tracker.h"
#include "test.h"

struct job {
    struct tracker tracker;
    struct feed feed;
    struct job_snapshot last;
    int64_t now_ns;
};

static void start(struct job *job, uint32_t attempt)
{
    static const struct features known = {.has_idle = true, .idle_s = 77};
    struct prior prior;
    *job = (struct job){0};
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    tracker_init(&job->tracker, EXPORT_FRAMING_AI, &prior, &known, 0);
    if (attempt > 1)
        tracker_attempt(&job->tracker, attempt, 0);
    tracker_begin(&job->tracker, PHASE_STARTUP, 0);
    feed_init(&job->feed, "j", attempt, &job->tracker);
}

static void say(struct job *job, double at_s, const char *line)
{
    job->now_ns = (int64_t)(at_s * 1e9);
    feed_line(&job->feed, line, strlen(line), job->now_ns);
    assert_int_equal(job->feed.counts.broken, 0);
    tracker_snapshot(&job->tracker, job->now_ns, &job->last.progress);
}

static void work(struct job *job, int attempt)
{
    char line[512];
    static const char *const lines[] = {
        "\"ev\":\"hello\",\"worker\":\"w\",\"engine\":\"x4fast\",\"device\":\"cpu-avx2-2\","
        "\"cold\":"
        "true",
        "\"ev\":\"plan\",\"plan\":[{\"phase\":\"upscale\",\"unit\":\"frames\",\"total\":100}],"
        "\"features\":{\"frames_upscale\":100}",
        "\"ev\":\"begin\",\"phase\":\"upscale\"",
        "\"ev\":\"progress\",\"phase\":\"upscale\",\"done\":30,\"total\":100",
        "\"ev\":\"progress\",\"phase\":\"upscale\",\"done\":60,\"total\":100",
        "\"ev\":\"end\",\"phase\":\"upscale\",\"done\":100,\"busy_s\":19",
        "\"ev\":\"result\",\"output\":\"o.mp4\",\"bytes\":5000,\"frames\":100,\"duration_s\":4,"
        "\"timings\":{\"upscale\":{\"busy_s\":19,\"wall_s\":20,\"units\":100}}",
    };
    static const double at_s[] = {2, 2, 2, 8, 14, 22, 22};
    for (int i = 0; i < 7; i++) {
        (void)snprintf(line, sizeof(line),
                       "{\"v\":1,\"job\":\"j\",\"attempt\":%d,\"seq\":%d,"
                       "\"t_ms\":0,%s}",
                       attempt, i, lines[i]);
        say(job, at_s[i], line);
    }
    tracker_finish(&job->tracker, OUTCOME_COMPLETE, job->now_ns);
    tracker_snapshot(&job->tracker, job->now_ns, &job->last.progress);
}

static struct benchmark record_of(struct job *job)
{
    struct benchmark b;
    (void)strcpy(job->last.job, "j");
    const struct job_end end = {.tracker = &job->tracker,
                                .last = &job->last,
                                .result = &job->feed.result,
                                .total_s = 22.5,
                                .estimated_s = 18,
                                .at_ms = 1700000000000};
    job_record(&end, &b);
    return b;
}

static void the_receiver_adds_what_no_worker_knows(void **state)
{
    (void)state;
    struct job job;
    start(&job, 1);
    work(&job, 1);
    struct benchmark b = record_of(&job);
    const struct record *r = &b.record;
    assert_int_equal(record_flaw(r), RECORD_SOUND);
    assert_string_equal(b.job, "j");
    assert_true(r->phases[PHASE_STARTUP].present && r->phases[PHASE_STARTUP].wall_s == 2);
    assert_true(r->phases[PHASE_UPSCALE].busy_s == 19 && r->phases[PHASE_UPSCALE].units == 100);
    assert_false(r->phases[PHASE_ENCODE].present);
    assert_true(r->total_s == 22.5 && r->at_ms == 1700000000000);
    assert_true(r->features.has_bytes_out && r->features.bytes_out == 5000);
    assert_true(r->features.frames_upscale == 100 && r->features.cold);
    assert_true(r->features.has_idle && r->features.idle_s == 77);
    assert_string_equal(r->features.device, "cpu-avx2-2");
}

static void what_was_expected_and_believed_is_kept(void **state)
{
    (void)state;
    struct job job;
    start(&job, 1);
    work(&job, 1);
    struct benchmark b = record_of(&job);
    assert_true(b.has_estimate && b.estimated_s == 18);
    int believed = 0;
    for (int i = 0; i < RECORD_CHECKS; i++)
        believed += b.record.checks[i].left_s > 0;
    assert_true(believed > 0);
}

static void a_job_of_several_attempts_teaches_nothing(void **state)
{
    (void)state;
    struct job job;
    start(&job, 2);
    work(&job, 2);
    struct benchmark b = record_of(&job);
    assert_int_equal(record_flaw(&b.record), RECORD_CENSORED);
}

static void without_stamps_of_the_worker_it_is_not_the_workers(void **state)
{
    (void)state;
    struct job job;
    start(&job, 1);
    work(&job, 1);
    job.feed.result.timings[PHASE_UPSCALE].present = false;
    struct benchmark b = record_of(&job);
    assert_int_equal(record_flaw(&b.record), RECORD_NOT_WORKERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_receiver_adds_what_no_worker_knows),
        cmocka_unit_test(what_was_expected_and_believed_is_kept),
        cmocka_unit_test(a_job_of_several_attempts_teaches_nothing),
        cmocka_unit_test(without_stamps_of_the_worker_it_is_not_the_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
