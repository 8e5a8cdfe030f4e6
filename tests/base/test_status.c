// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/status.h"

#include "test.h"

static void no_row_is_a_hole(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        const struct status_info *row = status_info((enum status)i);
        assert_non_null(row->name);
        assert_non_null(row->text);
        assert_true(strlen(row->name) > 1 && strlen(row->text) > 1);
        assert_true(row->text[strlen(row->text) - 1] != '.');
        assert_in_range(row->http_code, 200, 599);
    }
}

static void only_ok_looks_like_success_outside(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        const struct status_info *row = status_info((enum status)i);
        assert_int_equal(row->exit_code == 0, i == OK);
        assert_int_equal(row->http_code < 300, i == OK);
        assert_in_range(row->exit_code, 0, 255);
    }
}

static void names_and_exit_codes_tell_every_status_apart(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        for (int k = 0; k < i; k++) {
            const struct status_info *a = status_info((enum status)i);
            const struct status_info *b = status_info((enum status)k);
            assert_string_not_equal(a->name, b->name);
            assert_int_not_equal(a->exit_code, b->exit_code);
        }
    }
}

static void a_name_leads_back_to_its_status(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++)
        assert_int_equal(status_from_name(status_info((enum status)i)->name), i);
}

static void an_unknown_name_is_an_internal_error(void **state)
{
    (void)state;
    assert_int_equal(status_from_name("no such status"), ERR_INTERNAL);
    assert_int_equal(status_from_name(""), ERR_INTERNAL);
}

static void a_second_try_cannot_repair_a_wrong_spec(void **state)
{
    (void)state;
    assert_false(status_info(ERR_USAGE)->retryable);
    assert_false(status_info(ERR_INVALID)->retryable);
    assert_false(status_info(ERR_MEDIA)->retryable);
    assert_false(status_info(ERR_CANCELLED)->retryable);
    assert_true(status_info(ERR_UNAVAILABLE)->retryable);
    assert_true(status_info(ERR_WORKER)->retryable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_row_is_a_hole),
        cmocka_unit_test(only_ok_looks_like_success_outside),
        cmocka_unit_test(names_and_exit_codes_tell_every_status_apart),
        cmocka_unit_test(a_name_leads_back_to_its_status),
        cmocka_unit_test(an_unknown_name_is_an_internal_error),
        cmocka_unit_test(a_second_try_cannot_repair_a_wrong_spec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
