// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/message.h"

#include "test.h"

static void a_message_lives_as_long_as_somebody_holds_it(void **state)
{
    (void)state;
    struct message *m = message_new("hello", 5);
    struct message *again = message_ref(m);
    assert_ptr_equal(again, m);
    message_unref(m);
    assert_int_equal(again->size, 5);
    assert_string_equal(message_bytes(again), "hello");
    message_unref(again); // AddressSanitizer tells of a leak or a second free
    message_unref(NULL);
    assert_null(message_ref(NULL));
}

static void there_is_room_in_front_of_the_bytes(void **state)
{
    (void)state;
    struct message *m AUTO(message_unref) = message_new("x", 1);
    memset(message_bytes(m) - MESSAGE_ROOM, 0xff, MESSAGE_ROOM);
    assert_string_equal(message_bytes(m), "x");
    assert_int_equal(m->size, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_lives_as_long_as_somebody_holds_it),
        cmocka_unit_test(there_is_room_in_front_of_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
