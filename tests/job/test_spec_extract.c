// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/spec.h"
#include "test.h"

#define HEAD "{\"type\":\"extract_clip\",\"input\":\"a\",\"output\":\"b\""

static void check_refused(const char *text, const char *expected)
{
    struct spec *spec;
    struct error err;
    assert_int_equal(spec_parse(text, strlen(text), &spec, &err), ERR_INVALID);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

static void copying_is_the_default_and_the_range_is_the_whole_source(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *spec = NULL;
    struct error err;
    assert_int_equal(spec_parse(HEAD "}", strlen(HEAD "}"), &spec, &err), OK);
    assert_true(spec->part.extract.copy_codec && spec->audio);
    assert_true(spec->trim.start_s == 0 && !spec->trim.has_end);
}

static void writing_and_reading_give_the_same_back(void **state)
{
    (void)state;
    static const char text[] = HEAD ",\"trim\":{\"start\":1.5,\"end\":9.123456789},\"audio\":false,"
                                    "\"quality\":\"best\",\"copy_codec\":false}";
    AUTO(spec_free) struct spec *spec = NULL;
    struct error err;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 4096);
    assert_int_equal(spec_parse(text, strlen(text), &spec, &err), OK);
    assert_true(spec->trim.start_s == 1.5 && spec->trim.end_s == 9.123456789);
    assert_false(spec->part.extract.copy_codec);
    spec_write(spec, &out);
    assert_string_equal(buffer_string(&out), text);
}

static void start_and_end_say_the_same_as_trim(void **state)
{
    (void)state;
    static const char text[] = HEAD ",\"start\":1.5,\"end\":4}";
    AUTO(spec_free) struct spec *spec = NULL;
    struct error err;
    assert_int_equal(spec_parse(text, strlen(text), &spec, &err), OK);
    assert_true(spec->trim.start_s == 1.5 && spec->trim.has_end && spec->trim.end_s == 4);
}

static void bad_ranges_are_named(void **state)
{
    (void)state;
    check_refused(HEAD ",\"start\":5,\"end\":5}", "end: must be greater than start (5), got 5");
    check_refused(HEAD ",\"start\":5,\"end\":2}", "end: must be greater than start (5), got 2");
    check_refused(HEAD ",\"start\":-1}", "start: expected a number from 0");
    check_refused(HEAD ",\"end\":\"late\"}", "end: expected a number");
    check_refused(HEAD ",\"copy_codec\":1}", "copy_codec: expected");
    check_refused(HEAD ",\"trim\":{\"start\":1},\"end\":2}",
                  "trim: expected either trim or start and end");
    check_refused(HEAD ",\"segments\":[]}", "segments");
    check_refused("{\"type\":\"extract_clip\",\"output\":\"b\"}", "input: is required");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copying_is_the_default_and_the_range_is_the_whole_source),
        cmocka_unit_test(writing_and_reading_give_the_same_back),
        cmocka_unit_test(start_and_end_say_the_same_as_trim),
        cmocka_unit_test(bad_ranges_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
