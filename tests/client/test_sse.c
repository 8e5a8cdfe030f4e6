// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "client/sse.h"

static char all[512];

static bool add(void *context, const char *data, size_t n)
{
    assert_int_equal(strlen(data), n);
    strcat(strcat(all, data), "|");
    return context == NULL || strcmp(data, context) != 0;
}

static void feed(const char *text, size_t step, size_t max)
{
    struct sse sse;
    all[0] = '\0';
    sse_init(&sse, max, add, NULL);
    for (size_t i = 0; i < strlen(text); i += step) {
        size_t left = strlen(text) - i;
        assert_true(sse_bytes(&sse, text + i, left < step ? left : step));
    }
    sse_done(&sse);
}

static void events_are_the_same_in_any_split(void **state)
{
    (void)state;
    static const char text[] = ": hello\n\nid: 7\ndata: {\"a\":1}\n\nevent: x\r\ndata:two\r\n"
                               "data:  lines\r\n\r\n\n\ndata\n\nretry: 5\ndata: last\r\r";
    for (size_t step = 1; step < sizeof(text); step++) {
        feed(text, step, 1000);
        assert_string_equal(all, "{\"a\":1}|two\n lines|last|");
    }
}

static void an_event_that_is_not_ended_is_none(void **state)
{
    (void)state;
    feed("data: whole\n\ndata: half\n", 3, 1000);
    assert_string_equal(all, "whole|");
}

static void one_that_is_too_long_is_dropped_and_the_next_is_not(void **state)
{
    (void)state;
    feed("data: 0123456789012345678901234567890123456789\n\ndata: ok\n\n", 7, 32);
    assert_string_equal(all, "ok|");
}

static void who_has_enough_is_told_no_more(void **state)
{
    (void)state;
    struct sse sse;
    char last[] = "stop";
    all[0] = '\0';
    sse_init(&sse, 100, add, last);
    assert_false(sse_bytes(&sse, "data: a\n\ndata: stop\n\ndata: b\n\n", 31));
    assert_string_equal(all, "a|stop|");
    sse_done(&sse);
}

static void a_new_connection_begins_anew(void **state)
{
    (void)state;
    struct sse sse;
    all[0] = '\0';
    sse_init(&sse, 100, add, NULL);
    assert_true(sse_bytes(&sse, "data: torn", 10));
    sse_restart(&sse);
    assert_true(sse_bytes(&sse, "data: whole\n\n", 13));
    assert_string_equal(all, "whole|");
    sse_done(&sse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_the_same_in_any_split),
        cmocka_unit_test(an_event_that_is_not_ended_is_none),
        cmocka_unit_test(one_that_is_too_long_is_dropped_and_the_next_is_not),
        cmocka_unit_test(who_has_enough_is_told_no_more),
        cmocka_unit_test(a_new_connection_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
