// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include "../sanitized.h"
#include "simulation.h"

enum { SECOND = 1000000000 };

static const struct features nothing;

static struct snapshot look(struct tracker *t, double at_s)
{
    struct snapshot s;
    tracker_snapshot(t, (int64_t)(at_s * SECOND), &s);
    return s;
}

static void start(struct tracker *t)
{
    struct prior prior;
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    tracker_init(t, EXPORT_FRAMING_AI, &prior, &nothing, 0);
}

static void plan_frames(struct tracker *t, enum phase phase, uint64_t frames, double at_s)
{
    struct plan plan = {0};
    plan.phases[phase] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = frames};
    tracker_plan(t, &plan, (int64_t)(at_s * SECOND));
}

static void report(struct tracker *t, enum phase phase, uint64_t done, double at_s)
{
    struct report r = {.phase = phase, .done_units = done};
    tracker_report(t, &r, (int64_t)(at_s * SECOND));
}

// -- properties, over random jobs

static void random_plan(struct rng *rng, struct plan *plan)
{
    *plan = (struct plan){0};
    for (int k = 0; k < PHASE_COUNT; k++) {
        struct plan_phase *p = &plan->phases[k];
        p->present = rng_uniform(rng, 0, 1) < 0.5;
        p->has_total = rng_uniform(rng, 0, 1) < 0.8;
        p->total_units = (uint64_t)rng_log_uniform(rng, 0.5, 1e6);
        if (rng_uniform(rng, 0, 1) < 0.02)
            p->total_units = UINT64_MAX;
        p->items = (uint32_t)rng_uniform(rng, 0, 4);
        p->class_count = (uint8_t)rng_uniform(rng, 0, 3);
        for (int c = 0; c < p->class_count; c++) {
            strcpy(p->classes[c].name, c == 0 ? "outside" : "inside");
            p->classes[c].units = (uint64_t)rng_log_uniform(rng, 0.5, 1e6);
        }
    }
}

static void random_report(struct rng *rng, struct report *r)
{
    static const char *const classes[] = {"", "", "outside", "inside", "never heard of"};
    *r = (struct report){.phase = (enum phase)rng_uniform(rng, 0, PHASE_COUNT)};
    r->done_units = (uint64_t)rng_log_uniform(rng, 0.5, 1e6);
    if (rng_uniform(rng, 0, 1) < 0.01)
        r->done_units = UINT64_MAX;
    r->has_total = rng_uniform(rng, 0, 1) < 0.2;
    r->total_units = (uint64_t)rng_log_uniform(rng, 0.5, 1e6);
    r->items = (uint32_t)rng_uniform(rng, 0, 5);
    r->item = (uint32_t)rng_uniform(rng, 0, 7);
    strcpy(r->cost_class, classes[(int)rng_uniform(rng, 0, 5)]);
}

static void random_event(struct rng *rng, struct tracker *t, int64_t now_ns)
{
    struct plan plan;
    struct report r;
    enum phase phase = (enum phase)rng_uniform(rng, 0, PHASE_COUNT);
    switch ((int)rng_uniform(rng, 0, 16)) {
    case 0:
        random_plan(rng, &plan);
        tracker_plan(t, &plan, now_ns);
        return;
    case 1:
        tracker_lost(t, now_ns);
        return;
    case 2:
        tracker_attempt(t, (uint32_t)rng_uniform(rng, 0, 6), now_ns);
        return;
    case 3:
        tracker_alive(t, now_ns);
        return;
    case 4:
        tracker_end(t, phase, (uint64_t)rng_log_uniform(rng, 0.5, 1e6), now_ns);
        return;
    case 5:
    case 6:
        tracker_begin(t, phase, now_ns);
        return;
    default:
        random_report(rng, &r);
        tracker_report(t, &r, now_ns);
        if (rng_uniform(rng, 0, 1) < 0.2)
            tracker_report(t, &r, now_ns); // told twice
    }
}

static void check_moment(const struct snapshot *s, double before)
{
    assert_true(isfinite(s->fraction) && isfinite(s->speed) && isfinite(s->units_per_second));
    assert_true(s->fraction >= before);
    assert_true(s->fraction < 1 || s->ended);
    assert_true(s->fraction >= 0 && s->speed >= 0);
    if (s->has_eta) {
        assert_true(s->eta_low_ns >= 0 && s->eta_low_ns <= s->eta_ns);
        assert_true(s->eta_ns <= s->eta_high_ns);
    }
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct phase_view *v = &s->phases[k];
        if (v->has_fraction)
            assert_true(v->fraction >= 0 && v->fraction <= 1);
        if (v->has_total)
            assert_true(v->done_units <= v->total_units);
        assert_true(v->wall_ns >= 0);
    }
}

// Time mostly advances, sometimes stands still, sometimes runs backwards.
static int64_t random_time(struct rng *rng, int64_t now_ns)
{
    double step_s = rng_log_uniform(rng, 1e-3, 20);
    double kind = rng_uniform(rng, 0, 1);
    if (kind < 0.1)
        return now_ns - (int64_t)(step_s * SECOND);
    return kind < 0.3 ? now_ns : now_ns + (int64_t)(step_s * SECOND);
}

static void whatever_is_reported_the_bar_never_falls_and_ends_at_1(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= (SANITIZED ? 400 : 2000); seed++) {
        struct rng rng = {seed};
        struct tracker t;
        struct prior prior;
        struct snapshot s;
        enum export_type type = (enum export_type)rng_uniform(&rng, 0, EXPORT_TYPE_COUNT);
        int64_t now_ns = (int64_t)rng_uniform(&rng, -1e12, 1e12);
        double before = 0;
        prior_shipped(type, &prior);
        tracker_init(&t, type, seed % 3 == 0 ? NULL : &prior, &nothing, now_ns);
        if (seed % 5 == 0)
            tracker_restore(&t, rng_uniform(&rng, -0.5, 1.5), 5 * (int64_t)SECOND, now_ns);
        int events = (int)rng_uniform(&rng, 1, 60);
        for (int i = 0; i < events; i++) {
            now_ns = random_time(&rng, now_ns);
            random_event(&rng, &t, now_ns);
            tracker_snapshot(&t, now_ns, &s);
            check_moment(&s, before);
            assert_false(s.ended);
            before = s.fraction;
        }
        enum outcome outcome = (enum outcome)rng_uniform(&rng, 0, OUTCOME_COUNT);
        tracker_finish(&t, outcome, t.now_ns);
        tracker_snapshot(&t, t.now_ns, &s);
        check_moment(&s, before);
        random_event(&rng, &t, t.now_ns); // too late to matter
        tracker_snapshot(&t, t.now_ns + TRACKER_GLIDE_NS, &s);
        assert_true(s.ended && s.outcome == outcome);
        assert_true(outcome == OUTCOME_COMPLETE ? s.fraction == 1 : s.fraction == before);
    }
}

// -- single rules

static void the_end_glides_to_1_within_the_glide_time(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    double before = look(&t, 1).fraction;
    tracker_finish(&t, OUTCOME_COMPLETE, SECOND);
    struct snapshot half = look(&t, 1.2);
    assert_true(half.fraction > before && half.fraction < 1 && !half.ended);
    struct snapshot end = look(&t, 1.4);
    assert_true(end.fraction == 1 && end.ended && end.speed == 0);
}

static void a_failed_job_keeps_its_fraction(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    double before = look(&t, 5).fraction;
    tracker_finish(&t, OUTCOME_FAILED, 5 * (int64_t)SECOND);
    struct snapshot s = look(&t, 60);
    assert_true(s.ended && s.fraction == before && s.elapsed_ns == 5 * (int64_t)SECOND);
}

static void counts_set_the_time_left(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    plan_frames(&t, PHASE_UPSCALE, 100, 0);
    tracker_begin(&t, PHASE_UPSCALE, 0);
    for (int i = 1; i <= 50; i++)
        report(&t, PHASE_UPSCALE, (uint64_t)i, i);
    struct snapshot s = look(&t, 50);
    assert_int_equal(s.source, SOURCE_COUNTS);
    assert_int_equal(s.phase, PHASE_UPSCALE);
    assert_near((double)s.eta_ns / SECOND, 50, 3);
    assert_near(s.units_per_second, 1, 0.05);
    assert_near(s.phases[PHASE_UPSCALE].fraction, 0.5, 1e-9);
}

static void between_counts_the_time_left_goes_on_falling(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    plan_frames(&t, PHASE_UPSCALE, 20, 0);
    tracker_begin(&t, PHASE_UPSCALE, 0);
    for (int i = 1; i <= 10; i++)
        report(&t, PHASE_UPSCALE, (uint64_t)i, 4 * i);
    double at_count = (double)look(&t, 40).eta_ns / SECOND;
    double later = (double)look(&t, 43).eta_ns / SECOND;
    assert_near(at_count - later, 3, 0.5);
}

static void a_growing_total_moves_the_estimate_but_not_the_bar_back(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    plan_frames(&t, PHASE_UPSCALE, 100, 0);
    tracker_begin(&t, PHASE_UPSCALE, 0);
    struct snapshot s = {0};
    for (int i = 1; i <= 80; i++) {
        report(&t, PHASE_UPSCALE, (uint64_t)i, i);
        s = look(&t, i);
    }
    double before = s.fraction;
    plan_frames(&t, PHASE_UPSCALE, 400, 80);
    s = look(&t, 80.1);
    assert_true(s.fraction >= before);
    assert_near((double)s.eta_ns / SECOND, 320, 30);
}

static void silence_is_told_as_slow_and_then_as_stalled(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    plan_frames(&t, PHASE_UPSCALE, 100, 0);
    tracker_begin(&t, PHASE_UPSCALE, 0);
    for (int i = 1; i <= 20; i++)
        report(&t, PHASE_UPSCALE, (uint64_t)i, i);
    assert_int_equal(look(&t, 22).health, HEALTH_OK);
    int64_t eta_ns = look(&t, 22).eta_ns;
    assert_int_equal(look(&t, 30).health, HEALTH_SLOW);
    assert_int_equal(look(&t, 60).health, HEALTH_STALLED);
    assert_true(look(&t, 60).eta_ns > eta_ns);
    tracker_alive(&t, 61 * (int64_t)SECOND);
    report(&t, PHASE_UPSCALE, 21, 62);
    assert_int_equal(look(&t, 62).health, HEALTH_OK);
}

static void a_lost_stream_is_simulated_and_counts_are_picked_up_again(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    plan_frames(&t, PHASE_UPSCALE, 100, 0);
    tracker_begin(&t, PHASE_UPSCALE, 0);
    for (int i = 1; i <= 20; i++) {
        report(&t, PHASE_UPSCALE, (uint64_t)i, i);
        look(&t, i);
    }
    tracker_lost(&t, 20 * (int64_t)SECOND);
    struct snapshot s = look(&t, 50);
    assert_int_equal(s.health, HEALTH_UNKNOWN);
    assert_int_equal(s.source, SOURCE_SIMULATED);
    assert_true(s.fraction > 0.3);
    for (int i = 51; i < 2000; i++)
        s = look(&t, i);
    assert_true(s.fraction < 1);
    report(&t, PHASE_UPSCALE, 60, 2000);
    s = look(&t, 2001);
    assert_int_equal(s.source, SOURCE_COUNTS);
}

static void without_any_history_a_frame_takes_a_second(void **state)
{
    (void)state;
    struct tracker t;
    struct features features = {.has_frames_upscale = true, .frames_upscale = 100};
    tracker_init(&t, EXPORT_FRAMING_AI, NULL, &features, 0);
    tracker_begin(&t, PHASE_STARTUP, 0);
    tracker_end(&t, PHASE_STARTUP, 0, 0);
    struct snapshot s = look(&t, 0.1);
    assert_int_equal(s.source, SOURCE_SIMULATED);
    assert_near((double)s.eta_ns / SECOND, 100, 10);
    for (int i = 1; i <= 100; i++)
        s = look(&t, i);
    assert_true(s.fraction > 0.5 && s.fraction < 0.99);
}

static void a_retry_goes_on_from_where_the_bar_stood(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    plan_frames(&t, PHASE_UPSCALE, 100, 0);
    tracker_begin(&t, PHASE_UPSCALE, 0);
    struct snapshot s = {0};
    for (int i = 1; i <= 60; i++) {
        report(&t, PHASE_UPSCALE, (uint64_t)i, i);
        s = look(&t, i);
    }
    double before = s.fraction;
    tracker_attempt(&t, 2, 60 * (int64_t)SECOND);
    s = look(&t, 61);
    assert_true(s.fraction >= before && s.fraction < before + 0.01);
    assert_int_equal(s.attempt, 2);
    assert_int_equal(s.phases[PHASE_UPSCALE].done_units, 0);
    assert_near((double)s.eta_ns / SECOND, 100, 25); // it remembers the pace
}

static void a_restored_bar_goes_on(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    tracker_restore(&t, 0.42, 30 * (int64_t)SECOND, 0);
    struct snapshot s = look(&t, 0.1);
    assert_true(s.fraction >= 0.42 && s.fraction < 0.5);
    assert_true(s.elapsed_ns >= 30 * (int64_t)SECOND);
}

// What was told again after a restart lies in the past: the bar does not leap over it.
static void a_restored_bar_does_not_leap(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    plan_frames(&t, PHASE_UPSCALE, 100, 1);
    for (int i = 1; i <= 50; i++)
        report(&t, PHASE_UPSCALE, (uint64_t)i, i);
    tracker_restore(&t, 0.3, 50 * (int64_t)SECOND, 50 * (int64_t)SECOND);
    struct snapshot s = look(&t, 50.1);
    assert_true(s.fraction >= 0.3 && s.fraction < 0.31);
}

static void a_known_line_is_waited_for(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    tracker_begin(&t, PHASE_QUEUE, 0);
    double without = (double)look(&t, 0).eta_ns / SECOND;
    for (int i = 0; i < 10; i++) { // it gets shorter as it is told to
        tracker_wait(&t, 600 - i, 0.2, i * (int64_t)SECOND);
        double left = (double)look(&t, i).eta_ns / SECOND;
        assert_true(left > without + 500 - i && left < 900);
    }
    tracker_begin(&t, PHASE_STARTUP, 10 * (int64_t)SECOND);
    tracker_wait(&t, 9999, 0.2, 10 * (int64_t)SECOND); // too late to matter
    assert_true((double)look(&t, 10).eta_ns / SECOND < without + 50);
}

static void a_mute_worker_is_simulated_at_a_second_a_frame(void **state)
{
    (void)state;
    struct tracker t;
    struct prior prior;
    const struct features known = {.has_frames_upscale = true, .frames_upscale = 200};
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    tracker_init(&t, EXPORT_FRAMING_AI, &prior, &known, 0);
    tracker_begin(&t, PHASE_STARTUP, 0);
    tracker_mute(&t, 10 * (int64_t)SECOND);
    struct snapshot s = look(&t, 11);
    assert_int_equal(s.source, SOURCE_SIMULATED);
    assert_int_equal(s.health, HEALTH_OK);
    assert_in_range(s.eta_ns / SECOND, 150, 300);
    report(&t, PHASE_UPSCALE, 100, 12); // it speaks after all
    plan_frames(&t, PHASE_UPSCALE, 200, 12);
    report(&t, PHASE_UPSCALE, 110, 13);
    assert_int_equal(look(&t, 13).source, SOURCE_COUNTS);
}

// What is learnt of it is its whole start, and it has only now begun to be silent.
static void a_worker_taken_for_mute_has_started_when_it_speaks(void **state)
{
    (void)state;
    struct tracker t;
    struct snapshot s;
    start(&t);
    tracker_begin(&t, PHASE_STARTUP, 0);
    tracker_mute(&t, 10 * (int64_t)SECOND);
    tracker_hello(&t, &nothing, 30 * (int64_t)SECOND);
    s = look(&t, 31);
    assert_int_equal(s.phases[PHASE_STARTUP].wall_ns, 30 * (int64_t)SECOND);
    assert_int_equal(s.health, HEALTH_OK);
}

static void whether_the_next_worker_is_cold_is_not_what_the_last_one_said(void **state)
{
    (void)state;
    static const struct features warm = {.has_cold = true, .cold = false};
    struct tracker t;
    start(&t);
    tracker_hello(&t, &warm, SECOND);
    assert_true(tracker_features(&t)->has_cold);
    tracker_attempt(&t, 2, 2 * (int64_t)SECOND);
    assert_false(tracker_features(&t)->has_cold);
}

static void a_start_as_long_as_history_knows_is_no_silence(void **state)
{
    (void)state;
    struct tracker t;
    struct prior prior;
    const struct features known = {.has_frames_upscale = true, .frames_upscale = 200};
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    prior.records = 20; // whose cold starts took half a minute
    prior.beta[PHASE_STARTUP][REG_ONE] = -2;
    prior.beta[PHASE_STARTUP][REG_COLD] = 5.4F;
    prior.sigma[PHASE_STARTUP] = 0.5F;
    tracker_init(&t, EXPORT_FRAMING_AI, &prior, &known, 0);
    tracker_begin(&t, PHASE_STARTUP, 0);
    tracker_mute(&t, 20 * (int64_t)SECOND);
    struct snapshot s = look(&t, 21);
    assert_int_equal(s.source, SOURCE_MODEL);
    assert_int_equal(s.phases[PHASE_STARTUP].state, PHASE_RUNNING);
    tracker_mute(&t, 200 * (int64_t)SECOND); // longer than any
    assert_int_equal(look(&t, 201).source, SOURCE_SIMULATED);
}

static void a_phase_with_nothing_to_do_takes_no_time(void **state)
{
    (void)state;
    struct tracker with, without;
    struct plan plan = {0};
    struct features known = {.device = "cpu-avx512-2", .engine = "x4fast"};
    start(&with);
    start(&without);
    tracker_hello(&with, &known, 0);
    tracker_hello(&without, &known, 0);
    plan.phases[PHASE_ENCODE] = (struct plan_phase){true, true, 300, 0, 0, {{"", 0}}};
    plan.phases[PHASE_UPSCALE] = (struct plan_phase){true, true, 300, 0, 0, {{"", 0}}};
    tracker_plan(&with, &plan, 0);
    plan.phases[PHASE_UPSCALE].total_units = 0;
    tracker_plan(&without, &plan, 0);
    assert_true(look(&without, 0.1).has_eta && look(&with, 0.1).has_eta);
    assert_true(look(&without, 0.1).eta_ns < look(&with, 0.1).eta_ns / 3);
}

static void dear_frames_weigh_more(void **state)
{
    (void)state;
    struct tracker t;
    struct plan plan = {0};
    struct report r = {.phase = PHASE_PROCESS, .cost_class = "outside"};
    struct prior prior;
    prior_shipped(EXPORT_OVERLAY, &prior);
    tracker_init(&t, EXPORT_OVERLAY, &prior, &nothing, 0);
    plan.phases[PHASE_PROCESS] = (struct plan_phase){
        true, true, 200, 0, 2, {{"outside", 100}, {"highlight", 100}}};
    tracker_plan(&t, &plan, 0);
    tracker_begin(&t, PHASE_PROCESS, 0);
    for (int i = 1; i <= 100; i++) {
        r.done_units = (uint64_t)i;
        tracker_report(&t, &r, (int64_t)i * SECOND / 10);
    }
    struct snapshot s = look(&t, 10);
    assert_near(s.phases[PHASE_PROCESS].fraction, 1.0 / 7, 0.01);
    assert_near((double)s.eta_ns / SECOND, 60, 12);
    strcpy(r.cost_class, "highlight");
    for (int i = 1; i <= 50; i++) { // they turn out to cost thrice, not six times
        r.done_units = (uint64_t)i;
        tracker_report(&t, &r, 10 * (int64_t)SECOND + (int64_t)i * SECOND * 3 / 10);
    }
    assert_near((double)look(&t, 25).eta_ns / SECOND, 15, 4);
}

// A real worker's first lines: the head of the film is sent before the first frame is made.
static void an_upload_that_begins_before_the_first_frame_passes_nothing_over(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    tracker_begin(&t, PHASE_STARTUP, 0);
    tracker_hello(&t, &(struct features){.device = "cpu-avx512-2", .engine = "x4fast"},
                  SECOND / 10);
    struct plan plan = {0};
    plan.phases[PHASE_UPSCALE] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = 100};
    plan.phases[PHASE_ENCODE] = plan.phases[PHASE_UPSCALE];
    plan.phases[PHASE_UPLOAD] = (struct plan_phase){.present = true};
    tracker_plan(&t, &plan, SECOND / 5);
    report(&t, PHASE_UPLOAD, 32, 0.2);
    struct snapshot s = look(&t, 0.5);
    assert_int_equal(s.phases[PHASE_STARTUP].state, PHASE_DONE);
    assert_int_equal(s.phase, PHASE_UPSCALE);
    assert_true(s.fraction < 0.1);
    // and bytes without a total are as far on as the frames that they are made of
    for (int i = 1; i <= 50; i++)
        report(&t, PHASE_UPSCALE, (uint64_t)i, 0.5 + i);
    report(&t, PHASE_ENCODE, 40, 50.5);
    report(&t, PHASE_UPLOAD, 100000, 50.5);
    s = look(&t, 50.6);
    assert_int_equal(s.phase, PHASE_UPSCALE);
    assert_int_equal(s.health, HEALTH_OK);
    assert_near((double)s.eta_ns * 1e-9, 50, 5);
}

static void an_encoder_that_waited_for_the_last_frame_is_not_late(void **state)
{
    (void)state;
    struct tracker t;
    start(&t);
    struct plan plan = {0};
    plan.phases[PHASE_UPSCALE] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = 40};
    plan.phases[PHASE_ENCODE] = plan.phases[PHASE_UPSCALE];
    tracker_plan(&t, &plan, 0);
    tracker_begin(&t, PHASE_UPSCALE, 0);
    tracker_begin(&t, PHASE_ENCODE, SECOND / 2);
    for (int i = 1; i <= 40; i++) {
        report(&t, PHASE_UPSCALE, (uint64_t)i, i * 0.5);
        look(&t, i * 0.5);
    }
    tracker_end(&t, PHASE_UPSCALE, 40, 20 * (int64_t)SECOND);
    struct snapshot s = look(&t, 20.2); // no frame has left the encoder yet
    assert_int_equal(s.phase, PHASE_ENCODE);
    assert_int_equal(s.health, HEALTH_OK);
    assert_true(s.eta_high_ns < 15 * (int64_t)SECOND);
    assert_true(s.fraction > 0.75);
}

static void late_and_smaller_reports_change_nothing(void **state)
{
    (void)state;
    struct tracker a;
    start(&a);
    plan_frames(&a, PHASE_UPSCALE, 100, 0);
    for (int i = 1; i <= 40; i++)
        report(&a, PHASE_UPSCALE, (uint64_t)i, i);
    struct tracker b = a;
    report(&b, PHASE_UPSCALE, 40, 40);
    report(&b, PHASE_UPSCALE, 7, 40);
    struct snapshot x = look(&a, 41);
    struct snapshot y = look(&b, 41);
    assert_memory_equal(&x, &y, sizeof(x));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_reported_the_bar_never_falls_and_ends_at_1),
        cmocka_unit_test(the_end_glides_to_1_within_the_glide_time),
        cmocka_unit_test(a_failed_job_keeps_its_fraction),
        cmocka_unit_test(counts_set_the_time_left),
        cmocka_unit_test(between_counts_the_time_left_goes_on_falling),
        cmocka_unit_test(a_growing_total_moves_the_estimate_but_not_the_bar_back),
        cmocka_unit_test(silence_is_told_as_slow_and_then_as_stalled),
        cmocka_unit_test(a_lost_stream_is_simulated_and_counts_are_picked_up_again),
        cmocka_unit_test(without_any_history_a_frame_takes_a_second),
        cmocka_unit_test(a_retry_goes_on_from_where_the_bar_stood),
        cmocka_unit_test(a_restored_bar_goes_on),
        cmocka_unit_test(a_restored_bar_does_not_leap),
        cmocka_unit_test(a_known_line_is_waited_for),
        cmocka_unit_test(a_mute_worker_is_simulated_at_a_second_a_frame),
        cmocka_unit_test(a_worker_taken_for_mute_has_started_when_it_speaks),
        cmocka_unit_test(whether_the_next_worker_is_cold_is_not_what_the_last_one_said),
        cmocka_unit_test(a_start_as_long_as_history_knows_is_no_silence),
        cmocka_unit_test(a_phase_with_nothing_to_do_takes_no_time),
        cmocka_unit_test(dear_frames_weigh_more),
        cmocka_unit_test(an_upload_that_begins_before_the_first_frame_passes_nothing_over),
        cmocka_unit_test(an_encoder_that_waited_for_the_last_frame_is_not_late),
        cmocka_unit_test(late_and_smaller_reports_change_nothing),
    };
    return cmocka_run_group_tests_name("tracker", tests, NULL, NULL);
}
