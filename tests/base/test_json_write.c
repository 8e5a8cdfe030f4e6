// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/json_write.h"

#include <float.h>
#include <stdio.h>

#include "base/json_read.h"
#include "test.h"

struct room {
    struct buffer out;
    struct json_writer w;
};

static int make_room(void **state)
{
    static struct room room;
    buffer_init(&room.out, 100000);
    jw_init(&room.w, &room.out);
    *state = &room;
    return 0;
}

static int leave_room(void **state)
{
    buffer_done(&((struct room *)*state)->out);
    return 0;
}

static void commas_stand_between_values_only(void **state)
{
    struct room *r = *state;
    struct json_writer *w = &r->w;
    jw_object_begin(w);
    jw_key_int(w, "a", -1);
    jw_key(w, "b");
    jw_array_begin(w);
    jw_array_begin(w);
    jw_array_end(w);
    jw_object_begin(w);
    jw_object_end(w);
    jw_null(w);
    jw_array_end(w);
    jw_key_bool(w, "c", true);
    jw_key_uint(w, "d", UINT64_MAX);
    jw_key_string(w, "e", NULL);
    jw_key(w, "f");
    jw_raw(w, "{\"x\":[1]}");
    jw_key_number(w, "g", 0.5, 3);
    jw_object_end(w);
    assert_string_equal(buffer_string(&r->out),
                        "{\"a\":-1,\"b\":[[],{},null],\"c\":true,\"d\":18446744073709551615,"
                        "\"e\":null,\"f\":{\"x\":[1]},\"g\":0.5}");
}

static void numbers_are_rounded_and_short(void **state)
{
    struct room *r = *state;
    static const struct {
        double value;
        int decimals;
        const char *text;
    } rows[] = {
        {1.0, 3, "1"},
        {0.1234, 2, "0.12"},
        {0.125, 3, "0.125"},
        {100.0, 0, "100"},
        {1e15, 3, "1000000000000000"},
        {-0.0001, 2, "0"},
        {-0.0, 0, "0"},
        {-1.5, 1, "-1.5"},
        {99.996, 2, "100"},
        {DBL_MIN, 17, "0"},
        {1200.0, 2, "1200"},
        {2.5, 0, "2"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        buffer_clear(&r->out);
        jw_init(&r->w, &r->out);
        jw_number(&r->w, rows[i].value, rows[i].decimals);
        assert_string_equal(buffer_string(&r->out), rows[i].text);
    }
    buffer_clear(&r->out);
    jw_init(&r->w, &r->out);
    jw_number(&r->w, -DBL_MAX, 17);
    assert_int_equal(r->out.size, 310);
}

static void whole_numbers_reach_their_ends(void **state)
{
    struct room *r = *state;
    jw_array_begin(&r->w);
    jw_int(&r->w, INT64_MIN);
    jw_int(&r->w, INT64_MAX);
    jw_array_end(&r->w);
    assert_string_equal(buffer_string(&r->out), "[-9223372036854775808,9223372036854775807]");
}

static void text_is_escaped(void **state)
{
    struct room *r = *state;
    jw_string(&r->w, "\"\\\n\r\t\b\x1f\x7f/é😀");
    assert_string_equal(buffer_string(&r->out), "\"\\\"\\\\\\n\\r\\t\\u0008\\u001f\\u007f/é😀\"");
}

static void keys_are_escaped_too(void **state)
{
    struct room *r = *state;
    jw_object_begin(&r->w);
    jw_key_bool(&r->w, "a\"b", false);
    jw_object_end(&r->w);
    assert_string_equal(buffer_string(&r->out), "{\"a\\\"b\":false}");
}

static void broken_utf8_becomes_the_replacement_character(void **state)
{
    struct room *r = *state;
    jw_string(&r->w, "a\xFF\xC3(\xE2\x82z\xED\xA0\x80");
    const char *sign = "\xEF\xBF\xBD";
    char expected[64];
    (void)snprintf(expected, sizeof(expected), "\"a%s%s(%s%sz%s%s%s\"", sign, sign, sign, sign,
                   sign, sign, sign);
    assert_string_equal(buffer_string(&r->out), expected);
}

static void whatever_bytes_go_in_a_reader_understands_the_output(void **state)
{
    struct room *r = *state;
    uint64_t seed = 12345;
    for (int round = 0; round < 3000; round++) {
        char text[24];
        size_t n = 0;
        for (; n < sizeof(text) - 1; n++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[n] = (char)(seed >> 56);
            if (!text[n])
                break;
        }
        text[n] = '\0';
        buffer_clear(&r->out);
        jw_init(&r->w, &r->out);
        jw_string(&r->w, text);
        struct jr_doc *doc AUTO(jr_free) = NULL;
        assert_int_equal(jr_parse(r->out.data, r->out.size, &doc, NULL), OK);
    }
}

static void what_does_not_fit_is_said(void **state)
{
    (void)state;
    struct buffer small BUFFER_AUTO;
    buffer_init(&small, 8);
    struct json_writer w;
    jw_init(&w, &small);
    jw_string(&w, "far too long for it");
    assert_true(small.overflow);
    assert_true(small.size <= 8);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, make_room, leave_room)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(commas_stand_between_values_only),
        IN_ROOM(numbers_are_rounded_and_short),
        IN_ROOM(whole_numbers_reach_their_ends),
        IN_ROOM(text_is_escaped),
        IN_ROOM(keys_are_escaped_too),
        IN_ROOM(broken_utf8_becomes_the_replacement_character),
        IN_ROOM(whatever_bytes_go_in_a_reader_understands_the_output),
        cmocka_unit_test(what_does_not_fit_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
