// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "jobs/retry.h"

static const struct retry_policy policy = {.max_attempts = 6, .first_ms = 1000, .longest_ms = 5000};

static void waits_double_up_to_the_longest(void **state)
{
    (void)state;
    static const int64_t expected_ms[] = {1000, 2000, 4000, 5000, 5000};
    const struct error io = {.status = ERR_IO, .retryable = true};
    for (uint32_t i = 0; i < 5; i++) {
        int64_t longest_ms;
        int64_t shortest_ms;
        assert_true(retry_after(&policy, i + 1, &io, 0, &longest_ms));
        assert_true(retry_after(&policy, i + 1, &io, 0.999999, &shortest_ms));
        assert_int_equal(longest_ms, expected_ms[i]);
        assert_in_range(shortest_ms, expected_ms[i] / 2, expected_ms[i] / 2 + 1);
    }
}

static void the_last_attempt_is_the_last(void **state)
{
    (void)state;
    const struct error io = {.status = ERR_IO, .retryable = true};
    int64_t wait_ms;
    assert_false(retry_after(&policy, 6, &io, 0, &wait_ms));
}

static void what_would_fail_again_is_not_tried_again(void **state)
{
    (void)state;
    const struct error media = {.status = ERR_MEDIA};
    int64_t wait_ms;
    assert_false(retry_after(&policy, 1, &media, 0, &wait_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_the_longest),
        cmocka_unit_test(the_last_attempt_is_the_last),
        cmocka_unit_test(what_would_fail_again_is_not_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
