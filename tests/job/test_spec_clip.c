// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/spec_clip.h"

#include <stdio.h>

#include "test.h"

static struct crop_keyframe at(double x, double y)
{
    return (struct crop_keyframe){.x = x, .y = y, .width = 100, .height = 100};
}

static void a_crop_may_touch_the_source_but_not_miss_it(void **state)
{
    (void)state;
    static const struct {
        double x, y;
        enum status status;
    } cases[] = {
        {-99, 719, OK},         {1279, -99, OK},        {-100, 0, ERR_INVALID},
        {1280, 0, ERR_INVALID}, {0, -100, ERR_INVALID}, {0, 720, ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct crop_keyframe keyframe = at(cases[i].x, cases[i].y);
        struct spec_clip clip = {.keyframes = &keyframe, .keyframe_count = 1};
        assert_int_equal(spec_clip_check(&clip, 1280, 720, NULL), cases[i].status);
    }
}

static enum status read_clip(const char *text, struct spec_clip *ret, struct error *err)
{
    AUTO(jr_free) struct jr_doc *doc = NULL;
    assert_int_equal(jr_parse(text, strlen(text), &doc, err), OK);
    struct jr root = jr_root(doc);
    *ret = (struct spec_clip){0};
    return spec_clip_read(&root, ret, err);
}

static void wanted_is_what_the_range_and_the_trim_both_want(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        struct trim trim;
    } cases[] = {
        {"\"source_range\":{\"start\":2,\"end\":8}", {2, true, 8}},
        {"\"trim\":{\"start\":3}", {3, false, 0}},
        {"\"source_range\":{\"start\":2,\"end\":8},\"trim\":{\"start\":5}", {5, true, 8}},
        {"\"source_range\":{\"start\":2},\"trim\":{\"start\":1,\"end\":4}", {2, true, 4}},
        {"\"source_range\":{\"end\":8},\"trim\":{\"start\":1,\"end\":40}", {1, true, 8}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[200];
        struct spec_clip clip;
        struct error err;
        (void)snprintf(text, sizeof(text), "{\"input\":\"a\",%s}", cases[i].fields);
        assert_int_equal(read_clip(text, &clip, &err), OK);
        assert_true(clip.trim.start_s == cases[i].trim.start_s);
        assert_int_equal(clip.trim.has_end, cases[i].trim.has_end);
        assert_true(clip.trim.end_s == cases[i].trim.end_s);
        spec_clip_done(&clip);
    }
}

static void a_clip_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"{}", "input: is required"},
        {"{\"input\":\"\"}", "input: expected a path"},
        {"{\"input\":\"a\",\"source_range\":{\"end\":3},\"trim\":{\"start\":3}}",
         "trim: expected a part of source_range"},
        {"{\"input\":\"a\",\"source_range\":{\"start\":4,\"end\":3}}", "source_range.end: "},
        {"{\"input\":\"a\",\"trim\":{\"start\":4,\"end\":3}}", "trim.end: must be greater"},
        {"{\"input\":\"a\",\"rotation\":361}", "rotation: expected a number from -360 to 360"},
        {"{\"input\":\"a\",\"output\":\"b\"}", "output: unknown field"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct spec_clip clip;
        struct error err;
        assert_int_equal(read_clip(cases[i].text, &clip, &err), ERR_INVALID);
        if (!strstr(err.text, cases[i].expected))
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].expected);
        spec_clip_done(&clip);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wanted_is_what_the_range_and_the_trim_both_want),
        cmocka_unit_test(a_clip_that_makes_no_sense_is_refused),
        cmocka_unit_test(a_crop_may_touch_the_source_but_not_miss_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
