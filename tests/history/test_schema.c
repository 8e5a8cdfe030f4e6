// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include "history/db.h"
#include "history/schema.h"

static void test_no_step_is_a_hole(void **state)
{
    (void)state;
    assert_true(schema_version() > 0);
    for (int i = 0; i < schema_version(); i++) {
        assert_non_null(schema_migration(i)->subject);
        assert_non_null(schema_migration(i)->sql);
    }
}

static void test_the_steps_make_a_database_of_their_version(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = NULL;
    struct error err = {0};
    assert_int_equal(db_open(&(struct db_options){0}, &db, &err), OK);
    struct statement *s AUTO(statement_free) = NULL;
    bool row;
    assert_int_equal(db_prepare(db, "PRAGMA user_version", &s, &err), OK);
    assert_int_equal(statement_step(s, &row, &err), OK);
    assert_int_equal(column_int(s, "user_version"), schema_version());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_step_is_a_hole),
        cmocka_unit_test(test_the_steps_make_a_database_of_their_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
