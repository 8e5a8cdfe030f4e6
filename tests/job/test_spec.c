// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/spec.h"

#include "test.h"

static const char full[] =
    "{\"type\":\"framing_ai\",\"input\":\"games/a.mp4\",\"output\":\"reels/a.mp4\","
    "\"trim\":{\"start\":1,\"end\":9.123456789},\"segments\":[{\"start\":2,\"end\":3,\"speed\":0.5}"
    "],\"fps\":\"30000/1001\",\"audio\":false,\"output_size\":{\"width\":1080,\"height\":1920},"
    "\"quality\":\"best\",\"model\":\"x4plus\",\"keyframes\":[{\"time\":0,\"x\":200.25,\"y\":100,"
    "\"width\":205,\"height\":365},{\"time\":1.5,\"x\":-3,\"y\":0,\"width\":205,\"height\":365}],"
    "\"rotation\":-1.5}";

static void check_refused(const char *text, enum status status, const char *expected)
{
    struct spec *spec;
    struct error err;
    assert_int_equal(spec_parse(text, strlen(text), &spec, &err), status);
    assert_null(spec);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

// `more` goes behind the fields that must be there.
static void check_field_refused(const char *more, const char *expected)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 1 << 20);
    buffer_printf(&text, "{\"type\":\"framing_ai\",\"input\":\"a\",\"output\":\"b\",%s}", more);
    check_refused(buffer_string(&text), ERR_INVALID, expected);
}

static void the_least_spec_has_sensible_defaults(void **state)
{
    (void)state;
    static const char text[] = "{\"type\":\"framing_ai\",\"input\":\"a\",\"output\":\"b\"}";
    AUTO(spec_free) struct spec *spec = NULL;
    struct error err;
    assert_int_equal(spec_parse(text, strlen(text), &spec, &err), OK);
    assert_int_equal(spec->type, EXPORT_FRAMING_AI);
    assert_true(spec->audio && !spec->has_fps && !spec->trim.has_end && !spec->model);
    assert_int_equal(spec->output_size.width, 810);
    assert_int_equal(spec->output_size.height, 1440);
    assert_int_equal(spec->quality, QUALITY_FAST);
    assert_int_equal(spec->segment_count, 0);
    assert_int_equal(spec->part.framing.keyframe_count, 0);
}

static void writing_and_reading_give_the_same_back(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *spec = NULL;
    struct error err;
    assert_int_equal(spec_parse(full, strlen(full), &spec, &err), OK);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 1 << 20);
    spec_write(spec, &out);
    assert_string_equal(buffer_string(&out), full);
    assert_true(spec->trim.end_s == 9.123456789 && spec->segment_count == 1 && spec->has_fps);
    assert_int_equal(spec->fps.num, 30000);
}

static void errors_name_the_field_and_what_was_expected(void **state)
{
    (void)state;
    check_refused("[]", ERR_INVALID, "expected a spec, which is an object, got an array");
    check_refused("{\"type\":", ERR_INVALID, "the spec: not valid JSON");
    check_refused("{}", ERR_INVALID, "type: is required (framing_ai, multi_clip");
    check_refused("{\"type\":\"gif\"}", ERR_INVALID, "type: expected one of framing_ai");
    check_refused("{\"type\":\"framing_ai\",\"output\":\"b\"}", ERR_INVALID,
                  "input: is required (a path, a URL or an object key)");
    check_refused("{\"type\":\"framing_ai\",\"input\":\"b\",\"output\":\"\"}", ERR_INVALID,
                  "output: expected a path, a URL or an object key, got \"\"");
    check_refused("{\"type\":\"framing_ai\",\"input\":\"b\",\"output\":\"b\"}", ERR_INVALID,
                  "output: must not be the same as input");
    check_field_refused("\"colour\":1", "colour: unknown field; known here: type, input");
    check_field_refused("\"audio\":1", "audio: expected true or false, got 1");
    check_field_refused("\"quality\":\"ok\"", "quality: expected \"fast\" or \"best\", got \"ok\"");
    check_field_refused("\"model\":\"\"", "model: expected a model's name");
    check_field_refused("\"input\":\"c\"", "duplicate");
}

static void too_much_is_refused_before_it_is_read(void **state)
{
    (void)state;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 16 << 20);
    for (int i = 0; i < 1000000; i++)
        buffer_text(&text, "[");
    check_refused(buffer_string(&text), ERR_INVALID, "nested deeper than 32 levels");
    for (int i = 0; i < 3500000; i++)
        buffer_text(&text, "[");
    check_refused(buffer_string(&text), ERR_LIMIT, "4500000 bytes, more than 4194304");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_spec_has_sensible_defaults),
        cmocka_unit_test(writing_and_reading_give_the_same_back),
        cmocka_unit_test(errors_name_the_field_and_what_was_expected),
        cmocka_unit_test(too_much_is_refused_before_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
