// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/tracker.h"

enum { SECOND = 1000000000 };

static void report(struct tracker *t, enum phase phase, uint64_t done, double at_s)
{
    struct report r = {.phase = phase, .done_units = done};
    tracker_report(t, &r, (int64_t)(at_s * SECOND));
}

// 80 frames at a second each, twice as slow at first; then 1 MB, of which a buffer on the way takes
// 100,000 bytes at once and gives them on at 50,000 a second, as the rest goes.
static void run(struct tracker *t)
{
    struct prior prior;
    struct plan plan = {0};
    const struct features features = {.has_remote = true, .remote = true};
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    prior.ahead = 0;
    tracker_init(t, EXPORT_FRAMING_AI, &prior, &features, 0);
    plan.phases[PHASE_UPSCALE] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = 80};
    plan.phases[PHASE_UPLOAD] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = 1000000};
    tracker_plan(t, &plan, 0);
    tracker_begin(t, PHASE_UPSCALE, 0);
    double at_s = 0;
    for (int i = 1; i <= 80; i++) {
        at_s += i <= 5 ? 2 : 1;
        report(t, PHASE_UPSCALE, (uint64_t)i, at_s);
    }
    tracker_end(t, PHASE_UPSCALE, 80, (int64_t)(at_s * SECOND));
    for (int i = 0; i <= 18; i++)
        report(t, PHASE_UPLOAD, i < 18 ? 100000 + (uint64_t)i * 50000 : 999999, at_s + 0.1 + i);
    tracker_end(t, PHASE_UPLOAD, 1000000, (int64_t)((at_s + 20.1) * SECOND));
    tracker_begin(t, PHASE_FINALIZE, (int64_t)((at_s + 20.1) * SECOND));
    tracker_finish(t, OUTCOME_COMPLETE, (int64_t)((at_s + 20.2) * SECOND));
}

static void a_finished_job_tells_sizes_times_and_paces(void **state)
{
    (void)state;
    struct tracker t;
    struct record r;
    run(&t);
    tracker_record(&t, &r);
    const struct record_phase *upscale = &r.phases[PHASE_UPSCALE];
    assert_near(r.total_s, 105.2, 1e-6);
    assert_false(r.censored);
    assert_int_equal(upscale->units, 80);
    assert_near(upscale->wall_s, 85, 1e-6);
    assert_near(upscale->pace_s[0], 160, 2); // after 5 of 80 frames, all slow
    assert_true(upscale->pace_s[1] < upscale->pace_s[0]);
    assert_true(upscale->pace_s[3] < upscale->pace_s[2]);
    assert_near(upscale->pace_s[3], 84, 5);
    assert_near(upscale->ahead, 0, 1e-9); // frames wait in no buffer
}

static void an_upload_tells_what_waited_in_buffers_and_when_it_began(void **state)
{
    (void)state;
    struct tracker t;
    struct record r;
    run(&t);
    tracker_record(&t, &r);
    assert_near(r.phases[PHASE_UPLOAD].ahead, 100000, 15000); // 2 s of 50,000 a second
    assert_near(r.phases[PHASE_UPLOAD].lag, 80, 1e-9);        // all frames were made
}

static void say_upload(struct tracker *t, uint64_t done, uint64_t total, int64_t at_s)
{
    struct report r = {
        .phase = PHASE_UPLOAD, .done_units = done, .has_total = true, .total_units = total};
    tracker_report(t, &r, at_s * SECOND);
}

static double ahead_of(struct tracker *t, int64_t end_s)
{
    struct record r;
    tracker_end(t, PHASE_UPLOAD, 0, end_s * SECOND);
    tracker_record(t, &r);
    return r.phases[PHASE_UPLOAD].ahead;
}

static void begin_upload(struct tracker *t)
{
    struct prior prior;
    const struct features features = {.has_remote = true, .remote = true};
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    prior.ahead = 0;
    tracker_init(t, EXPORT_FRAMING_AI, &prior, &features, 0);
    tracker_begin(t, PHASE_UPLOAD, 0);
}

static void all_is_sent_from_the_first_count_of_the_last_byte_on(void **state)
{
    (void)state;
    struct tracker t;
    begin_upload(&t);
    for (int i = 1; i <= 10; i++)
        say_upload(&t, (uint64_t)i * 100, 1000, i);
    say_upload(&t, 1000, 1000, 12); // said again
    assert_near(ahead_of(&t, 14), 400, 10);
}

static void a_total_that_grows_is_not_all_sent(void **state)
{
    (void)state;
    struct tracker t;
    begin_upload(&t);
    say_upload(&t, 100, 100, 1);
    for (int i = 2; i <= 10; i++)
        say_upload(&t, (uint64_t)i * 100, 1000, i);
    assert_near(ahead_of(&t, 12), 200, 10);
}

static void no_more_waits_in_a_buffer_than_there_is(void **state)
{
    (void)state;
    struct tracker t;
    begin_upload(&t);
    say_upload(&t, 500, 1000, 1);
    say_upload(&t, 1000, 1000, 2);
    assert_near(ahead_of(&t, 1000), 1000, 1e-9);
}

static void a_retry_and_a_lost_stream_are_censored(void **state)
{
    (void)state;
    struct tracker t;
    struct record r;
    run(&t);
    t.attempt = 2;
    tracker_record(&t, &r);
    assert_true(r.censored);
    run(&t);
    t.lost = true;
    tracker_record(&t, &r);
    assert_true(r.censored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finished_job_tells_sizes_times_and_paces),
        cmocka_unit_test(an_upload_tells_what_waited_in_buffers_and_when_it_began),
        cmocka_unit_test(all_is_sent_from_the_first_count_of_the_last_byte_on),
        cmocka_unit_test(a_total_that_grows_is_not_all_sent),
        cmocka_unit_test(no_more_waits_in_a_buffer_than_there_is),
        cmocka_unit_test(a_retry_and_a_lost_stream_are_censored),
    };
    return cmocka_run_group_tests_name("tracker_record", tests, NULL, NULL);
}
