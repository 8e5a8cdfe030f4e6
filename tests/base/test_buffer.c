// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/buffer.h"

#include "test.h"

static void grows_and_stays_terminated(void **state)
{
    (void)state;
    struct buffer b BUFFER_AUTO;
    buffer_init(&b, 1000);
    assert_string_equal(buffer_string(&b), "");
    for (int i = 0; i < 100; i++)
        buffer_printf(&b, "%d,", i % 10);
    assert_int_equal(b.size, 200);
    assert_int_equal(strlen(buffer_string(&b)), 200);
    assert_false(b.overflow);
}

static void drops_whole_what_does_not_fit(void **state)
{
    (void)state;
    struct buffer b BUFFER_AUTO;
    buffer_init(&b, 5);
    buffer_text(&b, "abc");
    buffer_text(&b, "defg");
    assert_true(b.overflow);
    assert_string_equal(buffer_string(&b), "abc");
    buffer_text(&b, "de");
    assert_string_equal(buffer_string(&b), "abcde");
    buffer_clear(&b);
    assert_false(b.overflow);
}

static void consumes_from_the_front(void **state)
{
    (void)state;
    struct buffer b BUFFER_AUTO;
    buffer_init(&b, 100);
    buffer_text(&b, "line\nrest");
    buffer_consume(&b, 5);
    assert_string_equal(buffer_string(&b), "rest");
}

static void taking_leaves_it_empty(void **state)
{
    (void)state;
    struct buffer b BUFFER_AUTO;
    buffer_init(&b, 100);
    buffer_text(&b, "mine");
    char *taken AUTO(mem_free) = buffer_take(&b);
    assert_string_equal(taken, "mine");
    assert_int_equal(b.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated),
        cmocka_unit_test(drops_whole_what_does_not_fit),
        cmocka_unit_test(consumes_from_the_front),
        cmocka_unit_test(taking_leaves_it_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
