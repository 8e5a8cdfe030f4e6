// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/av_frame_table.h"

#include "test.h"

static void a_time_stamp_finds_the_frame_next_to_it_or_none(void **state)
{
    (void)state;
    int64_t pts[] = {100, 140, 180, 400};
    struct av_frame_table table = {pts, 4, 440};
    static const struct {
        int64_t pts;
        bool found;
        size_t index;
    } cases[] = {{100, true, 0},  {81, true, 0},    {70, false, 0}, {141, true, 1},
                 {139, true, 1},  {161, true, 2},   {399, true, 3}, {420, true, 3},
                 {421, false, 0}, {-9000, false, 0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        size_t index = 99;
        assert_int_equal(av_frame_table_find(&table, cases[k].pts, &index), cases[k].found);
        if (cases[k].found)
            assert_int_equal(index, cases[k].index);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_stamp_finds_the_frame_next_to_it_or_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
