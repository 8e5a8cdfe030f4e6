// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/frame_times.h"

#include "base/memory.h"
#include "test.h"

static void releasing_leaves_it_empty_and_may_come_twice(void **state)
{
    (void)state;
    struct frame_times times = {.start_s = mem_zeroed(3, sizeof(double)), .count = 3, .end_s = 1};
    frame_times_done(&times);
    assert_null(times.start_s);
    assert_int_equal(times.count, 0);
    frame_times_done(&times);
    frame_times_done(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(releasing_leaves_it_empty_and_may_come_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
