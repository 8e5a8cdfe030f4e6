// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/location.h"

#include "test.h"

static void paths_and_file_urls_become_paths(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a.mp4", "a.mp4"},           {"/x/y z.mp4", "/x/y z.mp4"},
        {"./a%20b", "./a%20b"},       {"file:///x/y.mp4", "/x/y.mp4"},
        {"file://localhost/x", "/x"}, {"file:///a%20b%C3%A9", "/a b\xC3\xA9"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err;
        struct location at LOCATION_AUTO = {0};
        assert_int_equal(location_parse(cases[i][0], &at, &err), OK);
        assert_int_equal(at.place, PLACE_FILE);
        assert_string_equal(at.path, cases[i][1]);
    }
}

static void a_key_is_taken_as_it_is(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"s3://games/a.mp4", "games", "a.mp4"},
        {"s3://games/2024/a b+c.mp4", "games", "2024/a b+c.mp4"},
        {"s3://games/100%.mp4", "games", "100%.mp4"},
        {"s3://games/a%20b?c#d&e=f", "games", "a%20b?c#d&e=f"},
        {"s3://my.games-1/a//b/../c/.", "my.games-1", "a//b/../c/."},
        {"s3://games//a", "games", "/a"},
        {"s3://games/\xC3\xA9\xF0\x9F\x8F\x80", "games", "\xC3\xA9\xF0\x9F\x8F\x80"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err;
        struct location at LOCATION_AUTO = {0};
        assert_int_equal(location_parse(cases[i][0], &at, &err), OK);
        assert_int_equal(at.place, PLACE_S3);
        assert_string_equal(at.bucket, cases[i][1]);
        assert_string_equal(at.key, cases[i][2]);
    }
}

static void anything_else_is_refused_with_the_name(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",         "http://x/y",    "s3x://b/k", "file://host/x", "file://x", "file:///a%2",
        "s3://ab/", "s3://bu cket/", "s3://-ab/", "s3://bucket",   "s3://b-/", "s3://bucket/",
        "s3:///k",  "file:///%zz",   "s3://",     "file:///a%00b",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err = {0};
        struct location at;
        assert_int_equal(location_parse(bad[i], &at, &err), ERR_INVALID);
        assert_null(at.path);
        assert_null(at.bucket);
        assert_non_null(strstr(err.text, bad[i]));
    }
    struct error err = {0};
    struct location at;
    assert_int_equal(location_parse("s3://bucket/a\nb", &at, &err), ERR_INVALID);
    assert_int_equal(location_parse("s3://bucket/\xFF", &at, &err), ERR_INVALID);
    char text[1200] = "s3://bucket/";
    memset(text + 12, 'k', LOCATION_MAX_KEY);
    assert_int_equal(location_parse(text, &at, &err), OK);
    location_done(&at);
    text[12 + LOCATION_MAX_KEY] = 'k';
    assert_int_equal(location_parse(text, &at, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "1025"));
}

static void a_prefix_may_be_empty(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"s3://bucket", ""}, {"s3://bucket/", ""}, {"s3://bucket/a/", "a/"}};
    for (size_t i = 0; i < 3; i++) {
        struct error err;
        struct location at LOCATION_AUTO = {0};
        assert_int_equal(location_parse_prefix(cases[i][0], &at, &err), OK);
        assert_string_equal(at.key, cases[i][1]);
    }
}

static void a_signature_is_not_named(void **state)
{
    (void)state;
    char name[64];
    struct error err = {0};
    struct location at;
    assert_int_equal(location_parse("https://h/k?X-Amz-Signature=abc", &at, &err), ERR_INVALID);
    assert_null(strstr(err.text, "abc"));
    assert_non_null(strstr(err.text, "https://h/k"));
    assert_string_equal(location_name("s3://b/k?x", name, sizeof name), "s3://b/k?x");
}

static void names_stand_below_a_base(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"/data/objects", "a b/c%.mp4", "/data/objects/a b/c%.mp4"},
        {"file:///data", "a b/c%.mp4", "file:///data/a%20b/c%25.mp4"},
        {"s3://bucket", "a b/c%.mp4", "s3://bucket/a b/c%.mp4"},
        {"s3://bucket/users/7/", "x", "s3://bucket/users/7/x"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *where AUTO(mem_free) = location_below(cases[i][0], cases[i][1]);
        assert_string_equal(where, cases[i][2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_and_file_urls_become_paths),
        cmocka_unit_test(a_key_is_taken_as_it_is),
        cmocka_unit_test(anything_else_is_refused_with_the_name),
        cmocka_unit_test(a_prefix_may_be_empty),
        cmocka_unit_test(a_signature_is_not_named),
        cmocka_unit_test(names_stand_below_a_base),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
