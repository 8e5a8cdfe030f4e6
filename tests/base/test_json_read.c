// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/json_read.h"

#include <stdio.h>

#include "base/text.h"
#include "test.h"

static struct jr_doc *parse(const char *text)
{
    struct jr_doc *doc = NULL;
    struct error err = {0};
    if (jr_parse(text, strlen(text), &doc, &err) != OK)
        fail_msg("%s", err.text);
    return doc;
}

// The member `key` of the object v, which must be there.
static struct jr member(const struct jr *v, const char *key)
{
    struct jr found = {0};
    assert_true(jr_get(v, key, &found));
    return found;
}

static void values_of_every_kind_are_read(void **state)
{
    (void)state;
    struct jr_doc *doc AUTO(jr_free) = parse(
        "{\"n\":1.5,\"i\":-3,\"t\":true,\"f\":false,\"s\":\"é\",\"a\":[1,2],\"o\":{},"
        "\"z\":null}");
    struct jr root = jr_root(doc);
    double number = 0;
    int64_t integer = 0;
    bool flag = false;
    const char *text = NULL;
    struct error err;
    assert_int_equal(jr_get_number(&root, "n", 0, 2, &number, &err), OK);
    assert_true(number == 1.5);
    assert_int_equal(jr_get_number(&root, "i", -3, 2, &number, &err), OK);
    assert_true(number == -3);
    assert_int_equal(jr_get_integer(&root, "i", -3, -3, &integer, &err), OK);
    assert_int_equal(integer, -3);
    assert_int_equal(jr_get_bool(&root, "t", &flag, &err), OK);
    assert_true(flag);
    assert_int_equal(jr_get_bool(&root, "f", &flag, &err), OK);
    assert_false(flag);
    assert_int_equal(jr_get_string(&root, "s", 2, &text, &err), OK);
    assert_string_equal(text, "é");
    static const enum jr_kind kinds[] = {JR_NUMBER, JR_NUMBER, JR_BOOL,  JR_BOOL,
                                         JR_STRING, JR_ARRAY,  JR_OBJECT};
    static const char *const keys[] = {"n", "i", "t", "f", "s", "a", "o"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct jr v = member(&root, keys[i]);
        assert_int_equal(jr_kind(&v), kinds[i]);
    }
    assert_int_equal(jr_kind(&root), JR_OBJECT);
    assert_int_equal(jr_size(&root), 8);
}

static void absent_and_null_members_leave_the_default(void **state)
{
    (void)state;
    struct jr_doc *doc AUTO(jr_free) = parse("{\"z\":null}");
    struct jr root = jr_root(doc);
    static const char *const keys[] = {"z", "absent"};
    for (size_t i = 0; i < 2; i++) {
        double number = 7;
        int64_t integer = 8;
        bool flag = true;
        const char *text = "default";
        assert_int_equal(jr_get_number(&root, keys[i], 0, 1, &number, NULL), OK);
        assert_int_equal(jr_get_integer(&root, keys[i], 0, 1, &integer, NULL), OK);
        assert_int_equal(jr_get_bool(&root, keys[i], &flag, NULL), OK);
        assert_int_equal(jr_get_string(&root, keys[i], 1, &text, NULL), OK);
        assert_true(number == 7 && integer == 8 && flag);
        assert_string_equal(text, "default");
    }
}

static void text_that_is_not_json_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{'a':1}",
        "{a:1}",
        "[1] 2",
        "NaN",
        "Infinity",
        "[1e999]",
        "01",
        "+1",
        ".5",
        "1.",
        "\"\\x\"",
        "\"\n\"",
        "\"\\ud800\"",
        "[\"\xFF\"]",
        "{\"a\":1,\"a\":2}",
        "\"\\u0000\"",
        "tru",
        "[1 2]",
        "]]]][[[[",
        "99999999999999999999",
        "\xEF\xBB\xBF{}",
        "// x\n1",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct jr_doc *doc AUTO(jr_free) = NULL;
        struct error err = {0};
        if (jr_parse(bad[i], strlen(bad[i]), &doc, &err) != ERR_INVALID)
            fail_msg("accepted: %s", bad[i]);
        assert_null(doc);
        assert_true(text_starts(err.text, "not valid JSON: "));
        assert_true(text_utf8_valid(err.text, strlen(err.text)));
    }
}

static void a_wrong_line_is_named(void **state)
{
    (void)state;
    struct jr_doc *doc = NULL;
    struct error err;
    const char *text = "{\n \"a\": 1,\n \"b\" 2\n}";
    assert_int_equal(jr_parse(text, strlen(text), &doc, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "line 3"));
}

static void deep_nesting_is_refused_before_parsing(void **state)
{
    (void)state;
    enum { SIZE = 10 * 1000 * 1000 };
    char *text AUTO(mem_free) = mem_zeroed(SIZE, 1);
    static const char *const openings[] = {"[", "{\"a\":", "[\"]\\\"]\","};
    for (size_t k = 0; k < sizeof(openings) / sizeof(openings[0]); k++) {
        size_t n = strlen(openings[k]);
        for (size_t i = 0; i + n <= SIZE; i += n)
            memcpy(text + i, openings[k], n);
        struct jr_doc *doc = NULL;
        struct error err;
        assert_int_equal(jr_parse(text, SIZE / n * n, &doc, &err), ERR_INVALID);
        assert_string_equal(err.text, "the JSON is nested deeper than 32 levels");
    }
}

static void the_allowed_depth_is_exact_and_strings_do_not_count(void **state)
{
    (void)state;
    char text[200];
    for (int depth = JR_MAX_DEPTH; depth <= JR_MAX_DEPTH + 1; depth++) {
        (void)snprintf(text, sizeof(text), "%.*s\"[[[[\\\"[[[[\"%.*s", depth,
                       "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", depth,
                       "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
        struct jr_doc *doc AUTO(jr_free) = NULL;
        enum status status = jr_parse(text, strlen(text), &doc, NULL);
        assert_int_equal(status, depth <= JR_MAX_DEPTH ? OK : ERR_INVALID);
    }
}

static void errors_name_the_place(void **state)
{
    (void)state;
    struct jr_doc *doc AUTO(jr_free) = parse("{\"clips\":[{},{\"trim\":{\"start\":\"abc\"}}]}");
    struct jr root = jr_root(doc);
    struct jr clips = member(&root, "clips");
    struct jr clip = jr_at(&clips, 1);
    struct jr trim = member(&clip, "trim");
    struct error err;
    double start = 0;
    assert_int_equal(jr_get_number(&trim, "start", 0, 86400, &start, &err), ERR_INVALID);
    assert_string_equal(err.text,
                        "clips[1].trim.start: expected a number from 0 to 86400, got \"abc\"");
    char path[64];
    jr_path(&trim, path, sizeof(path));
    assert_string_equal(path, "clips[1].trim");
    jr_path(&root, path, sizeof(path));
    assert_string_equal(path, "");
    char small[8];
    jr_path(&trim, small, sizeof(small));
    assert_string_equal(small, "clips[1");
}

static void wrong_values_are_shown_as_written(void **state)
{
    (void)state;
    static const struct {
        const char *json, *got;
    } rows[] = {
        {"-5", "got -5"},        {"1e30", "got 1e+30"},
        {"true", "got true"},    {"null", "got null"},
        {"[1]", "got an array"}, {"{}", "got an object"},
        {"\"x\"", "got \"x\""},  {"\"0123456789012345678901234567890123456789x\"", "got a string"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jr_doc *doc AUTO(jr_free) = parse(rows[i].json);
        struct jr root = jr_root(doc);
        struct error err;
        double number = 0;
        assert_int_equal(jr_number(&root, 0, 10, &number, &err), ERR_INVALID);
        char expected[80];
        (void)snprintf(expected, sizeof(expected), "expected a number from 0 to 10, %s",
                       rows[i].got);
        assert_string_equal(err.text, expected);
    }
}

static void bounds_are_inclusive_and_kinds_are_strict(void **state)
{
    (void)state;
    struct jr_doc *doc AUTO(jr_free) = parse("[0.5,3,1,\"abc\",9007199254740993]");
    struct jr root = jr_root(doc);
    struct jr half = jr_at(&root, 0), three = jr_at(&root, 1), one = jr_at(&root, 2);
    struct jr text = jr_at(&root, 3), large = jr_at(&root, 4);
    double number = 0;
    int64_t integer = 0;
    bool flag = false;
    const char *string = NULL;
    assert_int_equal(jr_number(&half, 0.5, 0.5, &number, NULL), OK);
    assert_int_equal(jr_number(&half, 0.51, 1, &number, NULL), ERR_INVALID);
    assert_int_equal(jr_integer(&half, 0, 1, &integer, NULL), ERR_INVALID);
    assert_int_equal(jr_integer(&three, 3, 3, &integer, NULL), OK);
    assert_int_equal(jr_integer(&three, 4, 9, &integer, NULL), ERR_INVALID);
    assert_int_equal(jr_integer(&large, 0, INT64_MAX, &integer, NULL), OK);
    uint64_t count = 7;
    assert_int_equal(jr_count(&three, 2, &count, NULL), ERR_INVALID);
    assert_int_equal(count, 7);
    assert_int_equal(jr_count(&three, 3, &count, NULL), OK);
    assert_int_equal(count, 3);
    assert_true(integer == 9007199254740993);
    assert_int_equal(jr_bool(&one, &flag, NULL), ERR_INVALID);
    assert_int_equal(jr_string(&text, 3, &string, NULL), OK);
    assert_int_equal(jr_string(&text, 2, &string, NULL), ERR_INVALID);
    assert_int_equal(jr_string(&one, 2, &string, NULL), ERR_INVALID);
    assert_int_equal(jr_object(&root, NULL), ERR_INVALID);
    assert_int_equal(jr_array(&one, 0, 9, NULL), ERR_INVALID);
    struct error err;
    assert_int_equal(jr_array(&root, 5, 5, &err), OK);
    assert_int_equal(jr_array(&root, 1, 4, &err), ERR_INVALID);
    assert_string_equal(err.text, "expected from 1 to 4 elements, got 5");
}

static void missing_and_unknown_fields_are_named(void **state)
{
    (void)state;
    static const char *const allowed[] = {"input", "output", NULL};
    struct jr_doc *doc AUTO(jr_free) = parse("{\"a\":{\"input\":1,\"colour\":2}}");
    struct jr root = jr_root(doc);
    struct jr a = member(&root, "a");
    struct jr found;
    struct error err;
    assert_int_equal(jr_require(&a, "input", "a path", &found, &err), OK);
    assert_int_equal(jr_require(&a, "output", "a path", &found, &err), ERR_INVALID);
    assert_string_equal(err.text, "a.output: is required (a path)");
    assert_int_equal(jr_only(&a, allowed, &err), ERR_INVALID);
    assert_string_equal(err.text, "a.colour: unknown field; known here: input, output");
    static const char *const all[] = {"input", "colour", NULL};
    assert_int_equal(jr_only(&a, all, &err), OK);
    assert_int_equal(jr_only(&found, all, &err), ERR_INVALID);
}

static void members_are_walked_once_each(void **state)
{
    (void)state;
    struct jr_doc *doc AUTO(jr_free) = parse("{\"b\":1,\"a\":2,\"c\":3}");
    struct jr root = jr_root(doc);
    struct jr v;
    char keys[8] = "";
    for (void *iter = NULL; jr_next(&root, &iter, &v);)
        strcat(keys, v.key);
    assert_string_equal(keys, "bac");
}

static void huge_names_still_give_a_readable_error(void **state)
{
    (void)state;
    static const char *const allowed[] = {"x", NULL};
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 100000);
    buffer_text(&text, "{\"k");
    for (int i = 0; i < 5000; i++)
        buffer_text(&text, "é");
    buffer_text(&text, "\":1}");
    struct jr_doc *doc AUTO(jr_free) = parse(buffer_string(&text));
    struct jr root = jr_root(doc);
    struct error err;
    assert_int_equal(jr_only(&root, allowed, &err), ERR_INVALID);
    assert_true(text_starts(err.text, "ké"));
    assert_non_null(strstr(err.text, ": unknown field; known here: x"));
    assert_true(text_utf8_valid(err.text, strlen(err.text)));
}

static void long_expectations_are_cut_at_a_character(void **state)
{
    (void)state;
    struct jr_doc *doc AUTO(jr_free) = parse("1");
    struct jr root = jr_root(doc);
    struct error err;
    char many[401] = "";
    for (int i = 0; i < 200; i++)
        strcat(many, "é");
    (void)jr_expected(&root, &err, "x%s", many);
    assert_true(text_utf8_valid(err.text, strlen(err.text)));
    (void)jr_expected(&root, &err, "%s", many);
    assert_true(text_utf8_valid(err.text, strlen(err.text)));
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
    (void)state;
    struct jr_doc *doc AUTO(jr_free) = parse("{\"a\\u001b[2J\":\"\\u001b[31m\\n\"}");
    struct jr root = jr_root(doc);
    struct jr v = member(&root, "a\x1b[2J");
    struct error err;
    double number = 0;
    assert_int_equal(jr_number(&v, 0, 1, &number, &err), ERR_INVALID);
    for (const char *c = err.text; *c; c++)
        assert_true((unsigned char)*c >= 0x20);
}

static void a_value_is_dumped_as_compact_json(void **state)
{
    (void)state;
    struct jr_doc *doc AUTO(jr_free) = parse("{ \"b\" : [ 1, 0.5, \"x\\n\" ], \"a\" : null }");
    struct jr root = jr_root(doc);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 1000);
    jr_dump(&root, &out);
    assert_string_equal(buffer_string(&out), "{\"b\":[1,0.5,\"x\\n\"],\"a\":null}");
}

static void a_dumped_number_has_no_more_digits_than_it_needs(void **state)
{
    (void)state;
    static const char text[] = "[358.3,0.1,-1152.25,1e-300,123456789012,true,\"a\",{\"b\":[]}]";
    struct jr_doc *doc AUTO(jr_free) = parse(text);
    struct jr root = jr_root(doc);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 1000);
    jr_dump(&root, &out);
    assert_string_equal(buffer_string(&out), text);
}

static void a_dumped_number_is_read_back_unchanged(void **state)
{
    (void)state;
    struct jr_doc *doc AUTO(jr_free) = parse("[0.1, 0.12345678901234567, 1e-300, -2.0]");
    struct jr root = jr_root(doc);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 1000);
    jr_dump(&root, &out);
    struct jr_doc *again AUTO(jr_free) = parse(buffer_string(&out));
    struct jr copy = jr_root(again);
    for (size_t i = 0; i < jr_size(&root); i++) {
        struct jr a = jr_at(&root, i), b = jr_at(&copy, i);
        double was = 1, is = 2;
        assert_int_equal(jr_number(&a, -10, 10, &was, NULL), OK);
        assert_int_equal(jr_number(&b, -10, 10, &is, NULL), OK);
        assert_true(was == is);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_kind_are_read),
        cmocka_unit_test(absent_and_null_members_leave_the_default),
        cmocka_unit_test(text_that_is_not_json_is_refused),
        cmocka_unit_test(a_wrong_line_is_named),
        cmocka_unit_test(deep_nesting_is_refused_before_parsing),
        cmocka_unit_test(the_allowed_depth_is_exact_and_strings_do_not_count),
        cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(wrong_values_are_shown_as_written),
        cmocka_unit_test(bounds_are_inclusive_and_kinds_are_strict),
        cmocka_unit_test(missing_and_unknown_fields_are_named),
        cmocka_unit_test(members_are_walked_once_each),
        cmocka_unit_test(huge_names_still_give_a_readable_error),
        cmocka_unit_test(long_expectations_are_cut_at_a_character),
        cmocka_unit_test(control_characters_do_not_reach_the_terminal),
        cmocka_unit_test(a_value_is_dumped_as_compact_json),
        cmocka_unit_test(a_dumped_number_has_no_more_digits_than_it_needs),
        cmocka_unit_test(a_dumped_number_is_read_back_unchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
