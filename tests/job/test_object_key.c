// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/object_key.h"

#include "base/text.h"
#include "test.h"

static void ordinary_keys_are_fine(void **state)
{
    (void)state;
    static const char *const good[] = {"a",    "games/a.mp4", "a/b/c d/é😀.mp4", "a%2e%2e/b", "~x",
                                       "a..b", "a."};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct error err = {0};
        if (object_key_check(good[i], &err) != OK)
            fail_msg("%s: %s", good[i], err.text);
    }
}

static void keys_that_could_leave_their_folder_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",     "/",    "/etc/passwd", "..",      "../a",  "a/../b",    "a/..",
        ".",    "./a",  "a/./b",       "a//b",    "a/",    ".hidden",   "a/.x",
        "a\\b", "a\nb", "a\x7f",       "a\x01/b", "a\xff", "a\xc0\xae", "..\\x",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err = {0};
        char *where = NULL;
        if (object_key_location("/store", "anna", bad[i], &where, &err) != ERR_INVALID)
            fail_msg("%s became %s", bad[i], where);
        assert_null(where);
        assert_true(text_starts(err.text, "key: "));
    }
}

static void lengths_are_bounded(void **state)
{
    (void)state;
    char key[OBJECT_KEY_MAX + 2];
    memset(key, 'a', sizeof(key));
    key[OBJECT_KEY_PART_MAX] = '\0';
    assert_int_equal(object_key_check(key, NULL), OK);
    key[OBJECT_KEY_PART_MAX] = 'a';
    key[OBJECT_KEY_PART_MAX + 1] = '\0';
    assert_int_equal(object_key_check(key, NULL), ERR_INVALID);
    for (size_t i = 0; i <= OBJECT_KEY_MAX; i++)
        key[i] = i % 2 ? '/' : 'a';
    key[OBJECT_KEY_MAX - 1] = 'a';
    key[OBJECT_KEY_MAX] = '\0';
    assert_int_equal(object_key_check(key, NULL), OK);
    key[OBJECT_KEY_MAX] = 'a';
    key[OBJECT_KEY_MAX + 1] = '\0';
    assert_int_equal(object_key_check(key, NULL), ERR_INVALID);
}

static void users_have_plain_names(void **state)
{
    (void)state;
    assert_int_equal(user_name_check("anna-2_b", NULL), OK);
    assert_int_equal(user_name_check("0", NULL), OK);
    static const char *const bad[] = {
        "Anna", "a/b", "..",  ".", "-a",
        "_a",   "a b", "a\n", "é", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(user_name_check(bad[i], NULL), ERR_INVALID);
}

static void objects_lie_below_their_users_folder(void **state)
{
    (void)state;
    char *where = NULL;
    assert_int_equal(object_key_location("/store", "local", "games/a.mp4", &where, NULL), OK);
    assert_string_equal(where, "/store/local/games/a.mp4");
    free(where);
    assert_int_equal(object_key_location("s3://films", "anna", "a.mp4", &where, NULL), OK);
    assert_string_equal(where, "s3://films/anna/a.mp4");
    free(where);
    assert_int_equal(object_key_location("/store", "../bob", "a.mp4", &where, NULL), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_keys_are_fine),
        cmocka_unit_test(keys_that_could_leave_their_folder_are_refused),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(users_have_plain_names),
        cmocka_unit_test(objects_lie_below_their_users_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
