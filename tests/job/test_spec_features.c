// SPDX-License-Identifier: GPL-3.0-or-later
#include "test.h"

#include <stdio.h>

#include "job/spec_features.h"

static struct features of(const char *text)
{
    struct spec *spec AUTO(spec_free) = NULL;
    struct features features;
    struct error err;
    if (spec_parse(text, strlen(text), &spec, &err) != OK)
        fail_msg("%s", err.text);
    spec_features(spec, &features);
    return features;
}

static void a_crop_that_is_followed(void **state)
{
    (void)state;
    struct features f = of(
        "{\"type\":\"framing_ai\",\"input\":\"a\",\"output\":\"b\",\"fps\":25,"
        "\"trim\":{\"start\":1,\"end\":5},\"output_size\":{\"width\":100,\"height\":200},"
        "\"keyframes\":[{\"time\":0,\"x\":0,\"y\":0,\"width\":30,\"height\":40}]}");
    assert_true(f.has_frames_output && f.has_frames_upscale);
    assert_int_equal(f.frames_output, 100);
    assert_int_equal(f.pixels_in, 1200);
    assert_int_equal(f.pixels_out, 20000);
    assert_int_equal(f.clips, 1);
    assert_false(f.has_bytes_in);
    assert_string_equal(f.quality, "fast"); // as every spec that does not say
}

static void the_encoders_setting_is_known_where_something_is_encoded(void **state)
{
    (void)state;
    assert_string_equal(of("{\"type\":\"annotate_compilation\",\"input\":\"a\",\"output\":\"b\","
                           "\"clips\":[{\"start\":0,\"end\":2}],\"quality\":\"best\"}")
                            .quality,
                        "best");
    assert_string_equal(of("{\"type\":\"overlay\",\"input\":\"a\",\"output\":\"b\","
                           "\"quality\":\"best\"}")
                            .quality,
                        "");
    assert_string_equal(of("{\"type\":\"extract_clip\",\"input\":\"a\",\"output\":\"b\","
                           "\"start\":2,\"end\":4,\"quality\":\"best\"}")
                            .quality,
                        "");
    assert_string_equal(
        of("{\"type\":\"detect_players\",\"input\":\"a\",\"timestamps\":[1]}").quality, "");
}

static void an_end_that_is_not_known_leaves_the_frames_unknown(void **state)
{
    (void)state;
    struct features f = of("{\"type\":\"overlay\",\"input\":\"a\",\"output\":\"b\",\"texts\":["
                           "{\"start\":0,\"end\":1,\"text\":\"x\",\"x\":0,\"y\":0}]}");
    assert_false(f.has_frames_output);
    f = of("{\"type\":\"multi_clip\",\"output\":\"o\",\"clips\":[{\"input\":\"a\"},"
           "{\"input\":\"b\",\"trim\":{\"start\":0,\"end\":1}}]}");
    assert_false(f.has_frames_upscale);
    assert_int_equal(f.clips, 2);
}

static void moments_and_pictures_are_counted(void **state)
{
    (void)state;
    struct features f = of(
        "{\"type\":\"annotate_compilation\",\"input\":\"a\",\"output\":\"b\",\"fps\":30,"
        "\"clips\":[{\"start\":0,\"end\":2},{\"start\":5,\"end\":6}]}");
    assert_int_equal(f.frames_output, 90);
    assert_int_equal(f.clips, 2);
    f = of("{\"type\":\"detect_players\",\"input\":\"a\",\"timestamps\":[1,2,3]}");
    assert_int_equal(f.frames_output, 3);
    f = of("{\"type\":\"extract_clip\",\"input\":\"a\",\"output\":\"b\",\"start\":2,\"end\":4,"
           "\"copy_codec\":false}");
    assert_int_equal(f.frames_output, 60); // at the usual rate
}

static void what_is_only_copied_is_next_to_nothing(void **state)
{
    (void)state;
    struct features f = of(
        "{\"type\":\"extract_clip\",\"input\":\"a\",\"output\":\"b\",\"start\":2,\"end\":4}");
    assert_int_equal(f.frames_output, 1);
    f = of("{\"type\":\"overlay\",\"input\":\"a\",\"output\":\"b\"}");
    assert_int_equal(f.frames_output, 1);
}

static struct features between(const char *input, const char *output)
{
    char text[256];
    (void)snprintf(text, sizeof(text),
                   "{\"type\":\"multi_clip\",\"output\":\"%s\",\"clips\":[{\"input\":\"%s\"}]}",
                   output, input);
    return of(text);
}

static void places_say_whether_bytes_travel_and_keys_do_not(void **state)
{
    (void)state;
    struct features f = between("s3://bucket/a.mp4", "/tmp/b.mp4");
    assert_true(f.has_remote && f.remote);
    f = between("/tmp/a.mp4", "s3://bucket/b.mp4");
    assert_true(f.has_remote && f.remote);
    f = between("/tmp/a.mp4", "file:///tmp/b.mp4");
    assert_true(f.has_remote && !f.remote);
    assert_false(between("games/a.mp4", "b.mp4").has_remote);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crop_that_is_followed),
        cmocka_unit_test(places_say_whether_bytes_travel_and_keys_do_not),
        cmocka_unit_test(the_encoders_setting_is_known_where_something_is_encoded),
        cmocka_unit_test(an_end_that_is_not_known_leaves_the_frames_unknown),
        cmocka_unit_test(moments_and_pictures_are_counted),
        cmocka_unit_test(what_is_only_copied_is_next_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
