// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>

#include "job/spec.h"
#include "test.h"

#define START "{\"type\":\"overlay\",\"input\":\"a\",\"output\":\"b\","
#define KEY "{\"time\":1,\"x\":5,\"y\":6,\"radius_x\":7,\"radius_y\":8}"

static enum status parse(const char *more, struct spec **ret, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 8 << 20);
    buffer_printf(&text, START "%s}", more);
    return spec_parse(text.data, text.size, ret, err);
}

static void check_refused(const char *more, const char *expected)
{
    struct spec *spec;
    struct error err;
    assert_int_equal(parse(more, &spec, &err), ERR_INVALID);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

static void regions_and_texts_are_read(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *spec = NULL;
    struct error err;
    assert_int_equal(
        parse("\"effect\":\"original\",\"dim_strength\":0.5,\"video_width\":1280,"
              "\"video_height\":720,\"regions\":[{\"start\":1,\"end\":2,\"keyframes\":[{\"time\":"
              "0.96,\"x\":-5,\"y\":6.5,\"radius_x\":7,\"radius_y\":8,\"fill_opacity\":0.25,"
              "\"stroke_opacity\":0,\"color\":\"#FF8000\"},{\"time\":2.04,\"x\":1,\"y\":2,"
              "\"radius_x\":3,\"radius_y\":4}]}],\"texts\":[{\"start\":0,\"end\":9,\"text\":"
              "\"50%: \\\"a\\\"\",\"x\":1,\"y\":2,\"align\":\"right\",\"shadow\":false}]",
              &spec, &err),
        OK);
    const struct spec_overlay *o = &spec->part.overlay;
    assert_int_equal(o->effect, REGION_ORIGINAL);
    assert_true(o->dim == 0.5 && o->has_video_size && o->video_height == 720);
    assert_int_equal(o->region_count, 1);
    assert_int_equal(o->regions[0].keyframe_count, 2);
    const struct region_keyframe *k = o->regions[0].keyframes;
    assert_true(k[0].y == 6.5 && k[0].fill_opacity == 0.25 && k[0].stroke_opacity == 0);
    assert_int_equal(k[0].rgb, 0xFF8000);
    assert_true(k[1].fill_opacity == 0.15 && k[1].stroke_opacity == 1);
    assert_int_equal(k[1].rgb, 0xFFFFFF);
    assert_string_equal(o->texts[0].text, "50%: \"a\"");
    assert_int_equal(o->texts[0].align, SPEC_TEXT_RIGHT);
    assert_false(o->texts[0].shadow);
    assert_true(o->texts[0].size_px == 48);
}

static void what_is_written_reads_as_the_same_spec(void **state)
{
    (void)state;
    struct buffer once BUFFER_AUTO;
    struct buffer twice BUFFER_AUTO;
    buffer_init(&once, 1 << 20);
    buffer_init(&twice, 1 << 20);
    AUTO(spec_free) struct spec *first = NULL;
    AUTO(spec_free) struct spec *second = NULL;
    struct error err;
    assert_int_equal(parse("\"regions\":[{\"start\":0,\"end\":2,\"keyframes\":[" KEY
                           "]},{\"start\":2,\"end\":3}],\"texts\":[{\"start\":0,\"end\":1,"
                           "\"text\":\"x\",\"x\":0,\"y\":0}],\"video_width\":10,"
                           "\"video_height\":20",
                           &first, &err),
                     OK);
    spec_write(first, &once);
    assert_int_equal(spec_parse(once.data, once.size, &second, &err), OK);
    spec_write(second, &twice);
    assert_string_equal(buffer_string(&once), buffer_string(&twice));
    assert_non_null(strstr(buffer_string(&once), "\"effect\":\"dark_overlay\","
                                                 "\"dim_strength\":0.15,"));
}

static void an_overlay_of_nothing_is_a_spec(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *spec = NULL;
    struct error err;
    assert_int_equal(parse("\"regions\":[],\"texts\":[]", &spec, &err), OK);
    assert_int_equal(spec->part.overlay.region_count, 0);
}

static void bad_regions_are_named(void **state)
{
    (void)state;
    check_refused("\"regions\":[{\"start\":2,\"end\":1}]",
                  "regions[0].end: must be greater than start (2), got 1");
    check_refused("\"regions\":[{\"start\":2,\"end\":2}]",
                  "regions[0].end: must be greater than start (2), got 2");
    check_refused("\"regions\":[{\"start\":0,\"end\":2},{\"start\":1.5,\"end\":3}]",
                  "regions[1].start: must not lie before the end of the region before it (2), "
                  "got 1.5");
    check_refused("\"regions\":[{\"start\":0}]", "regions[0].end: is required");
    check_refused("\"regions\":[{\"start\":0,\"end\":1,\"shape\":1}]", "regions[0].shape: unknown");
    check_refused("\"regions\":{}", "regions: expected an array");
    check_refused("\"effect\":\"blur\"", "effect: expected one of \"dark_overlay\", "
                                         "\"brightness_boost\", \"original\", got \"blur\"");
    check_refused("\"dim_strength\":1.5", "dim_strength: expected a number from 0 to 1, got 1.5");
    check_refused("\"video_width\":100", "video_height: is required");
    check_refused("\"output_size\":{\"width\":100,\"height\":100}", "output_size: unknown field");
}

static void bad_keyframes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *more, *expected;
    } rows[] = {
        {"\"time\":3.05,\"x\":0,\"y\":0,\"radius_x\":1,\"radius_y\":1",
         "time: must lie within the region (2 to 3), 0.04 s outside at most, got 3.05"},
        {"\"time\":1.95,\"x\":0,\"y\":0,\"radius_x\":1,\"radius_y\":1", "time: must lie within"},
        {"\"time\":2,\"x\":0,\"y\":0,\"radius_x\":0,\"radius_y\":1",
         "radius_x: expected a number from 1 to 65536, got 0"},
        {"\"time\":2,\"x\":0,\"y\":0,\"radius_x\":1,\"radius_y\":-4", "radius_y: expected"},
        {"\"time\":2,\"x\":0,\"y\":0,\"radius_x\":1,\"radius_y\":1,\"color\":\"red\"",
         "color: expected a colour like \"#FFCC00\", got \"red\""},
        {"\"time\":2,\"x\":0,\"y\":0,\"radius_x\":1,\"radius_y\":1,\"fill_opacity\":2",
         "fill_opacity: expected a number from 0 to 1, got 2"},
        {"\"time\":2,\"x\":0", "y: is required"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char more[400];
        char expected[200];
        (void)snprintf(more, sizeof(more),
                       "\"regions\":[{\"start\":2,\"end\":3,\"keyframes\":[{%s}]}]", rows[i].more);
        (void)snprintf(expected, sizeof(expected), "regions[0].keyframes[0].%s", rows[i].expected);
        check_refused(more, expected);
    }
    check_refused("\"regions\":[{\"start\":0,\"end\":3,\"keyframes\":[" KEY "," KEY "]}]",
                  "regions[0].keyframes[1].time: must be greater than that of the keyframe before");
}

static void bad_texts_are_named(void **state)
{
    (void)state;
    static const char place[] = "\"x\":0,\"y\":0,\"start\":0,";
    static const char *const rows[][2] = {
        {"\"end\":0,\"text\":\"x\"", "texts[0].end: must be greater than start"},
        {"\"end\":1,\"text\":\"\"", "texts[0].text: expected words"},
        {"\"end\":1", "texts[0].text: is required (words)"},
        {"\"end\":1,\"text\":\"x\",\"align\":\"middle\"",
         "texts[0].align: expected one of \"left\", \"center\", \"right\", got \"middle\""},
        {"\"end\":1,\"text\":\"x\",\"size\":0", "texts[0].size: expected a number from 4 to 1000"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char more[400];
        (void)snprintf(more, sizeof(more), "\"texts\":[{%s%s}]", place, rows[i][0]);
        check_refused(more, rows[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_and_texts_are_read),
        cmocka_unit_test(what_is_written_reads_as_the_same_spec),
        cmocka_unit_test(an_overlay_of_nothing_is_a_spec),
        cmocka_unit_test(bad_regions_are_named),
        cmocka_unit_test(bad_keyframes_are_named),
        cmocka_unit_test(bad_texts_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
