// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/rational.h"

#include "test.h"

static void check_fps(double fps, int num, int den)
{
    struct rational r = rational_from_fps(fps);
    assert_int_equal(r.num, num);
    assert_int_equal(r.den, den);
}

static void a_decimal_rate_becomes_the_fraction_that_people_mean(void **state)
{
    (void)state;
    check_fps(23.976, 24000, 1001);
    check_fps(23.98, 24000, 1001);
    check_fps(29.97, 30000, 1001);
    check_fps(59.94, 60000, 1001);
    check_fps(25, 25, 1);
    check_fps(24, 24, 1);
    check_fps(30, 30, 1);
    check_fps(12.5, 25, 2);
}

static void a_text_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "/",
                                      "30/",
                                      "/1001",
                                      "0",
                                      "30/0",
                                      "-30",
                                      "30/-1",
                                      "30.0",
                                      "30/1001x",
                                      " 30",
                                      "30 ",
                                      "1e3",
                                      "9999999999999999999",
                                      "30/99999999999999999999"};
    struct rational r = {7, 1};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(rational_parse(bad[i], &r));
    assert_int_equal(r.num, 7);
    assert_true(rational_parse("30000/1001", &r));
    assert_int_equal(r.num, 30000);
    assert_int_equal(r.den, 1001);
    assert_true(rational_parse("25", &r));
    assert_int_equal(r.den, 1);
}

static void reduces_and_divides(void **state)
{
    (void)state;
    struct rational r = rational_reduced((struct rational){50, 20});
    assert_int_equal(r.num, 5);
    assert_int_equal(r.den, 2);
    assert_true(rational_value(r) == 2.5);
    assert_false(rational_valid((struct rational){0, 1}));
    assert_false(rational_valid((struct rational){1, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decimal_rate_becomes_the_fraction_that_people_mean),
        cmocka_unit_test(a_text_is_read_whole_or_not_at_all),
        cmocka_unit_test(reduces_and_divides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
