// SPDX-License-Identifier: GPL-3.0-or-later
#include "progress/spoken.h"

#include "test.h"

enum { STEP_MS = 100 };
static const uint32_t both = 1u << PHASE_UPSCALE | 1u << PHASE_ENCODE;

// What is told at `at_ms`, so much being left of the two.
static enum phase told(struct spoken *s, double upscale_s, double encode_s, uint32_t at_work,
                       int at_ms)
{
    const double left_s[PHASE_COUNT] = {[PHASE_UPSCALE] = upscale_s, [PHASE_ENCODE] = encode_s};
    enum phase limiting = encode_s > upscale_s ? PHASE_ENCODE : PHASE_UPSCALE;
    return spoken_step(s, limiting, at_work, left_s, (int64_t)at_ms * 1000000);
}

static void two_that_take_turns_do_not_flip_the_message(void **state)
{
    (void)state;
    struct spoken s = {0};
    assert_int_equal(told(&s, 10, 9, both, 0), PHASE_UPSCALE);
    for (int at_ms = STEP_MS; at_ms < 10000; at_ms += STEP_MS) {
        bool turn = at_ms / 300 % 2; // by a factor of 2.5, though never for half a second
        assert_int_equal(told(&s, 10, turn ? 25 : 4, both, at_ms), PHASE_UPSCALE);
    }
}

static void a_little_more_is_no_reason_however_long_it_lasts(void **state)
{
    (void)state;
    struct spoken s = {0};
    assert_int_equal(told(&s, 10, 9, both, 0), PHASE_UPSCALE);
    for (int at_ms = STEP_MS; at_ms < 10000; at_ms += STEP_MS)
        assert_int_equal(told(&s, 10, 12, both, at_ms), PHASE_UPSCALE);
}

static void clearly_more_for_half_a_second_is_told(void **state)
{
    (void)state;
    struct spoken s = {0};
    assert_int_equal(told(&s, 10, 9, both, 0), PHASE_UPSCALE);
    for (int at_ms = STEP_MS; at_ms < 600; at_ms += STEP_MS)
        assert_int_equal(told(&s, 10, 14, both, at_ms), PHASE_UPSCALE);
    assert_int_equal(told(&s, 10, 14, both, 600), PHASE_ENCODE);
    assert_int_equal(told(&s, 14, 10, both, 700), PHASE_ENCODE); // and the other waits as long
}

static void far_more_is_told_at_once(void **state)
{
    (void)state;
    struct spoken s = {0};
    assert_int_equal(told(&s, 0.1, 0, both, 0), PHASE_UPSCALE);
    assert_int_equal(told(&s, 0.1, 30, both, 1), PHASE_ENCODE);
}

static void what_is_over_is_left_at_once(void **state)
{
    (void)state;
    struct spoken s = {0};
    assert_int_equal(told(&s, 10, 9, both, 0), PHASE_UPSCALE);
    assert_int_equal(told(&s, 0, 0.1, 1u << PHASE_ENCODE, 1), PHASE_ENCODE);
}

static void a_time_that_is_0_or_before_it_is_like_any_other(void **state)
{
    (void)state;
    struct spoken s = {0};
    assert_int_equal(told(&s, 10, 9, both, -1000), PHASE_UPSCALE);
    assert_int_equal(told(&s, 10, 14, both, -499), PHASE_UPSCALE);
    assert_int_equal(told(&s, 10, 14, both, 0), PHASE_UPSCALE);
    assert_int_equal(told(&s, 10, 14, both, 1), PHASE_ENCODE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_that_take_turns_do_not_flip_the_message),
        cmocka_unit_test(a_little_more_is_no_reason_however_long_it_lasts),
        cmocka_unit_test(clearly_more_for_half_a_second_is_told),
        cmocka_unit_test(far_more_is_told_at_once),
        cmocka_unit_test(what_is_over_is_left_at_once),
        cmocka_unit_test(a_time_that_is_0_or_before_it_is_like_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
