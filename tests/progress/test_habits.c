// SPDX-License-Identifier: GPL-3.0-or-later
#include "near.h"

#include <stdio.h>
#include <string.h>

#include "progress/habits.h"

static struct record film_of(uint64_t frames)
{
    struct record r = {.type = EXPORT_OVERLAY, .total_s = 20};
    r.features = (struct features){.has_frames_output = true, .frames_output = frames};
    return r;
}

static void told(const struct habits *h, struct prior *ret)
{
    prior_shipped(EXPORT_OVERLAY, ret);
    habits_tell(h, ret);
}

static void sizes_that_are_usual_stand_in_for_those_not_told(void **state)
{
    (void)state;
    struct habits h = {0};
    struct prior p, shipped;
    prior_shipped(EXPORT_OVERLAY, &shipped);
    for (int i = 0; i < 40; i++) {
        struct record r = film_of(i % 2 == 0 ? 3000 : 3300);
        habits_learn(&h, &r);
    }
    told(&h, &p);
    assert_near((double)p.typical[REG_FRAMES_OUTPUT], log(3150), 0.3);
    assert_true(p.spread[REG_FRAMES_OUTPUT] < 0.5F * shipped.spread[REG_FRAMES_OUTPUT]);
    assert_near((double)p.typical[REG_PIXELS_OUT], (double)shipped.typical[REG_PIXELS_OUT], 1e-6);
}

static void a_machine_that_is_always_crowded_is_so_for_the_next_job(void **state)
{
    (void)state;
    struct habits h = {0};
    struct prior p;
    struct record r = film_of(100);
    r.features.has_runnable = r.features.has_processors = true;
    r.features.runnable = 4;
    r.features.processors = 4;
    for (int i = 0; i < 40; i++)
        habits_learn(&h, &r);
    told(&h, &p);
    assert_near((double)p.typical[REG_CONTENTION], log(2), 0.1);
}

static void classes_learn_what_they_cost(void **state)
{
    (void)state;
    struct habits h = {0};
    struct prior p;
    for (int i = 0; i < 10; i++) {
        struct record r = film_of(100);
        strcpy(r.classes[0].name, "highlight");
        r.classes[0].cost = 2;
        r.classes[0].units = 50;
        strcpy(r.classes[1].name, "x2.25"); // says it itself
        r.classes[1].cost = 9;
        r.classes[1].units = 50;
        habits_learn(&h, &r);
    }
    told(&h, &p);
    assert_near(prior_unit_cost(&p, "highlight"), 2, 0.3); // shipped: 6
    assert_near(prior_unit_cost(&p, "x2.25"), 2.25, 1e-9);
    assert_near(prior_unit_cost(&p, "inside"), 1, 1e-9);
}

static void the_class_seen_least_gives_way(void **state)
{
    (void)state;
    struct habits h = {0};
    for (int i = 0; i < 30; i++) {
        struct record r = film_of(100);
        snprintf(r.classes[0].name, sizeof(r.classes[0].name), "c%d", i);
        r.classes[0].cost = 3;
        r.classes[0].units = 50;
        habits_learn(&h, &r);
    }
    int kept = 0;
    for (int i = 0; i < HABIT_CLASSES; i++)
        kept += strcmp(h.classes[i].name, "c29") == 0;
    assert_int_equal(kept, 1);
}

// Submits take 30 frames a second; here films have 10.
static void frames_guessed_wrong_are_known_the_next_time(void **state)
{
    (void)state;
    struct habits h = {0}, untold = {0};
    struct prior p;
    for (int i = 0; i < 40; i++) {
        struct record r = film_of(100);
        habits_learn(&untold, &r);
        r.frames_guess = 300;
        habits_learn(&h, &r);
    }
    told(&h, &p);
    assert_near((double)p.guess, -log(3), 0.12);
    told(&untold, &p);
    assert_near((double)p.guess, 0, 1e-9);
}

static void restless_machines_are_known(void **state)
{
    (void)state;
    struct habits calm = {0}, restless = {0};
    struct prior p, q;
    for (int i = 0; i < 50; i++) {
        struct record r = film_of(100);
        r.phases[PHASE_ENCODE] = (struct record_phase){.present = true,
                                                       .busy_s = 18,
                                                       .wall_s = 18,
                                                       .units = 100,
                                                       .pace_s = {18, 18, 18, 18.2}};
        habits_learn(&calm, &r);
        r.phases[PHASE_ENCODE].pace_s[PACE_CHECKS - 1] = i % 2 == 0 ? 14 : 22;
        habits_learn(&restless, &r);
    }
    told(&calm, &p);
    told(&restless, &q);
    assert_true(p.restless < 0.005F);
    assert_true(q.restless > 0.08F);
}

// Its first sixteenth makes it twice as slow as it is; from the middle on it is what it seems.
static void what_comes_of_a_pace_is_learnt(void **state)
{
    (void)state;
    struct habits h = {0};
    struct prior p;
    int row = prior_counted(PHASE_ENCODE);
    for (int i = 0; i < 60; i++) {
        struct record r = film_of(100);
        double off = i % 2 == 0 ? 1.1 : 1 / 1.1;
        r.phases[PHASE_ENCODE] = (struct record_phase){.present = true,
                                                       .busy_s = 18 * off,
                                                       .wall_s = 20,
                                                       .units = 100,
                                                       .pace_s = {36, 27, 20, 18}};
        r.phases[PHASE_UPSCALE] = (struct record_phase){
            .present = true, .busy_s = 2, .wall_s = 20, .units = 100, .pace_s = {20, 20, 20, 20}};
        habits_learn(&h, &r);
    }
    told(&h, &p);
    assert_near((double)p.pace_bias[row][0], log(0.5), 0.15);
    assert_near((double)p.pace_bias[row][3], 0, 0.01);
    assert_near(sqrt((double)p.pace_variance[row][3]), log(1.1), 0.02);
    assert_true(p.pace_jobs[row] > 30);
    row = prior_counted(PHASE_UPSCALE); // it waited: its pace was the encoder's
    assert_near((double)p.pace_jobs[row], 0, 1e-9);
    assert_near((double)p.pace_bias[row][0], 0, 1e-9);
}

static void what_waits_in_buffers_is_learnt(void **state)
{
    (void)state;
    struct ahead_habit h = {0};
    struct prior p;
    struct record r = film_of(100);
    r.features.has_remote = true;
    r.phases[PHASE_UPLOAD] = (struct record_phase){.present = true, .units = 5000000};
    for (int i = 0; i < 20; i++) {
        r.phases[PHASE_UPLOAD].ahead = 200000;
        r.features.remote = true;
        ahead_habit_learn(&h, &r);
        r.phases[PHASE_UPLOAD].ahead = 4900000; // to a folder
        r.features.remote = false;
        ahead_habit_learn(&h, &r);
        r.phases[PHASE_UPLOAD].ahead = 0; // not seen
        r.features.remote = true;
        ahead_habit_learn(&h, &r);
    }
    prior_shipped(EXPORT_OVERLAY, &p);
    ahead_habit_tell(&h, &p);
    assert_near((double)p.ahead, 200000, 30000);
    r.phases[PHASE_UPLOAD].units = 1000; // all of it went in: no more is known than that
    r.phases[PHASE_UPLOAD].ahead = 999;
    ahead_habit_learn(&h, &r);
    assert_near(h.bytes, 200000, 1);
}

static void who_is_sent_when_it_is_whole_is_learnt_by_size(void **state)
{
    (void)state;
    struct after_habit h = {{0}, {0}};
    struct prior p, shipped;
    struct record r = film_of(100);
    r.features.has_remote = true;
    r.phases[PHASE_ENCODE] = (struct record_phase){.present = true, .units = 100};
    for (int i = 0; i < 60; i++) {
        bool large = i % 3 == 0, local = i % 3 == 1;
        r.features.remote = !local;
        r.phases[PHASE_UPLOAD] = (struct record_phase){
            .present = true, .units = large ? 900000000 : 100000, .lag = large ? 99 : 2};
        after_habit_learn(&h, &r); // a deployment that does it the other way round
    }
    prior_shipped(EXPORT_OVERLAY, &shipped);
    p = shipped;
    after_habit_tell(&h, &p);
    assert_true(shipped.after[0] > 0.8F && shipped.after[PRIOR_SIZES - 1] < 0.2F);
    assert_true(p.after[0] < 0.2F && p.after[PRIOR_SIZES - 1] > 0.8F);
    assert_near((double)p.after[2], (double)shipped.after[2], 1e-6);
    assert_near(h.jobs[0], 16, 2); // those to a folder are not of them
}

// Every second hour is slow; then nothing hangs together any more.
static void the_moment_is_foretold_as_far_as_it_lasts(void **state)
{
    (void)state;
    struct current lasting = {0}, dice = {0};
    double worst = 0;
    for (int i = 0; i < 80; i++) {
        double slow = i / 10 % 2 == 0 ? 0.5 : -0.5;
        if (i >= 40 && i % 10 >= 5)
            worst = fmax(worst, fabs(current_tell(&lasting) - slow));
        current_learn(&lasting, slow);
        current_learn(&dice, i % 2 == 0 ? 0.5 : -0.5);
        if (i >= 20)
            assert_true(fabs(current_tell(&dice)) < 0.1);
    }
    assert_true(worst < 0.3);
}

static void how_far_an_encoder_looks_ahead_is_learnt(void **state)
{
    (void)state;
    struct habits h = {0};
    struct prior p, shipped;
    prior_shipped(EXPORT_OVERLAY, &shipped);
    for (int i = 0; i < 20; i++) {
        struct record r = film_of(100);
        r.phases[PHASE_ENCODE] = (struct record_phase){
            .present = true, .wall_s = 18, .units = i % 2 == 0 ? 300 : 60};
        r.phases[PHASE_ENCODE].lag = i % 2 == 0 ? 80 : 60; // the short ones end before it begins
        r.phases[PHASE_UPLOAD] = (struct record_phase){.present = true, .units = 1000, .lag = 90};
        habits_learn(&h, &r);
    }
    told(&h, &p);
    assert_near((double)shipped.lag[PHASE_ENCODE], 38, 1e-6);
    assert_near((double)p.lag[PHASE_ENCODE], 72, 3);
    assert_near((double)p.lag[PHASE_UPLOAD], 0, 1e-9); // that is counted otherwise: see `after`
}

static void cold_starts_come_after_long_gaps(void **state)
{
    (void)state;
    struct cold_habit h = {{0}, {0}};
    struct features none = {0}, after_10_s = {.has_idle = true, .idle_s = 10};
    struct features after_an_hour = {.has_idle = true, .idle_s = 3600};
    assert_near(cold_habit_chance(&h, &none), 0.5, 1e-9);
    for (int i = 0; i < 20; i++) {
        struct features f = i % 2 == 0 ? after_10_s : after_an_hour;
        f.has_cold = true;
        f.cold = i % 2 == 1;
        cold_habit_learn(&h, &f);
        f.has_cold = false; // says nothing
        cold_habit_learn(&h, &f);
    }
    assert_true(cold_habit_chance(&h, &after_10_s) < 0.1);
    assert_true(cold_habit_chance(&h, &after_an_hour) > 0.9);
    assert_near(cold_habit_chance(&h, &none), 0.5, 0.1);
    struct features strange = {.has_idle = true, .idle_s = -5};
    assert_true(cold_habit_chance(&h, &strange) < 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_that_are_usual_stand_in_for_those_not_told),
        cmocka_unit_test(a_machine_that_is_always_crowded_is_so_for_the_next_job),
        cmocka_unit_test(classes_learn_what_they_cost),
        cmocka_unit_test(the_class_seen_least_gives_way),
        cmocka_unit_test(frames_guessed_wrong_are_known_the_next_time),
        cmocka_unit_test(restless_machines_are_known),
        cmocka_unit_test(what_comes_of_a_pace_is_learnt),
        cmocka_unit_test(what_waits_in_buffers_is_learnt),
        cmocka_unit_test(who_is_sent_when_it_is_whole_is_learnt_by_size),
        cmocka_unit_test(the_moment_is_foretold_as_far_as_it_lasts),
        cmocka_unit_test(how_far_an_encoder_looks_ahead_is_learnt),
        cmocka_unit_test(cold_starts_come_after_long_gaps),
    };
    return cmocka_run_group_tests_name("habits", tests, NULL, NULL);
}
