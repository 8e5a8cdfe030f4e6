// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/spec_flags.h"

#include "job/spec.h"
#include "test.h"

// Gives the flag called `name` its argument.
static void set_flag(struct spec_flags *flags, const char *name, const char *argument)
{
    struct argp_option options[SPEC_FLAG_COUNT];
    spec_flags_options(options);
    for (int i = 0; i < SPEC_FLAG_COUNT; i++) {
        if (strcmp(options[i].name, name) == 0) {
            assert_true(spec_flags_take(flags, options[i].key, argument));
            return;
        }
    }
    fail_msg("no flag --%s", name);
}

static enum status write_spec(const struct spec_flags *flags, const char *base, struct buffer *out,
                              struct error *err)
{
    buffer_clear(out);
    return spec_flags_write(flags, base ? NULL : "framing_ai", base, base ? strlen(base) : 0, out,
                            err);
}

static void every_flag_makes_its_field_of_a_valid_spec(void **state)
{
    (void)state;
    static const char *const given[][2] = {
        {"input", "a.mp4"},        {"output", "b.mp4"}, {"trim", "1.5,2"},
        {"crop", "10,20,205,365"}, {"rotation", "-3"},  {"size", "810x1440"},
        {"fps", "30000/1001"},     {"audio", "no"},     {"quality", "best"},
        {"model", "animevideov3"},
    };
    struct spec_flags flags = {0};
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        set_flag(&flags, given[i][0], given[i][1]);
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 4096);
    struct error err = {0};
    struct spec *spec AUTO(spec_free) = NULL;
    assert_int_equal(write_spec(&flags, NULL, &text, &err), OK);
    if (spec_parse(buffer_string(&text), text.size, &spec, &err) != OK)
        fail_msg("%s", err.text);
    assert_string_equal(spec->input, "a.mp4");
    assert_string_equal(spec->output, "b.mp4");
    assert_true(spec->trim.start_s == 1.5 && spec->trim.end_s == 2);
    assert_int_equal(spec->part.framing.keyframe_count, 1);
    assert_true(spec->part.framing.keyframes[0].width == 205);
    assert_true(spec->part.framing.rotation_deg == -3);
    assert_int_equal(spec->output_size.height, 1440);
    assert_int_equal(spec->fps.den, 1001);
    assert_false(spec->audio);
    assert_int_equal(spec->quality, QUALITY_BEST);
    assert_string_equal(spec->model, "animevideov3");
}

static void a_list_of_times_becomes_an_array(void **state)
{
    (void)state;
    struct spec_flags flags = {0};
    set_flag(&flags, "timestamps", "1,2.5,0");
    set_flag(&flags, "threshold", "0.4");
    set_flag(&flags, "annotated", "boxes.png");
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 4096);
    struct error err = {0};
    assert_int_equal(write_spec(&flags, "{}", &text, &err), OK);
    assert_string_equal(buffer_string(&text), "{\"timestamps\":[1,2.5,0],\"threshold\":0.4,"
                                              "\"annotated\":\"boxes.png\"}");
}

static void flags_replace_fields_of_a_file_and_leave_the_others(void **state)
{
    (void)state;
    struct spec_flags flags = {0};
    set_flag(&flags, "output", "other.mp4");
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 4096);
    struct error err = {0};
    assert_int_equal(write_spec(&flags,
                                "{\"type\":\"framing_ai\",\"output\":\"x\",\"input\":\"i\"}", &text,
                                &err),
                     OK);
    assert_string_equal(buffer_string(&text),
                        "{\"output\":\"other.mp4\",\"type\":\"framing_ai\",\"input\":\"i\"}");
}

static void an_argument_of_the_wrong_form_is_a_usage_error_that_shows_the_form(void **state)
{
    (void)state;
    static const char *const bad[][3] = {
        {"size", "810", "WxH"},
        {"size", "810x1440x2", "WxH"},
        {"size", "axb", "WxH"},
        {"trim", "1", "START,END"},
        {"trim", "1,nan", "START,END"},
        {"crop", "1,2,3", "X,Y,W,H"},
        {"crop", "1,2,3,inf", "X,Y,W,H"},
        {"rotation", "left", "DEGREES"},
        {"fps", "", "RATE"},
        {"audio", "maybe", "yes|no"},
        {"timestamps", "1,,2", "T,T"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct spec_flags flags = {0};
        set_flag(&flags, bad[i][0], bad[i][1]);
        struct buffer text BUFFER_AUTO;
        buffer_init(&text, 4096);
        struct error err = {0};
        assert_int_equal(write_spec(&flags, NULL, &text, &err), ERR_USAGE);
        assert_non_null(strstr(err.text, bad[i][0]));
        assert_non_null(strstr(err.text, bad[i][2]));
    }
}

static void a_file_that_is_no_object_is_refused(void **state)
{
    (void)state;
    const struct spec_flags flags = {0};
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 4096);
    struct error err = {0};
    assert_int_equal(write_spec(&flags, "[1]", &text, &err), ERR_INVALID);
    assert_int_equal(write_spec(&flags, "{", &text, &err), ERR_INVALID);
}

static void no_row_of_the_flags_is_a_hole(void **state)
{
    (void)state;
    struct argp_option options[SPEC_FLAG_COUNT];
    spec_flags_options(options);
    for (int i = 0; i < SPEC_FLAG_COUNT; i++) {
        assert_non_null(options[i].name);
        assert_non_null(options[i].arg);
        assert_true(strlen(options[i].doc) > 5);
    }
    struct spec_flags flags = {0};
    assert_false(spec_flags_take(&flags, SPEC_FLAG_FIRST_KEY - 1, "x"));
    assert_false(spec_flags_take(&flags, SPEC_FLAG_FIRST_KEY + SPEC_FLAG_COUNT, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flag_makes_its_field_of_a_valid_spec),
        cmocka_unit_test(a_list_of_times_becomes_an_array),
        cmocka_unit_test(flags_replace_fields_of_a_file_and_leave_the_others),
        cmocka_unit_test(an_argument_of_the_wrong_form_is_a_usage_error_that_shows_the_form),
        cmocka_unit_test(a_file_that_is_no_object_is_refused),
        cmocka_unit_test(no_row_of_the_flags_is_a_hole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
