// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/spec_fields.h"

#include <stdio.h>

#include "test.h"

// What one reader says to a text: "" when it takes it. Written back into `out` when it does.
typedef enum status read_one(const struct jr *v, struct buffer *out, struct error *err);

static enum status one_trim(const struct jr *v, struct buffer *out, struct error *err)
{
    struct json_writer w;
    struct trim trim = {0};
    if (read_trim(v, &trim, err) != OK)
        return ERR_INVALID;
    jw_init(&w, out);
    write_trim(&trim, &w);
    return OK;
}

static enum status one_segments(const struct jr *v, struct buffer *out, struct error *err)
{
    struct json_writer w;
    struct segment *segments;
    size_t count;
    enum status status = read_segments(v, &segments, &count, err);
    jw_init(&w, out);
    if (status == OK)
        write_segments(segments, count, &w);
    free(segments);
    return status;
}

static enum status one_fps(const struct jr *v, struct buffer *out, struct error *err)
{
    struct json_writer w;
    struct rational fps;
    if (read_fps(v, &fps, err) != OK)
        return ERR_INVALID;
    jw_init(&w, out);
    write_fps(fps, &w);
    return OK;
}

static enum status one_size(const struct jr *v, struct buffer *out, struct error *err)
{
    struct json_writer w;
    struct output_size size;
    if (read_output_size(v, &size, err) != OK)
        return ERR_INVALID;
    jw_init(&w, out);
    write_output_size(size, &w);
    return OK;
}

static enum status one_path(const struct jr *v, struct buffer *out, struct error *err)
{
    struct json_writer w;
    struct crop_keyframe *keyframes;
    size_t count;
    enum status status = read_keyframes(v, &keyframes, &count, err);
    jw_init(&w, out);
    if (status == OK)
        write_keyframes(keyframes, count, &w);
    free(keyframes);
    return status;
}

static enum status one_colour(const struct jr *v, struct buffer *out, struct error *err)
{
    struct json_writer w;
    uint32_t rgb = 0x000102;
    if (get_colour(v, "color", &rgb, err) != OK)
        return ERR_INVALID;
    jw_init(&w, out);
    jw_object_begin(&w);
    write_colour(rgb, "color", &w);
    jw_object_end(&w);
    return OK;
}

// Reads {"field": text} and compares what was written back, or the error.
static void check(read_one *one, const char *field, const char *text, const char *expected)
{
    struct buffer json BUFFER_AUTO;
    struct buffer out BUFFER_AUTO;
    buffer_init(&json, 4 << 20);
    buffer_init(&out, 4 << 20);
    buffer_printf(&json, "{\"%s\":%s}", field, text);
    AUTO(jr_free) struct jr_doc *doc = NULL;
    struct error err;
    assert_int_equal(jr_parse(json.data, json.size, &doc, &err), OK);
    struct jr root = jr_root(doc);
    struct jr member;
    assert_true(jr_get(&root, field, &member));
    enum status status = one(&member, &out, &err);
    assert_string_equal(status == OK ? buffer_string(&out) : err.text, expected);
}

static void trims_may_be_open(void **state)
{
    (void)state;
    check(one_trim, "trim", "{}", "{\"start\":0}");
    check(one_trim, "trim", "{\"end\":5}", "{\"start\":0,\"end\":5}");
    check(one_trim, "trim", "{\"start\":1.5}", "{\"start\":1.5}");
    check(one_trim, "trim", "{\"start\":5,\"end\":3}",
          "trim.end: must be greater than trim.start (5), got 3");
    check(one_trim, "trim", "{\"start\":-1}",
          "trim.start: expected a number from 0 to 360000, got -1");
    check(one_trim, "trim", "{\"begin\":1}", "trim.begin: unknown field; known here: start, end");
    check(one_trim, "trim", "[1,2]", "trim: expected an object, got an array");
}

static void segments_have_two_spellings(void **state)
{
    (void)state;
    static const char list[] = "[{\"start\":0,\"end\":2,\"speed\":0.5},"
                               "{\"start\":2,\"end\":5,\"speed\":1}]";
    check(one_segments, "segments", list, list);
    check(one_segments, "segments", "[]", "[]");
    check(one_segments, "segments", "{\"boundaries\":[0,2,5],\"segmentSpeeds\":{\"0\":0.5}}", list);
    check(one_segments, "segments", "{\"boundaries\":[0,2]}",
          "[{\"start\":0,\"end\":2,\"speed\":1}]");
}

static void bad_segments_are_named(void **state)
{
    (void)state;
    check(one_segments, "segments", "[{\"start\":0,\"end\":2,\"speed\":0}]",
          "segments[0].speed: expected a number from 0.1 to 10, got 0");
    check(one_segments, "segments", "[{\"start\":0}]", "segments[0].end: is required (a number)");
    check(one_segments, "segments", "[{\"start\":0,\"end\":2},{\"start\":1,\"end\":3}]",
          "segments[1].start: must not be before the end of segments[0] (2), got 1");
    check(one_segments, "segments", "{\"boundaries\":[0,2,2]}",
          "segments.boundaries[2]: expected more than the boundary before it (2), got 2");
    check(one_segments, "segments", "{\"boundaries\":[0]}",
          "segments.boundaries: expected from 2 to 10001 elements, got 1");
    check(one_segments, "segments", "{\"boundaries\":[0,1],\"segmentSpeeds\":{\"1\":2}}",
          "segments.segmentSpeeds.1: there is no such segment; the boundaries make 0 to 0");
    check(one_segments, "segments", "{\"boundaries\":[0,1],\"segmentSpeeds\":{\"00\":2}}",
          "segments.segmentSpeeds.00: there is no such segment; the boundaries make 0 to 0");
    check(one_segments, "segments", "{\"boundaries\":[0,1],\"segmentSpeeds\":{\"0\":11}}",
          "segments.segmentSpeeds.0: expected a number from 0.1 to 10, got 11");
    check(one_segments, "segments", "{\"segmentSpeeds\":{}}",
          "segments.boundaries: is required (an array of times)");
    check(one_segments, "segments", "3",
          "segments: expected an array of segments, or an object with boundaries, got 3");
}

static void frame_rates_are_exact(void **state)
{
    (void)state;
    check(one_fps, "fps", "29.97", "\"30000/1001\"");
    check(one_fps, "fps", "25", "\"25/1\"");
    check(one_fps, "fps", "\"50/2\"", "\"25/1\"");
    check(one_fps, "fps", "0",
          "fps: expected a frame rate from 1 to 60, as a number or like \"30000/1001\", got 0");
    check(one_fps, "fps", "\"60001/1000\"",
          "fps: expected a frame rate from 1 to 60, as a number or like \"30000/1001\", "
          "got \"60001/1000\"");
}

static void output_sizes_are_even(void **state)
{
    (void)state;
    check(one_size, "output_size", "{\"width\":810,\"height\":1440}",
          "{\"width\":810,\"height\":1440}");
    check(one_size, "output_size", "{\"width\":811,\"height\":1440}",
          "output_size.width: expected an even number from 16 to 8192, got 811");
    check(one_size, "output_size", "{\"width\":810}",
          "output_size.height: is required (an even number of pixels)");
    check(one_size, "output_size", "{\"width\":810.5,\"height\":2}",
          "output_size.width: expected an even number from 16 to 8192, got 810.5");
}

static void keyframes_ascend(void **state)
{
    (void)state;
#define K(t) "{\"time\":" t ",\"x\":0.5,\"y\":-1,\"width\":10,\"height\":20}"
    check(one_path, "keyframes", "[" K("0") "," K("1.25") "]", "[" K("0") "," K("1.25") "]");
    check(one_path, "keyframes", "[" K("1") "," K("1") "]",
          "keyframes[1].time: must be greater than that of the keyframe before it (1), got 1");
    check(one_path, "keyframes", "[" K("1") ",7]", "keyframes[1]: expected an object, got 7");
    check(one_path, "keyframes", "[{\"time\":0}]", "keyframes[0].x: is required (a number)");
    check(one_path, "keyframes", "[" K("1e300") "]",
          "keyframes[0].time: expected a number from 0 to 360000, got 1e+300");
}

static void ten_thousand_and_one_are_too_many(void **state)
{
    (void)state;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 4 << 20);
    for (int i = 0; i <= CROP_MAX_KEYFRAMES; i++)
        buffer_text(&text, i ? ",{}" : "[{}");
    buffer_text(&text, "]");
    check(one_path, "keyframes", buffer_string(&text),
          "keyframes: expected from 0 to 10000 elements, got 10001");
    check(one_segments, "segments", buffer_string(&text),
          "segments: expected from 0 to 10000 elements, got 10001");
}

static void colours_are_six_hexadecimal_digits(void **state)
{
    (void)state;
    static const char expected[] = "text.color: expected a colour like \"#FFCC00\", got ";
    static const char *const bad[] = {"\"#12345\"",   "\"red\"",      "\"#GG0000\"",
                                      "\"#1234567\"", "\"0x123456\"", "\"#+12345\""};
    check(one_colour, "text", "{\"color\":\"#c62828\"}", "{\"color\":\"#C62828\"}");
    check(one_colour, "text", "{}", "{\"color\":\"#000102\"}");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char json[64];
        char text[128];
        (void)snprintf(json, sizeof(json), "{\"color\":%s}", bad[i]);
        (void)snprintf(text, sizeof(text), "%s%s", expected, bad[i]);
        check(one_colour, "text", json, text);
    }
    check(one_colour, "text", "{\"color\":7}", "text.color: expected a string, got 7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trims_may_be_open),
        cmocka_unit_test(segments_have_two_spellings),
        cmocka_unit_test(bad_segments_are_named),
        cmocka_unit_test(frame_rates_are_exact),
        cmocka_unit_test(output_sizes_are_even),
        cmocka_unit_test(keyframes_ascend),
        cmocka_unit_test(ten_thousand_and_one_are_too_many),
        cmocka_unit_test(colours_are_six_hexadecimal_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
