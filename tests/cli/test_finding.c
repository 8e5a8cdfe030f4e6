// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/finding.h"

#include "test.h"

static void a_good_one_says_what_was_found(void **state)
{
    (void)state;
    struct finding f;
    struct error err = {0};
    finding_set(&f, OK, &err, "two fonts");
    assert_true(f.ok);
    assert_string_equal(f.text, "two fonts");
}

static void a_bad_one_says_why(void **state)
{
    (void)state;
    struct finding f;
    struct error err = {0};
    finding_set(&f, error_set(&err, ERR_NOT_FOUND, "no fonts"), &err, "two fonts");
    assert_false(f.ok);
    assert_string_equal(f.text, "no fonts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_one_says_what_was_found),
        cmocka_unit_test(a_bad_one_says_why),
    };
    return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
