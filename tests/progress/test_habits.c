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

static void restless_machines_are_known(void **state)
{
    (void)state;
    struct habits calm = {0}, restless = {0};
    struct prior p, q;
    for (int i = 0; i < 50; i++) {
        struct record r = film_of(100);
        r.phases[PHASE_ENCODE] = (struct record_phase){
            .present = true, .busy_s = 18, .wall_s = 18, .units = 100, .half_s = 18.2};
        habits_learn(&calm, &r);
        r.phases[PHASE_ENCODE].half_s = i % 2 == 0 ? 14 : 22;
        habits_learn(&restless, &r);
    }
    told(&calm, &p);
    told(&restless, &q);
    assert_true(p.restless < 0.005F);
    assert_true(q.restless > 0.08F);
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
        habits_learn(&h, &r);
    }
    told(&h, &p);
    assert_near((double)shipped.lag[PHASE_ENCODE], 38, 1e-6);
    assert_near((double)p.lag[PHASE_ENCODE], 72, 3);
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
        cmocka_unit_test(restless_machines_are_known),
        cmocka_unit_test(how_far_an_encoder_looks_ahead_is_learnt),
        cmocka_unit_test(cold_starts_come_after_long_gaps),
    };
    return cmocka_run_group_tests_name("habits", tests, NULL, NULL);
}
