// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/held_sink.h"

#include "film_check.h"
#include "test.h"

static void the_beginning_comes_last_and_in_one_piece(void **state)
{
    (void)state;
    struct record_sink real;
    struct held_sink held;
    record_sink_init(&real);
    assert_int_equal(held_sink_init(&held, &real.sink, 8, NULL), OK);
    struct byte_sink *door = &held.sink;
    assert_int_equal(door->write_at(door, 0, "abcdefghijkl", 12, NULL), OK); // across the border
    assert_int_equal(real.writes, 1);
    assert_memory_equal(real.bytes, "\0\0\0\0\0\0\0\0ijkl", 12);
    assert_int_equal(door->write_at(door, 2, "CD", 2, NULL), OK);
    assert_int_equal(real.writes, 1);
    assert_int_equal(held_sink_release(&held, NULL), OK);
    assert_int_equal(real.size, 12);
    assert_memory_equal(real.bytes, "abCDefghijkl", 12);
    held_sink_done(&held);
    record_sink_done(&real);
}

static void a_short_file_is_not_filled_up(void **state)
{
    (void)state;
    struct record_sink real;
    struct held_sink held;
    record_sink_init(&real);
    assert_int_equal(held_sink_init(&held, &real.sink, 4096, NULL), OK);
    assert_int_equal(held.sink.write_at(&held.sink, 0, "abc", 3, NULL), OK);
    assert_int_equal(held_sink_release(&held, NULL), OK);
    assert_int_equal(real.size, 3);
    held_sink_done(&held);
    record_sink_done(&real);
}

static void the_real_sinks_error_comes_through(void **state)
{
    (void)state;
    struct record_sink real;
    struct held_sink held;
    record_sink_init(&real);
    real.fail_at = 1;
    assert_int_equal(held_sink_init(&held, &real.sink, 4, NULL), OK);
    assert_int_equal(held.sink.write_at(&held.sink, 0, "abc", 3, NULL), OK);
    assert_int_equal(held.sink.write_at(&held.sink, 3, "def", 3, NULL), ERR_NO_SPACE);
    assert_int_equal(held_sink_release(&held, NULL), ERR_NO_SPACE);
    held_sink_done(&held);
    record_sink_done(&real);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_beginning_comes_last_and_in_one_piece),
        cmocka_unit_test(a_short_file_is_not_filled_up),
        cmocka_unit_test(the_real_sinks_error_comes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
