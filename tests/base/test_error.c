// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"

#include <errno.h>

#include "base/text.h"
#include "test.h"

// A text of `n` two-byte characters, "éééé…".
static char *accents(size_t n)
{
    static char text[2001];
    assert_true(2 * n < sizeof(text));
    for (size_t i = 0; i < n; i++)
        memcpy(text + 2 * i, "é", 2);
    text[2 * n] = '\0';
    return text;
}

static void set_fills_everything_and_returns_the_status(void **state)
{
    (void)state;
    struct error err;
    memset(&err, 0xAA, sizeof(err));
    assert_int_equal(error_set(&err, ERR_IO, "read %s at %d", "a.mp4", 7), ERR_IO);
    assert_int_equal(err.status, ERR_IO);
    assert_string_equal(err.text, "read a.mp4 at 7");
    assert_string_equal(err.detail, "");
    assert_true(err.retryable);
    assert_int_equal(error_set(&err, ERR_INVALID, "no"), ERR_INVALID);
    assert_false(err.retryable);
}

static void without_an_error_only_the_status_is_returned(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ERR_MEDIA, "x"), ERR_MEDIA);
    assert_int_equal(error_set_errno(NULL, ENOENT, "x"), ERR_NOT_FOUND);
    assert_int_equal(error_wrap(NULL, "x"), ERR_INTERNAL);
    error_detail(NULL, "x");
}

static void each_errno_has_its_status(void **state)
{
    (void)state;
    static const struct {
        int value;
        enum status status;
    } rows[] = {
        {ENOENT, ERR_NOT_FOUND},
        {ENOTDIR, ERR_NOT_FOUND},
        {EACCES, ERR_PERMISSION},
        {EROFS, ERR_PERMISSION},
        {ENOSPC, ERR_NO_SPACE},
        {EDQUOT, ERR_NO_SPACE},
        {ENOMEM, ERR_MEMORY},
        {ETIMEDOUT, ERR_TIMEOUT},
        {EEXIST, ERR_CONFLICT},
        {EISDIR, ERR_INVALID},
        {EIO, ERR_IO},
        {EPIPE, ERR_IO},
        {ENAMETOOLONG, ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err;
        assert_int_equal(error_set_errno(&err, rows[i].value, "open"), rows[i].status);
        assert_int_equal(err.status, rows[i].status);
    }
}

static void an_errno_is_explained_in_words(void **state)
{
    (void)state;
    struct error err;
    (void)error_set_errno(&err, ENOENT, "open %s", "a.mp4");
    assert_string_equal(err.text, "open a.mp4: No such file or directory");
}

static void wrapping_puts_the_context_in_front(void **state)
{
    (void)state;
    struct error err;
    (void)error_set(&err, ERR_UNAVAILABLE, "connection reset");
    error_detail(&err, "curl %d", 56);
    assert_int_equal(error_wrap(&err, "read part %d", 3), ERR_UNAVAILABLE);
    assert_string_equal(err.text, "read part 3: connection reset");
    assert_string_equal(err.detail, "curl 56");
    assert_true(err.retryable);
}

static void too_long_texts_are_cut_at_a_character(void **state)
{
    (void)state;
    struct error err;
    (void)error_set(&err, ERR_IO, "x%s", accents(900)); // odd start: the cut falls inside one
    assert_true(strlen(err.text) >= sizeof(err.text) - 3);
    assert_true(text_utf8_valid(err.text, strlen(err.text)));
    for (int i = 0; i < 2; i++) { // both parities of the place of the cut
        (void)error_wrap(&err, "%.*s%s", i, "x", accents(30));
        assert_true(text_utf8_valid(err.text, strlen(err.text)));
    }
    (void)error_set_errno(&err, EIO, "xy%s", accents(900));
    assert_true(text_utf8_valid(err.text, strlen(err.text)));
    error_detail(&err, "x%s", accents(900));
    assert_true(text_utf8_valid(err.detail, strlen(err.detail)));
}

static void the_old_text_may_be_part_of_the_new_one(void **state)
{
    (void)state;
    struct error err;
    (void)error_set(&err, ERR_IO, "first");
    error_detail(&err, "deep");
    (void)error_set(&err, ERR_MEDIA, "after %s (%s)", err.text, err.detail);
    assert_string_equal(err.text, "after first (deep)");
    error_detail(&err, "was: %s", err.detail);
    assert_string_equal(err.detail, "was: ");
    (void)error_wrap(&err, "%s", err.text);
    assert_string_equal(err.text, "after first (deep): after first (deep)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_everything_and_returns_the_status),
        cmocka_unit_test(without_an_error_only_the_status_is_returned),
        cmocka_unit_test(each_errno_has_its_status),
        cmocka_unit_test(an_errno_is_explained_in_words),
        cmocka_unit_test(wrapping_puts_the_context_in_front),
        cmocka_unit_test(too_long_texts_are_cut_at_a_character),
        cmocka_unit_test(the_old_text_may_be_part_of_the_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
