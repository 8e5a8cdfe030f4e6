// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/trace.h"

#include "test.h"

#define SUBMIT "{\"at_ms\":0,\"submit\":{\"id\":\"a\",\"type\":\"overlay\"}}\n"
#define NAMELESS "{\"at_ms\":0,\"submit\":{\"type\":\"framing_ai\"}}\n"
#define ALIVE(at, seq)                                                                             \
    "{\"at_ms\":" at ",\"event\":{\"v\":1,\"job\":\"j\",\"attempt\":1,\"seq\":" seq                \
    ",\"ev\":\"alive\"}}\n"
#define BEGIN(at) "{\"at_ms\":" at ",\"server\":{\"ev\":\"begin\",\"phase\":\"queue\"}}\n"
#define END(at) "{\"at_ms\":" at ",\"end\":\"complete\"}\n"

static struct trace_reader reader_of(const char *text)
{
    struct trace_reader reader;
    trace_reader_init(&reader, text, strlen(text));
    return reader;
}

static bool next(struct trace_reader *reader, struct trace *trace)
{
    bool found;
    struct error err;
    if (trace_next(reader, trace, &found, &err) != OK)
        fail_msg("%s", err.text);
    return found;
}

static void check_refused(const char *text, const char *expected)
{
    struct trace_reader reader = reader_of(text);
    struct trace trace;
    struct error err;
    bool found;
    assert_int_equal(trace_next(&reader, &trace, &found, &err), ERR_INVALID);
    trace_done(&trace);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

static void a_file_holds_several_traces(void **state)
{
    (void)state;
    struct trace_reader reader = reader_of(SUBMIT BEGIN("1") ALIVE("5", "0")
                                               END("9") "\n" NAMELESS ALIVE("2", "0") END("7"));
    struct trace trace;
    assert_true(next(&reader, &trace));
    assert_string_equal(trace.submit.id, "a");
    assert_int_equal(trace.submit.type, EXPORT_OVERLAY);
    assert_int_equal(trace.count, 2);
    assert_true(trace.tells_server && trace.ended);
    assert_int_equal(trace.end_ns, 9000000);
    trace_done(&trace);
    assert_true(next(&reader, &trace));
    assert_string_equal(trace.submit.id, "trace-2");
    assert_false(trace.tells_server);
    trace_done(&trace);
    assert_false(next(&reader, &trace));
}

static void its_lines_come_back_in_order(void **state)
{
    (void)state;
    struct trace_reader reader = reader_of(SUBMIT BEGIN("1") ALIVE("5.5", "0") END("9"));
    struct trace trace;
    struct trace_line line;
    assert_true(next(&reader, &trace));
    trace_at(&trace, 0, &line);
    assert_int_equal(line.kind, TRACE_SERVER);
    assert_int_equal(line.server.phase, PHASE_QUEUE);
    trace_at(&trace, 1, &line);
    assert_int_equal(line.kind, TRACE_EVENT);
    assert_int_equal(line.at_ns, 5500000);
    assert_int_equal(trace_last_ns(&trace), 9000000);
    trace_done(&trace);
}

static void a_trace_without_an_end_is_censored(void **state)
{
    (void)state;
    struct trace_reader reader = reader_of(SUBMIT ALIVE("4", "0") NAMELESS ALIVE("3", "0"));
    struct trace trace;
    assert_true(next(&reader, &trace));
    assert_false(trace.ended);
    assert_int_equal(trace_last_ns(&trace), 4000000);
    trace_done(&trace);
    assert_true(next(&reader, &trace));
    assert_false(trace.ended);
    trace_done(&trace);
    assert_false(next(&reader, &trace));
    assert_int_equal(reader.counts.stray, 0);
}

static void time_that_runs_backwards_is_held(void **state)
{
    (void)state;
    struct trace_reader reader = reader_of(SUBMIT ALIVE("8", "0") ALIVE("3", "1") ALIVE("9", "2")
                                               END("1"));
    struct trace trace;
    struct trace_line line;
    assert_true(next(&reader, &trace));
    trace_at(&trace, 1, &line);
    assert_int_equal(line.at_ns, 8000000);
    assert_int_equal(trace.end_ns, 9000000);
    assert_int_equal(reader.counts.backwards, 2);
    trace_done(&trace);
}

static void what_cannot_be_used_is_counted_and_named(void **state)
{
    (void)state;
    struct trace_reader reader = reader_of(
        SUBMIT "{\"at_ms\":1,\n" ALIVE("2", "0") "{\"at_ms\":3,\"weather\":1}\n" END("4")
            ALIVE("5", "1") "no line\n" SUBMIT END("6"));
    struct trace trace;
    assert_true(next(&reader, &trace));
    assert_int_equal(trace.count, 1);
    assert_int_equal(reader.counts.broken, 1);
    assert_int_equal(reader.counts.unknown, 1);
    assert_memory_equal(reader.last_broken.text, "line 2: ", 8);
    trace_done(&trace);
    assert_true(next(&reader, &trace));
    assert_int_equal(reader.counts.stray, 1);
    assert_int_equal(reader.counts.broken, 2);
    trace_done(&trace);
}

static void nothing_is_no_trace_and_no_error(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "\r\n\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct trace_reader reader = reader_of(texts[i]);
        struct trace trace;
        assert_false(next(&reader, &trace));
        trace_done(&trace);
    }
}

static void something_else_than_a_trace_is_refused(void **state)
{
    (void)state;
    check_refused("hello\n" SUBMIT, "expected a trace, but line 1: ");
    check_refused("\n" ALIVE("1", "0"), "line 2: expected the submit line that begins a trace");
    check_refused("{\"at_ms\":0,\"submit\":{\"type\":\"opera\"}}",
                  "line 1: submit.type: expected the name of an export");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_holds_several_traces),
        cmocka_unit_test(its_lines_come_back_in_order),
        cmocka_unit_test(a_trace_without_an_end_is_censored),
        cmocka_unit_test(time_that_runs_backwards_is_held),
        cmocka_unit_test(what_cannot_be_used_is_counted_and_named),
        cmocka_unit_test(nothing_is_no_trace_and_no_error),
        cmocka_unit_test(something_else_than_a_trace_is_refused),
    };
    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
