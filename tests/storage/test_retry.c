// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/retry.h"

#include "test.h"

static void waits_double_up_to_the_most(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct retry r;
        int64_t wait_ms = 0;
        int64_t most_ms = RETRY_FIRST_MS;
        retry_init(&r, 12, seed);
        for (int i = 0; i < 11; i++) {
            assert_true(retry_again(&r, 0, &wait_ms));
            assert_in_range(wait_ms, most_ms / 2, most_ms);
            most_ms = most_ms * 2 > RETRY_MOST_MS ? RETRY_MOST_MS : most_ms * 2;
        }
        assert_false(retry_again(&r, 0, &wait_ms));
    }
}

static void two_clients_wait_differently(void **state)
{
    (void)state;
    struct retry a;
    struct retry b;
    int64_t x = 0;
    int64_t y = 0;
    int same = 0;
    retry_init(&a, 100, 1);
    retry_init(&b, 100, 2);
    for (int i = 0; i < 50; i++) {
        assert_true(retry_again(&a, 0, &x) && retry_again(&b, 0, &y));
        same += x == y;
    }
    assert_true(same < 5);
}

static void what_the_store_asks_for_is_waited(void **state)
{
    (void)state;
    struct retry r;
    int64_t wait_ms = 0;
    retry_init(&r, 5, 1);
    assert_true(retry_again(&r, 2000, &wait_ms));
    assert_int_equal(wait_ms, 2000);
    assert_true(retry_again(&r, INT64_C(86400000), &wait_ms));
    assert_int_equal(wait_ms, RETRY_ASKED_MS);
}

static void progress_begins_the_count_anew(void **state)
{
    (void)state;
    struct retry r;
    int64_t wait_ms = 0;
    retry_init(&r, 2, 1);
    for (int i = 0; i < 10; i++) {
        retry_progressed(&r);
        assert_true(retry_again(&r, 0, &wait_ms));
    }
    assert_false(retry_again(&r, 0, &wait_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_the_most),
        cmocka_unit_test(two_clients_wait_differently),
        cmocka_unit_test(what_the_store_asks_for_is_waited),
        cmocka_unit_test(progress_begins_the_count_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
