// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/tokens.h"

#include "test.h"

static struct db *new_db(void)
{
    struct db *db = NULL;
    const struct db_options options = {0};
    assert_int_equal(db_open(&options, &db, NULL), OK);
    return db;
}

struct seen {
    int count;
    struct token_row rows[4];
};

static void remember(void *context, const struct token_row *row)
{
    struct seen *seen = context;
    assert_true(seen->count < 4);
    seen->rows[seen->count++] = *row;
}

static void tokens_come_back_as_they_were_stored(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = new_db();
    struct token_row anna = {.user = "anna", .note = "laptop", .created_ms = 5, .hash = {1, 2, 3}};
    struct token_row bob = {.user = "bob", .created_ms = 6, .hash = {9}};
    int64_t first = 0;
    int64_t second = 0;
    assert_int_equal(tokens_add(db, &anna, &first, NULL), OK);
    assert_int_equal(tokens_add(db, &bob, &second, NULL), OK);
    struct seen seen = {0};
    assert_int_equal(tokens_each(db, remember, &seen, NULL), OK);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.rows[0].id, first);
    assert_string_equal(seen.rows[0].user, "anna");
    assert_string_equal(seen.rows[0].note, "laptop");
    assert_int_equal(seen.rows[0].created_ms, 5);
    assert_memory_equal(seen.rows[0].hash, anna.hash, sizeof(anna.hash));
    assert_int_equal(seen.rows[1].id, second);
}

static void a_removed_token_is_gone_and_its_id_is_not_given_again(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = new_db();
    struct token_row anna = {.user = "anna", .hash = {1}};
    int64_t first = 0;
    int64_t second = 0;
    struct error err = {0};
    assert_int_equal(tokens_add(db, &anna, &first, NULL), OK);
    assert_int_equal(tokens_remove(db, first, NULL), OK);
    assert_int_equal(tokens_remove(db, first, &err), ERR_NOT_FOUND);
    assert_int_equal(tokens_add(db, &anna, &second, NULL), OK);
    assert_true(second > first);
}

static void nobody_without_a_plain_name_gets_a_token(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = new_db();
    struct token_row row = {.user = "../anna"};
    int64_t id = 0;
    assert_int_equal(tokens_add(db, &row, &id, NULL), ERR_INVALID);
    struct seen seen = {0};
    assert_int_equal(tokens_each(db, remember, &seen, NULL), OK);
    assert_int_equal(seen.count, 0);
}

static void the_same_token_is_not_stored_twice(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = new_db();
    struct token_row row = {.user = "anna", .hash = {7}};
    int64_t id = 0;
    assert_int_equal(tokens_add(db, &row, &id, NULL), OK);
    assert_int_equal(tokens_add(db, &row, &id, NULL), ERR_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_come_back_as_they_were_stored),
        cmocka_unit_test(a_removed_token_is_gone_and_its_id_is_not_given_again),
        cmocka_unit_test(nobody_without_a_plain_name_gets_a_token),
        cmocka_unit_test(the_same_token_is_not_stored_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
