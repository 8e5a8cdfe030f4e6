// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/spec.h"

#include "test.h"

static enum status parse(const char *clips, struct spec **ret, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 8 << 20);
    buffer_printf(&text, "{\"type\":\"annotate_compilation\",\"input\":\"a\",\"output\":\"b\",%s}",
                  clips);
    return spec_parse(text.data, text.size, ret, err);
}

static void moments_are_read_as_written(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *spec = NULL;
    struct error err;
    assert_int_equal(
        parse("\"clips\":[{\"start\":1.5,\"end\":2,\"name\":\"100% \\\"ok\\\": a\\\\b\","
              "\"notes\":\"\\u05e9\\n\",\"rating\":5,\"tags\":[\"x\",\"y z\"]},"
              "{\"start\":0,\"end\":1}]",
              &spec, &err),
        OK);
    const struct spec_annotate *a = &spec->part.annotate;
    assert_int_equal(a->count, 2);
    assert_true(a->moments[0].start_s == 1.5 && a->moments[0].end_s == 2);
    assert_string_equal(a->moments[0].name, "100% \"ok\": a\\b");
    assert_string_equal(a->moments[0].notes, "\u05e9\n");
    assert_int_equal(a->moments[0].rating, 5);
    assert_int_equal(a->moments[0].tag_count, 2);
    assert_string_equal(a->moments[0].tags[1], "y z");
}

static void a_moment_needs_no_words(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *spec = NULL;
    assert_int_equal(parse("\"clips\":[{\"start\":0,\"end\":1,\"name\":\"\"}]", &spec, NULL), OK);
    const struct spec_moment *m = &spec->part.annotate.moments[0];
    assert_string_equal(m->name, "");
    assert_string_equal(m->notes, "");
    assert_int_equal(m->rating, 3);
    assert_int_equal(m->tag_count, 0);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *clips, *expected;
    } wrong[] = {
        {"\"fps\":25", "clips: is required"},
        {"\"clips\":[]", "clips: expected from 1 to 10000 elements"},
        {"\"clips\":{}", "clips: expected an array"},
        {"\"clips\":[1]", "clips[0]: expected an object"},
        {"\"clips\":[{\"end\":1}]", "clips[0].start: is required"},
        {"\"clips\":[{\"start\":2,\"end\":1}]",
         "clips[0].end: must be greater than start (2), got 1"},
        {"\"clips\":[{\"start\":1,\"end\":1}]",
         "clips[0].end: must be greater than start (1), got 1"},
        {"\"clips\":[{\"start\":-1,\"end\":1}]", "clips[0].start: expected a number from 0 to"},
        {"\"clips\":[{\"start\":0,\"end\":1},{\"start\":0,\"end\":1,\"rating\":9}]",
         "clips[1].rating: expected a whole number from 1 to 5, got 9"},
        {"\"clips\":[{\"start\":0,\"end\":1,\"rating\":2.5}]", "clips[0].rating: "},
        {"\"clips\":[{\"start\":0,\"end\":1,\"name\":5}]", "clips[0].name: expected a string"},
        {"\"clips\":[{\"start\":0,\"end\":1,\"tags\":\"x\"}]", "clips[0].tags: expected an array"},
        {"\"clips\":[{\"start\":0,\"end\":1,\"tags\":[\"x\",1]}]", "clips[0].tags[1]: expected"},
        {"\"clips\":[{\"start\":0,\"end\":1,\"note\":\"\"}]", "note"},
        {"\"clips\":[{\"start\":0,\"end\":1}],\"keyframes\":[]", "keyframes"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        AUTO(spec_free) struct spec *spec = NULL;
        struct error err;
        assert_int_equal(parse(wrong[i].clips, &spec, &err), ERR_INVALID);
        if (!strstr(err.text, wrong[i].expected))
            fail_msg("\"%s\" does not say \"%s\"", err.text, wrong[i].expected);
    }
}

static void ten_thousand_moments_are_read_and_one_more_is_refused(void **state)
{
    (void)state;
    struct buffer clips BUFFER_AUTO;
    buffer_init(&clips, 4 << 20);
    buffer_text(&clips, "\"clips\":[{\"start\":0,\"end\":1}");
    for (int i = 1; i < 10000; i++)
        buffer_text(&clips, ",{\"start\":0,\"end\":1}");
    size_t n = clips.size;
    buffer_text(&clips, "]");
    AUTO(spec_free) struct spec *spec = NULL;
    AUTO(spec_free) struct spec *more = NULL;
    struct error err;
    assert_int_equal(parse(clips.data, &spec, &err), OK);
    assert_int_equal(spec->part.annotate.count, 10000);
    clips.size = n;
    buffer_text(&clips, ",{\"start\":0,\"end\":1}]");
    assert_int_equal(parse(clips.data, &more, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "clips: expected from 1 to 10000 elements"));
}

static void writing_and_reading_gives_the_same(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *spec = NULL;
    AUTO(spec_free) struct spec *again = NULL;
    struct buffer once BUFFER_AUTO;
    struct buffer twice BUFFER_AUTO;
    buffer_init(&once, 4096);
    buffer_init(&twice, 4096);
    assert_int_equal(parse("\"audio\":false,\"clips\":[{\"start\":0.25,\"end\":1,\"name\":\"\\t%\","
                           "\"tags\":[\"\",\"b\"]}]",
                           &spec, NULL),
                     OK);
    spec_write(spec, &once);
    assert_int_equal(spec_parse(once.data, once.size, &again, NULL), OK);
    spec_write(again, &twice);
    assert_string_equal(once.data, twice.data);
    assert_non_null(strstr(once.data, "\"tags\":[\"\",\"b\"]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_read_as_written),
        cmocka_unit_test(a_moment_needs_no_words),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(ten_thousand_moments_are_read_and_one_more_is_refused),
        cmocka_unit_test(writing_and_reading_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
