// SPDX-License-Identifier: GPL-3.0-or-later
#include "export/meter.h"

#include "test.h"

struct told {
    struct listener listener;
    int begins, reports, ends;
    struct report last;
    uint64_t ended_at;
    int64_t busy_ns;
};

static void on_begin(struct listener *self, enum phase phase)
{
    assert_int_equal(phase, PHASE_UPSCALE);
    ((struct told *)self)->begins++;
}

static void on_report(struct listener *self, const struct report *report)
{
    struct told *told = (struct told *)self;
    told->reports++;
    told->last = *report;
}

static void on_end(struct listener *self, enum phase phase, uint64_t done, int64_t busy_ns)
{
    struct told *told = (struct told *)self;
    assert_int_equal(phase, PHASE_UPSCALE);
    told->ends++;
    told->ended_at = done;
    told->busy_ns = busy_ns;
}

static const struct told untold = {
    .listener = {.begin = on_begin, .report = on_report, .end = on_end},
};

static void a_phase_begins_with_its_first_work_and_ends_once(void **state)
{
    (void)state;
    struct told told = untold;
    struct meter m;
    meter_init(&m, &told.listener, PHASE_UPSCALE);
    meter_total(&m, 3);
    assert_int_equal(told.begins, 0);
    meter_work(&m);
    meter_rest(&m);
    meter_add(&m, 1);
    meter_add(&m, 2);
    meter_end(&m);
    meter_end(&m);
    assert_int_equal(told.begins, 1);
    assert_int_equal(told.reports, 2);
    assert_int_equal(told.last.done_units, 3);
    assert_true(told.last.has_total);
    assert_int_equal(told.last.total_units, 3);
    assert_int_equal(told.ends, 1);
    assert_int_equal(told.ended_at, 3);
    assert_true(told.busy_ns >= 0);
    meter_done(&m);
}

static void a_total_that_comes_late_is_told_at_once(void **state)
{
    (void)state;
    struct told told = untold;
    struct meter m;
    meter_init(&m, &told.listener, PHASE_UPSCALE);
    meter_add(&m, 5);
    assert_false(told.last.has_total);
    meter_total(&m, 5);
    assert_int_equal(told.reports, 2);
    assert_true(told.last.has_total);
    assert_int_equal(told.last.total_units, 5);
    assert_int_equal(told.last.done_units, 5);
    meter_total(&m, 5); // is no news
    assert_int_equal(told.reports, 2);
    meter_end(&m);
    meter_total(&m, 6);
    assert_int_equal(told.reports, 2);
    meter_done(&m);
}

static void counts_never_fall_and_stop_at_the_end(void **state)
{
    (void)state;
    struct told told = untold;
    struct meter m;
    meter_init(&m, &told.listener, PHASE_UPSCALE);
    meter_set(&m, 10);
    meter_set(&m, 4);
    meter_set(&m, 10);
    assert_int_equal(told.reports, 1);
    meter_end(&m);
    meter_add(&m, 1);
    assert_int_equal(told.reports, 1);
    assert_int_equal(told.ended_at, 10);
    meter_done(&m);
}

static void classes_are_told_by_themselves_and_end_together(void **state)
{
    (void)state;
    struct told told = untold;
    struct meter m;
    meter_init(&m, &told.listener, PHASE_UPSCALE);
    meter_total(&m, 7);
    meter_add_class(&m, "outside", 2);
    assert_string_equal(told.last.cost_class, "outside");
    assert_int_equal(told.last.done_units, 2);
    meter_add_class(&m, "inside", 1);
    assert_string_equal(told.last.cost_class, "inside");
    assert_int_equal(told.last.done_units, 1);
    assert_int_equal(told.last.total_units, 7);
    meter_add_class(&m, "outside", 3);
    assert_int_equal(told.last.done_units, 5);
    meter_add_class(&m, "inside", 0);
    assert_int_equal(told.reports, 3);
    meter_end(&m);
    assert_int_equal(told.ended_at, 6);
    meter_add_class(&m, "inside", 1);
    assert_int_equal(told.reports, 3);
    meter_done(&m);
}

static void a_phase_that_never_began_is_never_told(void **state)
{
    (void)state;
    struct told told = untold;
    struct meter m;
    meter_init(&m, &told.listener, PHASE_UPSCALE);
    meter_end(&m);
    assert_int_equal(told.begins + told.ends, 0);
    meter_done(&m);
}

static void busy_time_leaves_out_the_waiting(void **state)
{
    (void)state;
    struct told told = untold;
    struct meter m;
    meter_init(&m, &told.listener, PHASE_UPSCALE);
    meter_work(&m);
    m.working_since_ns -= 2000000000; // as if the work had begun two seconds ago
    assert_true(meter_busy_s(&m) >= 2);
    meter_rest(&m);
    double busy_s = meter_busy_s(&m);
    assert_true(busy_s >= 2 && busy_s < 60);
    assert_true(meter_busy_s(&m) == busy_s);
    meter_done(&m);
}

static void work_of_several_threads_at_once_passes_once(void **state)
{
    (void)state;
    struct told told = untold;
    struct meter m;
    meter_init(&m, &told.listener, PHASE_UPSCALE);
    meter_work(&m);
    m.working_since_ns -= 2000000000;
    meter_work(&m);
    meter_work(&m);
    meter_rest(&m);
    meter_rest(&m);
    meter_rest(&m);
    assert_true(meter_busy_s(&m) >= 2 && meter_busy_s(&m) < 4);
    meter_done(&m);
}

static void the_latest_clip_is_told_with_the_counts(void **state)
{
    (void)state;
    struct told told = untold;
    struct meter m;
    meter_init(&m, &told.listener, PHASE_UPSCALE);
    meter_add(&m, 1);
    assert_int_equal(told.last.items, 0);
    meter_item(&m, 2, 3);
    meter_add(&m, 1);
    assert_int_equal(told.last.item, 2);
    assert_int_equal(told.last.items, 3);
    meter_item(&m, 1, 3); // a dissolve goes back and forth
    meter_add(&m, 1);
    assert_int_equal(told.last.item, 2);
    meter_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_clip_is_told_with_the_counts),
        cmocka_unit_test(a_phase_begins_with_its_first_work_and_ends_once),
        cmocka_unit_test(a_total_that_comes_late_is_told_at_once),
        cmocka_unit_test(counts_never_fall_and_stop_at_the_end),
        cmocka_unit_test(classes_are_told_by_themselves_and_end_together),
        cmocka_unit_test(a_phase_that_never_began_is_never_told),
        cmocka_unit_test(busy_time_leaves_out_the_waiting),
        cmocka_unit_test(work_of_several_threads_at_once_passes_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
