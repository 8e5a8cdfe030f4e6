// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/foresight.h"

#include <math.h>

#include "runs.h"

static double error_of(const struct sample *s)
{
    return fabs(log(s->b.record.total_s / s->foresight_s));
}

static void runs_are_foretold_better_when_others_came_before(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 20, 3.0, true); // a machine far slower than the shipped prior has it
    samples_finish(&s);
    assert_true(s.all[19].has_foresight);
    assert_true(error_of(&s.all[19]) < 0.1);
    assert_true(error_of(&s.all[19]) < 0.3 * error_of(&s.all[0]));
    assert_true(s.all[19].foresight_low_s <= s.all[19].foresight_s &&
                s.all[19].foresight_s <= s.all[19].foresight_high_s);
}

static void no_run_is_foretold_from_itself(void **state)
{
    (void)state;
    struct samples a SAMPLES_AUTO;
    struct samples b SAMPLES_AUTO;
    samples_init(&a);
    samples_init(&b);
    add_runs(&a, 0, 12, 0.4, true);
    add_runs(&b, 0, 11, 0.4, true);
    struct benchmark odd = run_of(11, 100 + 50 * (11 % 3), 4.0,
                                  true); // the last one ten times slower
    samples_add(&b, &odd);
    samples_finish(&a);
    samples_finish(&b);
    assert_true(a.all[11].foresight_s == b.all[11].foresight_s);
}

static void a_lasting_change_is_noticed_within_three_runs(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 20, 0.4, true);
    add_runs(&s, 20, 3, 0.8, true);
    samples_finish(&s);
    const struct drifts *d = &s.drifts[EXPORT_FRAMING_AI];
    bool found = false;
    for (int i = 0; i < d->count; i++) {
        found = found || (d->all[i].phase == PHASE_UPSCALE && d->all[i].jobs <= 3 &&
                          d->all[i].factor > 1.5 && d->all[i].factor < 2.5 &&
                          d->all[i].since_ms == 1700000000000 + 20 * 60000);
    }
    assert_true(found);
}

static void steady_runs_and_the_first_surprise_are_no_drift(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 40, 3.0, true);
    samples_finish(&s);
    assert_int_equal(s.drifts[EXPORT_FRAMING_AI].count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_foretold_better_when_others_came_before),
        cmocka_unit_test(no_run_is_foretold_from_itself),
        cmocka_unit_test(a_lasting_change_is_noticed_within_three_runs),
        cmocka_unit_test(steady_runs_and_the_first_surprise_are_no_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
