// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/access.h"

#include <stdio.h>

#include "base/memory.h"
#include "base/text.h"
#include "test.h"

// An access that knows one token of `user`; the token itself in `token`.
static void access_of(struct access *a, const char *user, char token[static TOKEN_TEXT])
{
    struct token_book book = {.entries = mem_new(struct token_entry), .count = 1};
    access_init(a, false);
    token_new(token, book.entries[0].hash);
    (void)text_copy(book.entries[0].user, sizeof(book.entries[0].user), user);
    access_replace(a, &book);
    assert_null(book.entries);
}

static void a_token_is_known_by_its_digest_alone(void **state)
{
    (void)state;
    struct access a;
    char token[TOKEN_TEXT];
    char user[USER_NAME_MAX + 1];
    struct error err = {0};
    access_of(&a, "anna", token);
    assert_true(text_starts(token, TOKEN_PREFIX));
    assert_int_equal(strlen(token), TOKEN_TEXT - 1);
    assert_true(access_in_use(&a));
    assert_int_equal(access_token(&a, token, user, NULL), OK);
    assert_string_equal(user, "anna");
    token[TOKEN_TEXT - 2] ^= 1;
    assert_int_equal(access_token(&a, token, user, &err), ERR_PERMISSION);
    assert_null(strstr(err.text, token)); // a token is never said back
    assert_int_equal(access_token(&a, "", user, NULL), ERR_PERMISSION);
    access_done(&a);
}

static void tokens_are_in_use_when_there_is_one_or_when_they_are_required(void **state)
{
    (void)state;
    struct access a;
    access_init(&a, false);
    assert_false(access_in_use(&a));
    access_done(&a);
    access_init(&a, true);
    assert_true(access_in_use(&a));
    access_done(&a);
}

static void the_header_is_read_as_the_rfc_says(void **state)
{
    (void)state;
    assert_string_equal(access_bearer("Bearer abc"), "abc");
    assert_string_equal(access_bearer("bearer   abc"), "abc");
    assert_string_equal(access_bearer("Bearer "), "");
    assert_null(access_bearer("Basic abc"));
    assert_null(access_bearer("Bearer"));
    assert_null(access_bearer(""));
    assert_null(access_bearer(NULL));
}

static void a_ticket_is_good_for_a_minute(void **state)
{
    (void)state;
    struct access a;
    char ticket[TICKET_TEXT];
    char user[USER_NAME_MAX + 1];
    access_init(&a, true);
    access_make_ticket(&a, "anna-2", 1000, ticket);
    assert_int_equal(access_ticket(&a, ticket, 1000, user, NULL), OK);
    assert_string_equal(user, "anna-2");
    assert_int_equal(access_ticket(&a, ticket, 1000 + TICKET_S, user, NULL), OK);
    assert_int_equal(access_ticket(&a, ticket, 1001 + TICKET_S, user, NULL), ERR_PERMISSION);
    access_done(&a);
}

static void nobody_else_can_write_a_ticket(void **state)
{
    (void)state;
    struct access a;
    struct access other;
    char ticket[TICKET_TEXT];
    char user[USER_NAME_MAX + 1];
    access_init(&a, true);
    access_init(&other, true);
    access_make_ticket(&other, "anna", 1000, ticket);
    assert_int_equal(access_ticket(&a, ticket, 1000, user, NULL), ERR_PERMISSION);
    access_make_ticket(&a, "anna", 1000, ticket);
    for (size_t i = 0; ticket[i]; i++) { // any change of any byte
        char changed[TICKET_TEXT];
        memcpy(changed, ticket, sizeof(changed));
        changed[i] ^= 1;
        assert_int_equal(access_ticket(&a, changed, 1000, user, NULL), ERR_PERMISSION);
        changed[i] = '\0';
        assert_int_equal(access_ticket(&a, changed, 1000, user, NULL), ERR_PERMISSION);
    }
    static const char *const bad[] = {
        "",         ".",
        "..",       "anna",
        "anna.",    "anna.1.",
        "anna.x.y", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.1.2"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(access_ticket(&a, bad[i], 0, user, NULL), ERR_PERMISSION);
    access_done(&a);
    access_done(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_known_by_its_digest_alone),
        cmocka_unit_test(tokens_are_in_use_when_there_is_one_or_when_they_are_required),
        cmocka_unit_test(the_header_is_read_as_the_rfc_says),
        cmocka_unit_test(a_ticket_is_good_for_a_minute),
        cmocka_unit_test(nobody_else_can_write_a_ticket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
