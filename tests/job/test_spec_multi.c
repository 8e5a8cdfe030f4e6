// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/spec.h"

#include "test.h"

static const char full[] =
    "{\"type\":\"multi_clip\",\"output\":\"reel.mp4\",\"fps\":\"25/1\",\"audio\":false,"
    "\"output_size\":{\"width\":1080,\"height\":1920},\"quality\":\"best\",\"model\":\"x4plus\","
    "\"clips\":[{\"input\":\"a.mp4\",\"name\":\"Anpfiff\",\"trim\":{\"start\":1,\"end\":9.5},"
    "\"segments\":[{\"start\":2,\"end\":3,\"speed\":0.5}],\"keyframes\":[{\"time\":0,\"x\":200.25,"
    "\"y\":100,\"width\":205,\"height\":365}],\"rotation\":-1.5},{\"input\":\"b.mp4\",\"trim\":{"
    "\"start\":0},\"segments\":[],\"keyframes\":[],\"rotation\":0}],"
    "\"transition\":{\"type\":\"dissolve\",\"duration\":0.75}}";

static enum status parse(const char *more, struct spec **ret, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 1 << 20);
    buffer_printf(&text, "{\"type\":\"multi_clip\",\"output\":\"o\",%s}", more);
    return spec_parse(text.data, text.size, ret, err);
}

static void check_refused(const char *more, const char *expected)
{
    struct spec *spec;
    struct error err;
    assert_int_equal(parse(more, &spec, &err), ERR_INVALID);
    assert_null(spec);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
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
    assert_int_equal(spec_clip_count(spec), 2);
    const struct spec_clip first = spec_clip_at(spec, 0);
    assert_string_equal(first.name, "Anpfiff");
    assert_true(first.trim.end_s == 9.5 && first.keyframe_count == 1 && first.rotation_deg == -1.5);
    assert_string_equal(spec_clip_at(spec, 1).input, "b.mp4");
}

static void the_least_spec_is_one_clip_and_cuts(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *spec = NULL;
    struct error err;
    assert_int_equal(parse("\"clips\":[{\"input\":\"a\"}]", &spec, &err), OK);
    assert_int_equal(spec->part.multi.transition.type, TRANSITION_CUT);
    assert_int_equal(spec->output_size.width, 810);
    assert_null(spec->input);
    assert_false(spec_clip_at(spec, 0).trim.has_end);
}

static void a_transition_without_a_duration_has_half_a_second(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *fade = NULL;
    AUTO(spec_free) struct spec *cut = NULL;
    struct error err;
    assert_int_equal(
        parse("\"clips\":[{\"input\":\"a\"}],\"transition\":{\"type\":\"fade\"}", &fade, &err), OK);
    assert_true(fade->part.multi.transition.duration_s == 0.5);
    assert_int_equal(parse("\"clips\":[{\"input\":\"a\"}],"
                           "\"transition\":{\"type\":\"cut\",\"duration\":2}",
                           &cut, &err),
                     OK);
    assert_true(cut->part.multi.transition.duration_s == 0);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    check_refused("\"audio\":true", "clips: is required");
    check_refused("\"clips\":[]", "clips: expected");
    check_refused("\"clips\":[{}]", "clips[0].input: is required");
    check_refused("\"clips\":[{\"input\":\"o\"}]", "output: must not be the input of clips[0]");
    check_refused("\"clips\":[{\"input\":\"a\"}],\"input\":\"a\"", "input: unknown field");
    check_refused("\"clips\":[{\"input\":\"a\"}],\"trim\":{}", "trim: unknown field");
    check_refused("\"clips\":[{\"input\":\"a\"}],\"transition\":{\"type\":\"wipe\"}",
                  "transition.type: expected \"cut\", \"fade\" or \"dissolve\", got \"wipe\"");
    check_refused(
        "\"clips\":[{\"input\":\"a\"}],\"transition\":{\"type\":\"fade\",\"duration\":61}",
        "transition.duration: expected a number from 0 to 60, got 61");
    check_refused("\"clips\":[{\"input\":\"a\"}],\"transition\":\"fade\"", "transition: expected");
}

static void too_many_clips_are_refused(void **state)
{
    (void)state;
    struct buffer clips BUFFER_AUTO;
    buffer_init(&clips, 1 << 20);
    buffer_text(&clips, "\"clips\":[{\"input\":\"a\"}");
    for (int i = 0; i < 10000; i++)
        buffer_text(&clips, ",{\"input\":\"a\"}");
    buffer_text(&clips, "]");
    check_refused(buffer_string(&clips), "clips: expected");
    check_refused(buffer_string(&clips), "1000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing_and_reading_give_the_same_back),
        cmocka_unit_test(the_least_spec_is_one_clip_and_cuts),
        cmocka_unit_test(a_transition_without_a_duration_has_half_a_second),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(too_many_clips_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
