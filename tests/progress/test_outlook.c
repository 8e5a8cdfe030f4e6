// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "progress/outlook.h"

enum { SECOND = 1000000000 };

static void start(struct tracker *t)
{
    static const struct features nothing;
    struct prior prior;
    struct plan plan = {0};
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    tracker_init(t, EXPORT_FRAMING_AI, &prior, &nothing, 0);
    plan.phases[PHASE_UPSCALE] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = 100};
    plan.phases[PHASE_ENCODE] = plan.phases[PHASE_UPSCALE];
    tracker_plan(t, &plan, 0);
}

static void count(struct tracker *t, enum phase phase, uint64_t done, double at_s)
{
    struct report r = {.phase = phase, .done_units = done};
    tracker_report(t, &r, (int64_t)(at_s * SECOND));
}

static void an_encoder_behind_a_running_upscaler_may_wait(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    tracker_begin(&t, PHASE_UPSCALE, 0);
    tracker_begin(&t, PHASE_ENCODE, 0);
    assert_true(outlook_phase_waits(&t, PHASE_ENCODE));
    assert_false(outlook_phase_waits(&t, PHASE_UPSCALE));
    tracker_end(&t, PHASE_UPSCALE, 100, SECOND);
    assert_false(outlook_phase_waits(&t, PHASE_ENCODE));
}

static void a_flush_at_the_end_is_not_taken_at_the_upscalers_pace(void **state)
{
    (void)state;
    struct tracker t;
    struct outlook o;
    start(&t);
    tracker_begin(&t, PHASE_UPSCALE, 0);
    for (int i = 1; i <= 100; i++) {
        count(&t, PHASE_UPSCALE, (uint64_t)i, i);
        if (i > 40)
            count(&t, PHASE_ENCODE, (uint64_t)i - 40, i);
    }
    tracker_end(&t, PHASE_UPSCALE, 100, 100 * (int64_t)SECOND);
    outlook_at(&t, 100 * (int64_t)SECOND, &o);
    assert_true(o.estimate.median_s < 10); // 40 frames at a second each would be 40 s
}

static void an_unreported_phase_is_passed_over_when_later_ones_count(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    assert_false(outlook_phase_over(&t, PHASE_UPSCALE));
    count(&t, PHASE_ENCODE, 10, 1);
    assert_true(outlook_phase_over(&t, PHASE_UPSCALE));
    assert_true(outlook_phase_over(&t, PHASE_STARTUP));
    assert_false(outlook_phase_over(&t, PHASE_FINALIZE));
}

static void the_phase_with_most_to_do_is_the_one_to_talk_about(void **state)
{
    (void)state;
    struct tracker t;
    struct outlook o;
    start(&t);
    for (int i = 1; i <= 30; i++) {
        count(&t, PHASE_UPSCALE, (uint64_t)i, i);
        count(&t, PHASE_ENCODE, (uint64_t)i, i + 0.01);
    }
    outlook_at(&t, 31 * (int64_t)SECOND, &o);
    assert_int_equal(o.phase, PHASE_UPSCALE);
    assert_int_equal(o.health, HEALTH_OK);
}

static void work_without_classes_is_the_units(void **state)
{
    (void)state;
    struct tracker t;
    double done, total;
    start(&t);
    count(&t, PHASE_UPSCALE, 30, 1);
    outlook_work(&t, PHASE_UPSCALE, &done, &total);
    assert_near(done, 30, 1e-9);
    assert_near(total, 100, 1e-9);
}

static void a_model_that_loads_for_ever_is_told(void **state)
{
    (void)state;
    struct tracker t;
    struct outlook o;
    start(&t);
    tracker_begin(&t, PHASE_INIT, 0);
    outlook_at(&t, SECOND / 2, &o);
    assert_int_equal(o.health, HEALTH_OK);
    outlook_at(&t, 60 * (int64_t)SECOND, &o);
    assert_int_equal(o.health, HEALTH_STALLED);
}

// Recorded: a film is sent while it is made, so nobody knows how many bytes it has until its last
// frame; the job was said to hang at 99 %, as long as the upload had been open.
static void bytes_of_unknown_number_are_late_only_since_the_last_of_them(void **state)
{
    (void)state;
    struct tracker t;
    struct outlook o;
    start(&t);
    tracker_begin(&t, PHASE_UPLOAD, 0);
    for (int i = 1; i <= 100; i++) {
        count(&t, PHASE_UPSCALE, (uint64_t)i, i);
        count(&t, PHASE_ENCODE, (uint64_t)i, i);
        count(&t, PHASE_UPLOAD, (uint64_t)i * 10000, i);
    }
    tracker_end(&t, PHASE_UPSCALE, 100, 100 * (int64_t)SECOND);
    tracker_end(&t, PHASE_ENCODE, 100, 100 * (int64_t)SECOND);
    outlook_at(&t, 102 * (int64_t)SECOND, &o);
    assert_int_equal(o.phase, PHASE_UPLOAD);
    assert_int_equal(o.health, HEALTH_OK);
    outlook_at(&t, 130 * (int64_t)SECOND, &o);
    assert_int_equal(o.health, HEALTH_STALLED);
}

// It may report four times in all, of bytes too.
// A film of 1 MB, made; the far end's buffer takes 100,000 bytes at once, then 50,000 a second.
static void start_upload(struct tracker *t, uint64_t ahead)
{
    start(t);
    t->prior.ahead = (float)ahead;
    t->features.has_remote = t->features.remote = true;
    struct plan plan = {0};
    plan.phases[PHASE_ENCODE] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = 10};
    plan.phases[PHASE_UPLOAD] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = 1000000};
    tracker_plan(t, &plan, 0);
    tracker_end(t, PHASE_ENCODE, 10, SECOND);
    tracker_begin(t, PHASE_UPLOAD, SECOND);
}

static void what_waits_in_a_buffer_has_not_arrived(void **state)
{
    (void)state;
    struct tracker t, u;
    struct outlook o;
    start_upload(&t, 100000);
    start_upload(&u, 0);
    for (int i = 0; i <= 18; i++) {
        uint64_t done = i < 18 ? 100000 + (uint64_t)i * 50000 : 999999;
        count(&t, PHASE_UPLOAD, done, 1.1 + i);
        count(&u, PHASE_UPLOAD, done, 1.1 + i);
        if (i == 9) {
            outlook_at(&t, (int64_t)(1.1e9 + 9e9), &o);
            assert_near(o.estimate.median_s, 11, 1.5); // 550,000 bytes at 50,000 a second
        }
    }
    outlook_at(&t, (int64_t)(1.1e9 + 18e9), &o);
    assert_near(o.estimate.median_s, 2, 0.7); // the buffer's
    outlook_at(&u, (int64_t)(1.1e9 + 18e9), &o);
    assert_true(o.estimate.median_s < 0.5);
}

static void a_film_that_went_into_a_buffer_whole_is_waited_for(void **state)
{
    (void)state;
    struct tracker t;
    struct outlook early, late;
    start_upload(&t, 2000000);
    count(&t, PHASE_UPLOAD, 999999, 1.1);
    outlook_at(&t, (int64_t)1.2e9, &early);
    assert_int_equal(early.source, SOURCE_MODEL); // nothing is known to have arrived
    outlook_at(&t, (int64_t)9e9, &late);
    assert_true(late.estimate.median_s > early.estimate.median_s);
}

// A worker that counts 30 frames at a time: 9 s to the first count, a third of a second a frame.
static void a_first_count_that_is_long_in_coming_is_no_slow_frame(void **state)
{
    (void)state;
    struct tracker t;
    struct outlook o;
    start(&t);
    t.prior.beta[PHASE_UPSCALE][REG_ONE] = (float)log(30);
    for (int r = REG_ONE + 1; r < REG_COUNT; r++)
        t.prior.beta[PHASE_UPSCALE][r] = 0;
    t.prior.sigma[PHASE_UPSCALE] = 0.3F;
    tracker_begin(&t, PHASE_UPSCALE, 0);
    outlook_at(&t, (int64_t)8.9e9, &o);
    assert_true(o.estimate.median_s < 60); // at 1.6 s a frame it would be 160
}

static void start_guessed(struct tracker *t)
{
    static const struct features told = {.has_frames_output = true,
                                         .frames_output = 300,
                                         .has_frames_upscale = true,
                                         .frames_upscale = 300};
    struct prior prior;
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    prior.guess = -1.0986123F; // ln 1/3
    tracker_init(t, EXPORT_FRAMING_AI, &prior, &told, 0);
}

static void frames_told_at_submit_are_a_guess_until_the_worker_tells_them(void **state)
{
    (void)state;
    struct tracker t;
    struct plan plan = {0};
    struct features f;
    struct record r;
    start_guessed(&t);
    outlook_features(&t, &f);
    assert_int_equal(f.frames_output, 100);
    assert_int_equal(f.frames_upscale, 100);
    plan.phases[PHASE_UPSCALE] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = 90};
    tracker_plan(&t, &plan, SECOND);
    outlook_features(&t, &f);
    assert_int_equal(f.frames_upscale, 90);
    assert_int_equal(f.frames_output, 300); // not told by this plan: no guess of ours any more
    tracker_record(&t, &r);
    assert_near(r.frames_guess, 300, 1e-9);
}

// Else our own guess would be learnt as the truth.
static void frames_that_no_worker_told_teach_nothing_of_guesses(void **state)
{
    (void)state;
    static const struct features by_worker = {.has_frames_output = true, .frames_output = 90};
    struct tracker t;
    struct plan plan = {0};
    struct features f;
    struct record r;
    start_guessed(&t);
    plan.phases[PHASE_DOWNLOAD] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = 5000};
    plan.phases[PHASE_UPSCALE].present = true;
    tracker_plan(&t, &plan, SECOND);
    outlook_features(&t, &f);
    assert_int_equal(f.frames_output, 100);
    tracker_record(&t, &r);
    assert_near(r.frames_guess, 0, 1e-9);
    tracker_hello(&t, &by_worker, 2 * (int64_t)SECOND);
    outlook_features(&t, &f);
    assert_int_equal(f.frames_output, 90);
    tracker_record(&t, &r);
    assert_near(r.frames_guess, 300, 1e-9);
}

static void before_its_first_count_a_phase_may_take_a_part_of_its_time(void **state)
{
    (void)state;
    static const struct features large = {
        .has_bytes_in = true, .bytes_in = 600000000, .has_remote = true, .remote = true};
    struct tracker t;
    struct outlook o;
    struct plan plan = {0};
    start(&t);
    plan.phases[PHASE_DOWNLOAD] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = large.bytes_in};
    tracker_hello(&t, &large, 0);
    tracker_plan(&t, &plan, 0);
    tracker_begin(&t, PHASE_DOWNLOAD, 0); // 20 s are expected
    outlook_at(&t, 8 * (int64_t)SECOND, &o);
    assert_int_equal(o.phase, PHASE_DOWNLOAD);
    assert_int_equal(o.health, HEALTH_OK);
    outlook_at(&t, 60 * (int64_t)SECOND, &o);
    assert_int_equal(o.health, HEALTH_STALLED);
}

static void a_worker_that_begins_nothing_more_is_told(void **state)
{
    (void)state;
    struct tracker t;
    struct outlook o;
    start(&t);
    tracker_begin(&t, PHASE_DOWNLOAD, 0);
    tracker_end(&t, PHASE_DOWNLOAD, 1000000, SECOND);
    outlook_at(&t, 3 * (int64_t)SECOND, &o);
    assert_int_equal(o.phase, PHASE_UPSCALE);
    assert_int_equal(o.health, HEALTH_OK);
    outlook_at(&t, 600 * (int64_t)SECOND, &o);
    assert_int_equal(o.health, HEALTH_STALLED);
    assert_true(o.estimate.high_s > 600);
}

// Recorded: an exact cut believed to take 3 s showed 35 % before its encoder, which takes in many
// frames before it gives one, had counted any; it took 22 s.
static void a_phase_that_has_not_counted_yet_is_slow_before_a_second_is_over(void **state)
{
    (void)state;
    static const struct features small = {
        .has_frames_upscale = true,
        .has_pixels_in = true,
        .frames_upscale = 400,
        .pixels_in = 2000,
        .device = "cpu-amx-2",
        .engine = "x4fast",
    };
    struct tracker t;
    struct outlook early, late;
    struct prior prior;
    struct plan plan = {0};
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    tracker_init(&t, EXPORT_FRAMING_AI, &prior, &small, 0);
    plan.phases[PHASE_UPSCALE] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = 400};
    tracker_plan(&t, &plan, 0);
    tracker_begin(&t, PHASE_UPSCALE, 0);
    outlook_at(&t, SECOND / 100, &early);
    outlook_at(&t, SECOND * 9LL / 10, &late);
    assert_true(early.estimate.median_s < 4);
    assert_true(late.estimate.median_s > 5); // 0.9 s / 64 × 400
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_encoder_behind_a_running_upscaler_may_wait),
        cmocka_unit_test(a_flush_at_the_end_is_not_taken_at_the_upscalers_pace),
        cmocka_unit_test(an_unreported_phase_is_passed_over_when_later_ones_count),
        cmocka_unit_test(the_phase_with_most_to_do_is_the_one_to_talk_about),
        cmocka_unit_test(work_without_classes_is_the_units),
        cmocka_unit_test(a_phase_that_has_not_counted_yet_is_slow_before_a_second_is_over),
        cmocka_unit_test(a_model_that_loads_for_ever_is_told),
        cmocka_unit_test(bytes_of_unknown_number_are_late_only_since_the_last_of_them),
        cmocka_unit_test(frames_told_at_submit_are_a_guess_until_the_worker_tells_them),
        cmocka_unit_test(frames_that_no_worker_told_teach_nothing_of_guesses),
        cmocka_unit_test(what_waits_in_a_buffer_has_not_arrived),
        cmocka_unit_test(a_film_that_went_into_a_buffer_whole_is_waited_for),
        cmocka_unit_test(a_first_count_that_is_long_in_coming_is_no_slow_frame),
        cmocka_unit_test(before_its_first_count_a_phase_may_take_a_part_of_its_time),
        cmocka_unit_test(a_worker_that_begins_nothing_more_is_told),
    };
    return cmocka_run_group_tests_name("outlook", tests, NULL, NULL);
}
