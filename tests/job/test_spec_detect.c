// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/spec.h"

#include "test.h"

static enum status parse(const char *more, struct spec **ret, struct error *err)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 1 << 20);
    buffer_printf(&text, "{\"type\":\"detect_players\",\"input\":\"a\"%s}", more);
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

static void little_need_be_said(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *spec = NULL;
    assert_int_equal(parse("", &spec, NULL), OK);
    const struct spec_detect *detect = &spec->part.detect;
    assert_null(spec->output);
    assert_null(detect->annotated);
    assert_int_equal(detect->timestamp_count, 1);
    assert_true(detect->timestamps_s[0] == 0 && detect->threshold == 0.5);
}

static void what_is_written_reads_the_same(void **state)
{
    (void)state;
    AUTO(spec_free) struct spec *spec = NULL, *again = NULL;
    struct buffer text BUFFER_AUTO, twice BUFFER_AUTO;
    buffer_init(&text, 4096);
    buffer_init(&twice, 4096);
    assert_int_equal(parse(",\"output\":\"b\",\"timestamps\":[2.5],\"threshold\":0.25,"
                           "\"annotated\":\"c.png\"",
                           &spec, NULL),
                     OK);
    spec_write(spec, &text);
    assert_int_equal(spec_parse(text.data, text.size, &again, NULL), OK);
    spec_write(again, &twice);
    assert_string_equal(buffer_string(&text), buffer_string(&twice));
    assert_string_equal(buffer_string(&text),
                        "{\"type\":\"detect_players\",\"input\":\"a\",\"output\":\"b\","
                        "\"timestamps\":[2.5],\"threshold\":0.25,\"annotated\":\"c.png\"}");
}

static void bad_fields_are_named(void **state)
{
    (void)state;
    check_refused(",\"threshold\":2", "threshold: expected a number from 0 to 1, got 2");
    check_refused(",\"timestamps\":[]", "timestamps: expected from 1 to 1000 elements, got 0");
    check_refused(",\"timestamps\":3", "timestamps: expected an array");
    check_refused(",\"timestamps\":[0,-1]", "timestamps[1]: expected a number from 0");
    check_refused(",\"timestamps\":[0,\"1\"]", "timestamps[1]: expected a number");
    check_refused(",\"annotated\":\"\"", "annotated: expected");
    check_refused(",\"annotated\":\"a\"", "annotated: must not be the same as input or output");
    check_refused(",\"output\":\"b\",\"annotated\":\"b\"", "annotated: must not be the same");
    check_refused(",\"output\":\"a\"", "output: must not be the same as input");
    check_refused(",\"timestamps\":[0,1],\"annotated\":\"c\"",
                  "annotated: a picture is drawn for one timestamp, and there are 2");
    check_refused(",\"audio\":true", "audio");
}

static void there_may_be_a_thousand_timestamps(void **state)
{
    (void)state;
    for (int n = 1000; n <= 1001; n++) {
        AUTO(spec_free) struct spec *spec = NULL;
        struct buffer more BUFFER_AUTO;
        buffer_init(&more, 1 << 16);
        buffer_text(&more, ",\"timestamps\":[0");
        for (int i = 1; i < n; i++)
            buffer_printf(&more, ",%d", i);
        buffer_text(&more, "]");
        assert_int_equal(parse(buffer_string(&more), &spec, NULL), n > 1000 ? ERR_INVALID : OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_need_be_said),
        cmocka_unit_test(what_is_written_reads_the_same),
        cmocka_unit_test(bad_fields_are_named),
        cmocka_unit_test(there_may_be_a_thousand_timestamps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
