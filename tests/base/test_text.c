// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"

#include "test.h"

static void cuts_fall_between_characters(void **state)
{
    (void)state;
    const char *text = "aé€😀z"; // 1 + 2 + 3 + 4 + 1 bytes
    static const size_t floors[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t n = 0; n <= strlen(text); n++)
        assert_int_equal(text_utf8_floor(text, n), floors[n]);
}

static void broken_text_is_cut_without_reading_before_it(void **state)
{
    (void)state;
    assert_int_equal(text_utf8_floor("\x80\x80", 2), 2);
    assert_int_equal(text_utf8_floor("\x80\x80\x80\x80\x80", 5), 5);
    assert_int_equal(text_utf8_floor("a\xFF", 2), 1); // looks like the begin of four bytes
    assert_int_equal(text_utf8_floor("", 0), 0);
}

static void every_character_is_valid_alone(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        unsigned char b[4];
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
        for (size_t i = n; i-- > 1;)
            b[i] = (unsigned char)(0x80 | ((c >> (6 * (n - 1 - i))) & 0x3F));
        b[0] = (unsigned char)(lead[n] | (c >> (6 * (n - 1))));
        bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
        if (text_utf8_valid((const char *)b, n) == is_surrogate)
            fail_msg("U+%04X", c);
        for (size_t cut = 1; cut < n; cut++) {
            if (text_utf8_valid((const char *)b, cut))
                fail_msg("U+%04X cut to %zu bytes", c, cut);
        }
    }
}

static void ill_formed_text_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",         "\xC0\x80",     "\xC1\xBF",         "\xE0\x80\x80",
        "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
        "\xFF",         "\xFE",         "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "a\xC3",        "\xC3(",        "\xE2\x82(",        "\xE2(\xAC",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(text_utf8_valid(bad[i], strlen(bad[i])));
    assert_true(text_utf8_valid("", 0));
    assert_true(text_utf8_valid("a\0b", 3));
}

static void prefixes_and_suffixes_are_found(void **state)
{
    (void)state;
    assert_true(text_starts("modal_upscale", "modal_"));
    assert_true(text_starts("x", ""));
    assert_false(text_starts("mod", "modal_"));
    assert_true(text_ends("film.mp4", ".mp4"));
    assert_true(text_ends("x", ""));
    assert_false(text_ends("mp4", ".mp4"));
    assert_false(text_ends("film.mp4x", ".mp4"));
}

static void copies_are_cut_at_a_character_and_terminated(void **state)
{
    (void)state;
    char room[6];
    assert_true(text_copy(room, sizeof(room), "12345"));
    assert_string_equal(room, "12345");
    assert_false(text_copy(room, sizeof(room), "1234é"));
    assert_string_equal(room, "1234");
    assert_false(text_copy(room, 1, "é"));
    assert_string_equal(room, "");
    assert_true(text_copy(room, 1, ""));
}

static void sizes_read_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0 bytes"},          {1, "1 byte"},         {999, "999 bytes"},
        {1000, "1.0 kB"},        {999949, "999.9 kB"},  {999950, "1.0 MB"},
        {999999, "1.0 MB"},      {45200000, "45.2 MB"}, {999950000000, "1.0 TB"},
        {UINT64_MAX, "18.4 EB"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[16];
        assert_string_equal(text_bytes(text, rows[i].bytes), rows[i].text);
    }
}

static void times_are_dates_of_the_calendar(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {1700000000123, "2023-11-14T22:13:20Z"},
        {951782400000, "2000-02-29T00:00:00Z"},
        {4107542399999, "2100-02-28T23:59:59Z"},
        {4107542400000, "2100-03-01T00:00:00Z"},
        {INT64_MAX, "9999-12-31T23:59:59Z"},
        {INT64_MIN, "0000-01-01T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[TEXT_TIME];
        assert_string_equal(text_time(text, rows[i].ms), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_fall_between_characters),
        cmocka_unit_test(broken_text_is_cut_without_reading_before_it),
        cmocka_unit_test(every_character_is_valid_alone),
        cmocka_unit_test(ill_formed_text_is_refused),
        cmocka_unit_test(prefixes_and_suffixes_are_found),
        cmocka_unit_test(copies_are_cut_at_a_character_and_terminated),
        cmocka_unit_test(sizes_read_as_people_write_them),
        cmocka_unit_test(times_are_dates_of_the_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
