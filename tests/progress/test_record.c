// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <math.h>
#include <string.h>

#include "progress/record.h"

static struct record sound(void)
{
    struct record r = {
        .type = EXPORT_FRAMING_AI, .total_s = 10, .by_worker = true, .outcome = OUTCOME_COMPLETE};
    r.phases[PHASE_INIT] = (struct record_phase){.present = true, .busy_s = 0.4, .wall_s = 0.5};
    r.phases[PHASE_UPSCALE] = (struct record_phase){.present = true, .busy_s = 7, .wall_s = 9};
    return r;
}

static void a_sound_record_teaches(void **state)
{
    (void)state;
    struct record r = sound();
    assert_int_equal(record_flaw(&r), RECORD_SOUND);
    assert_string_equal(record_flaw_name(RECORD_SOUND), "");
}

static void every_flaw_is_named(void **state)
{
    (void)state;
    struct record r = sound();
    r.by_worker = false;
    assert_int_equal(record_flaw(&r), RECORD_NOT_WORKERS);
    r = sound();
    r.simulated = true;
    assert_int_equal(record_flaw(&r), RECORD_SIMULATED);
    r = sound();
    r.censored = true;
    assert_int_equal(record_flaw(&r), RECORD_CENSORED);
    r = sound();
    r.outcome = OUTCOME_CANCELLED;
    assert_int_equal(record_flaw(&r), RECORD_INCOMPLETE);
    for (int flaw = 1; flaw < RECORD_FLAW_COUNT; flaw++)
        assert_true(strlen(record_flaw_name((enum record_flaw)flaw)) > 5);
}

static void times_that_cannot_be_are_nonsense(void **state)
{
    (void)state;
    const double bad[] = {-1, NAN, INFINITY, 11.1, 1e9};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct record r = sound();
        r.phases[PHASE_UPSCALE].wall_s = bad[i];
        assert_int_equal(record_flaw(&r), RECORD_NONSENSE);
        r = sound();
        r.phases[PHASE_UPSCALE].busy_s = bad[i];
        assert_int_equal(record_flaw(&r), RECORD_NONSENSE);
    }
    struct record r = sound();
    r.total_s = 0;
    assert_int_equal(record_flaw(&r), RECORD_NONSENSE);
    r = (struct record){.total_s = 3, .by_worker = true};
    assert_int_equal(record_flaw(&r), RECORD_NONSENSE);
}

static void a_silent_phase_takes_its_wall_time_and_a_counted_one_its_own(void **state)
{
    (void)state;
    struct record r = sound();
    assert_true(fabs(record_own_s(&r, PHASE_INIT) - 0.5) < 1e-9);
    assert_true(fabs(record_own_s(&r, PHASE_UPSCALE) - 7) < 1e-9);
    r.phases[PHASE_UPSCALE].busy_s = 0;
    assert_true(fabs(record_own_s(&r, PHASE_UPSCALE) - 9) < 1e-9);
    assert_true(record_own_s(&r, PHASE_MERGE) <= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_record_teaches),
        cmocka_unit_test(every_flaw_is_named),
        cmocka_unit_test(times_that_cannot_be_are_nonsense),
        cmocka_unit_test(a_silent_phase_takes_its_wall_time_and_a_counted_one_its_own),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
