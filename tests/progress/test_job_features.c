// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/job_features.h"

#include <string.h>

#include "test.h"

static void what_is_told_replaces_and_the_rest_stays(void **state)
{
    (void)state;
    struct features f = {.has_clips = true, .clips = 2, .has_bytes_in = true, .bytes_in = 10};
    struct features known = {.has_bytes_in = true, .bytes_in = 20, .has_cold = true, .cold = true};
    strcpy(f.engine, "x4fast");
    known.has_remote = known.has_runnable = known.has_processors = true;
    known.runnable = 3;
    known.processors = 4;
    features_learn(&f, &known);
    assert_int_equal(f.clips, 2);
    assert_int_equal(f.bytes_in, 20);
    assert_true(f.has_cold && f.cold);
    assert_false(f.has_bytes_out);
    assert_string_equal(f.engine, "x4fast");
    assert_true(f.has_remote && !f.remote);
    assert_true(f.has_runnable && f.runnable == 3 && f.has_processors && f.processors == 4);
    assert_string_equal(f.quality, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_replaces_and_the_rest_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
