// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/event.h"

#include "test.h"

#define HEAD "{\"v\":1,\"job\":\"j1\",\"attempt\":2,\"seq\":7,\"t_ms\":1500,\"ev\":"

static struct event parsed(const char *line)
{
    struct event event;
    struct error err;
    if (event_parse(line, strlen(line), &event, &err) != OK)
        fail_msg("%s: %s", line, err.text);
    return event;
}

static void check_refused(const char *line, const char *expected)
{
    struct event event;
    struct error err;
    assert_int_equal(event_parse(line, strlen(line), &event, &err), ERR_INVALID);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

// Every kind of line, as we write it.
static const char *const lines[] = {
    HEAD "\"hello\",\"worker\":\"w\",\"engine\":\"x4fast\",\"device\":\"cpu-avx2-2\",\"cold\":true,"
         "\"call_id\":\"fc-1\",\"plan\":[{\"phase\":\"download\",\"unit\":\"bytes\",\"total\":9},"
         "{\"phase\":\"init\",\"unit\":\"none\"},{\"phase\":\"upscale\",\"unit\":\"frames\","
         "\"total\":100,\"items\":3,\"classes\":{\"inside\":40,\"outside\":60}}],"
         "\"features\":{\"frames_upscale\":100,\"pixels_in\":74825}",
    HEAD "\"hello\",\"worker\":\"w\",\"engine\":\"\",\"device\":\"\"",
    HEAD
    "\"plan\",\"plan\":[{\"phase\":\"encode\",\"unit\":\"frames\",\"total\":0}],\"features\":"
    "{\"frames_upscale\":1,\"frames_output\":2,\"pixels_in\":3,\"pixels_out\":4,\"bytes_in\":5,"
    "\"bytes_out\":6,\"clips\":7}",
    HEAD "\"begin\",\"phase\":\"upscale\",\"total\":100",
    HEAD "\"begin\",\"phase\":\"init\"",
    HEAD "\"end\",\"phase\":\"upscale\",\"done\":100,\"busy_s\":12.345678",
    HEAD "\"progress\",\"phase\":\"process\",\"done\":30,\"total\":60,\"item\":2,\"items\":3,"
         "\"class\":\"inside\"",
    HEAD "\"alive\"",
    HEAD "\"note\",\"level\":\"warning\",\"text\":\"clip 2 skipped: \\\"no\\\" video\"",
    HEAD "\"result\",\"output\":\"reels/ä.mp4\",\"bytes\":123456,\"frames\":160,\"duration_s\":8.5,"
         "\"timings\":{\"download\":{\"busy_s\":0.1,\"wall_s\":8},\"upscale\":{\"busy_s\":7.5,"
         "\"wall_s\":8}}",
    HEAD "\"result\",\"output\":\"a.mp4\",\"bytes\":1,\"frames\":2,\"duration_s\":3,"
         "\"data\":{\"keyframe_offset_s\":1.3,\"list\":[1,\"ä\",null]},\"timings\":{}",
    HEAD "\"error\",\"code\":\"media\",\"retryable\":false,\"text\":\"not a video\","
         "\"detail\":\"AVERROR -1\"",
};

static void every_kind_is_written_as_it_was_read(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct buffer line BUFFER_AUTO;
        struct buffer out BUFFER_AUTO;
        struct error err;
        buffer_init(&line, EVENT_MAX_LINE);
        buffer_init(&out, EVENT_MAX_LINE);
        buffer_printf(&line, "%s}\n", lines[i]);
        struct event event = parsed(buffer_string(&line));
        assert_int_equal(event_write(&event, &out, &err), OK);
        assert_string_equal(buffer_string(&out), buffer_string(&line));
        seen |= 1u << event.kind;
    }
    assert_int_equal(seen, (1u << EVENT_KIND_COUNT) - 2); // all but EVENT_UNKNOWN
}

static void fields_go_where_they_belong(void **state)
{
    (void)state;
    struct event e = parsed(HEAD "\"progress\",\"phase\":\"upscale\",\"done\":41,\"total\":100}");
    assert_string_equal(e.job, "j1");
    assert_int_equal(e.attempt, 2);
    assert_int_equal(e.seq, 7);
    assert_int_equal(e.t_ms, 1500);
    assert_int_equal(e.kind, EVENT_PROGRESS);
    assert_true(e.progress.has_phase && e.progress.has_total);
    assert_int_equal(e.progress.phase, PHASE_UPSCALE);
    assert_int_equal(e.progress.done_units, 41);
    assert_int_equal(e.progress.total_units, 100);
    e = parsed(HEAD "\"error\",\"code\":\"io\",\"text\":\"x\"}");
    assert_int_equal(e.error.code, ERR_IO);
    assert_int_equal(e.error.retryable, status_info(ERR_IO)->retryable);
    e = parsed(HEAD "\"error\",\"code\":\"ok\"}");
    assert_int_equal(e.error.code, ERR_INTERNAL);
}

static void the_older_phase_names_are_understood(void **state)
{
    (void)state;
    struct event e = parsed(HEAD "\"begin\",\"phase\":\"modal_upscale\"}");
    assert_true(e.phase.has_phase);
    assert_int_equal(e.phase.phase, PHASE_UPSCALE);
}

static void what_a_newer_worker_says_is_no_error(void **state)
{
    (void)state;
    assert_int_equal(parsed(HEAD "\"weather\",\"sun\":[1]}").kind, EVENT_UNKNOWN);
    assert_int_equal(parsed(HEAD "\"alive\",\"mood\":\"good\"}").kind, EVENT_ALIVE);
    struct event e = parsed(HEAD "\"progress\",\"phase\":\"polish\",\"done\":3}");
    assert_false(e.progress.has_phase);
    e = parsed(HEAD "\"plan\",\"plan\":[{\"phase\":\"polish\"},{\"phase\":\"encode\"}]}");
    assert_true(e.plan.has_plan && e.plan.plan.phases[PHASE_ENCODE].present);
    e = parsed(HEAD "\"note\",\"level\":\"fatal\",\"text\":\"x\"}");
    assert_int_equal(e.note.level, NOTE_WARNING);
}

static void a_wrong_field_breaks_the_line(void **state)
{
    (void)state;
    check_refused("", "not valid JSON");
    check_refused("7", "expected an object, got 7");
    check_refused("{\"v\":2,\"job\":\"a\",\"attempt\":1,\"seq\":0,\"ev\":\"alive\"}",
                  "v: expected");
    check_refused("{\"v\":1,\"attempt\":1,\"seq\":0,\"ev\":\"alive\"}", "job: is required");
    check_refused("{\"v\":1,\"job\":\"a\",\"attempt\":0,\"seq\":0,\"ev\":\"alive\"}", "attempt:");
    check_refused("{\"v\":1,\"job\":\"a\",\"attempt\":1,\"seq\":-1,\"ev\":\"alive\"}", "seq:");
    check_refused(HEAD "\"progress\",\"done\":1}", "phase: is required");
    check_refused(HEAD "\"progress\",\"phase\":\"upscale\"}", "done: is required");
    check_refused(HEAD "\"progress\",\"phase\":\"upscale\",\"done\":-1}", "done: expected");
    check_refused(HEAD "\"progress\",\"phase\":\"upscale\",\"done\":1e99}", "done: expected");
    check_refused(HEAD
                  "\"progress\",\"phase\":\"upscale\",\"done\":1,\"class\":\"1234567890123456\"}",
                  "class: expected at most 15 bytes");
    check_refused(HEAD "\"alive\"", "not valid JSON");
}

static void a_line_never_gets_too_long(void **state)
{
    (void)state;
    struct event e = {.kind = EVENT_ERROR, .job = "j", .attempt = 1, .error.code = ERR_IO};
    memset(e.error.text, 1, sizeof(e.error.text) - 1); // six bytes each when escaped
    memset(e.error.detail, 1, sizeof(e.error.detail) - 1);
    struct buffer out BUFFER_AUTO;
    struct error err;
    buffer_init(&out, 100000);
    assert_int_equal(event_write(&e, &out, &err), OK);
    assert_true(out.size <= EVENT_MAX_LINE);
    struct event back = parsed(buffer_string(&out));
    assert_true(strlen(back.error.text) >= 100);
    buffer_clear(&out);
    e = (struct event){.kind = EVENT_RESULT, .job = "j", .attempt = 1};
    memset(e.result.output, 1, sizeof(e.result.output) - 1);
    assert_int_equal(event_write(&e, &out, &err), ERR_LIMIT);
    assert_int_equal(out.size, 0);
}

static void a_line_that_is_too_long_is_not_read(void **state)
{
    (void)state;
    char line[EVENT_MAX_LINE + 1];
    memset(line, ' ', sizeof(line));
    struct event event;
    struct error err;
    assert_int_equal(event_parse(line, sizeof(line), &event, &err), ERR_LIMIT);
}

static void every_kind_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_KIND_COUNT; i++)
        assert_non_null(event_name((enum event_kind)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_written_as_it_was_read),
        cmocka_unit_test(fields_go_where_they_belong),
        cmocka_unit_test(the_older_phase_names_are_understood),
        cmocka_unit_test(what_a_newer_worker_says_is_no_error),
        cmocka_unit_test(a_wrong_field_breaks_the_line),
        cmocka_unit_test(a_line_never_gets_too_long),
        cmocka_unit_test(a_line_that_is_too_long_is_not_read),
        cmocka_unit_test(every_kind_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
