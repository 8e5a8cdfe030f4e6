// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/spec.h"

#include <stdio.h>

#include "test.h"

static enum status parse(const char *more, struct spec **ret, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 8 << 20);
    buffer_printf(&text, "{\"type\":\"framing_ai\",\"input\":\"a\",\"output\":\"b\",%s}", more);
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

static void keyframes_and_rotation_are_read(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *spec = NULL;
    struct error err;
    assert_int_equal(parse("\"keyframes\":[{\"time\":0.5,\"x\":1,\"y\":2,\"width\":3,\"height\":4}]"
                           ",\"rotation\":90",
                           &spec, &err),
                     OK);
    const struct spec_framing *framing = &spec->part.framing;
    assert_int_equal(framing->keyframe_count, 1);
    assert_true(framing->keyframes[0].time_s == 0.5 && framing->keyframes[0].height == 4);
    assert_true(framing->rotation_deg == 90);
}

static void bad_crops_and_rotations_are_named(void **state)
{
    (void)state;
    check_refused("\"keyframes\":[{\"time\":0,\"x\":0,\"y\":0,\"width\":0,\"height\":0}]",
                  "keyframes[0].width: expected a number from 1 to 65536, got 0");
    check_refused("\"rotation\":361", "rotation: expected a number from -360 to 360, got 361");
    check_refused("\"rotation\":\"left\"", "rotation: expected a number");
    check_refused("\"keyframes\":{}", "keyframes: expected an array, got an object");
}

static void a_crop_that_touches_the_source_is_allowed(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *spec = NULL;
    struct error err;
    assert_int_equal(
        parse("\"keyframes\":[{\"time\":0,\"x\":-99,\"y\":719,\"width\":100,\"height\":100}]",
              &spec, &err),
        OK);
    struct spec_clip clip = spec_clip_at(spec, 0);
    assert_int_equal(spec_clip_check(&clip, 1280, 720, &err), OK);
    assert_int_equal(spec_clip_check(&clip, 1280, 719, &err), ERR_INVALID);
    assert_string_equal(err.text, "keyframes[0]: the crop, 100×100 at (-99, 719), lies entirely "
                                  "outside the source, which is 1280×719");
}

static void a_crop_outside_on_any_side_is_refused(void **state)
{
    (void)state;
    static const char *const at[] = {"\"x\":-100,\"y\":0", "\"x\":1280,\"y\":0",
                                     "\"x\":0,\"y\":-100", "\"x\":0,\"y\":720"};
    for (int i = 0; i < 4; i++) {
        char text[200];
        AUTO(spec_free) struct spec *spec = NULL;
        struct error err;
        (void)snprintf(text, sizeof(text),
                       "\"keyframes\":[{\"time\":0,%s,\"width\":100,\"height\":100}]", at[i]);
        assert_int_equal(parse(text, &spec, &err), OK);
        struct spec_clip clip = spec_clip_at(spec, 0);
        assert_int_equal(spec_clip_check(&clip, 1280, 720, &err), ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyframes_and_rotation_are_read),
        cmocka_unit_test(bad_crops_and_rotations_are_named),
        cmocka_unit_test(a_crop_that_touches_the_source_is_allowed),
        cmocka_unit_test(a_crop_outside_on_any_side_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
