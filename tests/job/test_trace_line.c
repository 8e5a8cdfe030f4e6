// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/trace_line.h"

#include "test.h"

static struct trace_line parsed(const char *text)
{
    struct trace_line line;
    struct error err;
    if (trace_line_parse(text, strlen(text), &line, &err) != OK)
        fail_msg("%s", err.text);
    return line;
}

// What is read is written as it stood.
static void check_round_trip(const char *text)
{
    struct trace_line line = parsed(text);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, TRACE_MAX_LINE);
    assert_int_equal(trace_line_write(&line, &out, NULL), OK);
    assert_string_equal(buffer_string(&out), text);
}

static void check_refused(const char *text, const char *expected)
{
    struct trace_line line;
    struct error err;
    assert_int_equal(trace_line_parse(text, strlen(text), &line, &err), ERR_INVALID);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

static void each_kind_of_line_survives_the_way_there_and_back(void **state)
{
    (void)state;
    check_round_trip(
        "{\"at_ms\":0,\"submit\":{\"id\":\"r1\",\"label\":\"busy\",\"type\":\"overlay\","
        "\"submitted_at_ms\":1700000000000,\"features\":{\"frames_output\":90,"
        "\"clips\":2,\"runnable\":0,\"processors\":2,\"quality\":\"best\",\"engine\":\"x4fast\","
        "\"device\":\"cpu-amx-2\",\"cold\":"
        "false}}}\n");
    check_round_trip("{\"at_ms\":12.345,\"server\":{\"ev\":\"begin\",\"phase\":\"startup\"}}\n");
    check_round_trip("{\"at_ms\":13,\"server\":{\"ev\":\"end\",\"phase\":\"queue\"}}\n");
    check_round_trip("{\"at_ms\":14,\"server\":{\"ev\":\"lost\"}}\n");
    check_round_trip("{\"at_ms\":15,\"server\":{\"ev\":\"attempt\",\"attempt\":2}}\n");
    check_round_trip(
        "{\"at_ms\":16,\"server\":{\"ev\":\"wait\",\"median_s\":12.5,\"sigma\":0.4}}\n");
    check_round_trip("{\"at_ms\":16,\"event\":{\"v\":1,\"job\":\"j\",\"attempt\":2,\"seq\":7,"
                     "\"t_ms\":3,\"ev\":\"progress\",\"phase\":\"encode\",\"done\":10,"
                     "\"total\":20}}\n");
    check_round_trip("{\"at_ms\":17.5,\"end\":\"complete\"}\n");
    check_round_trip("{\"at_ms\":18,\"end\":\"failed\"}\n");
    check_round_trip("{\"at_ms\":19,\"end\":\"cancelled\"}\n");
}

static void the_time_is_kept_to_the_microsecond(void **state)
{
    (void)state;
    struct trace_line line = parsed("{\"at_ms\":1234.567,\"end\":\"failed\"}");
    assert_int_equal(line.at_ns, 1234567000);
}

static void what_a_later_version_says_is_passed_over(void **state)
{
    (void)state;
    assert_int_equal(parsed("{\"at_ms\":1,\"weather\":{}}").kind, TRACE_UNKNOWN);
    assert_int_equal(parsed("{\"at_ms\":1,\"server\":{\"ev\":\"moved\"}}").kind, TRACE_UNKNOWN);
    assert_int_equal(
        parsed("{\"at_ms\":1,\"server\":{\"ev\":\"begin\",\"phase\":\"dreaming\"}}").kind,
        TRACE_UNKNOWN);
    assert_int_equal(parsed("{\"at_ms\":1,\"end\":\"failed\",\"why\":4}").kind, TRACE_END);
}

static void a_line_that_is_wrong_says_where(void **state)
{
    (void)state;
    check_refused("7", "expected an object");
    check_refused("{\"at_ms\":", "expected");
    check_refused("{\"end\":\"failed\"}", "at_ms: is required (milliseconds since the submit)");
    check_refused("{\"at_ms\":-1,\"end\":\"failed\"}", "at_ms: expected a number from 0");
    check_refused("{\"at_ms\":1,\"end\":\"lost\"}", "end: expected complete, failed or cancelled");
    check_refused("{\"at_ms\":0,\"submit\":{}}", "submit.type: is required");
    check_refused("{\"at_ms\":0,\"submit\":{\"type\":\"opera\"}}",
                  "submit.type: expected the name of an export, got \"opera\"");
    check_refused("{\"at_ms\":0,\"submit\":{\"type\":\"overlay\",\"features\":{\"clips\":-3}}}",
                  "submit.features.clips");
    check_refused("{\"at_ms\":1,\"event\":{\"v\":1}}", "event.job: is required");
    check_refused("{\"at_ms\":1,\"server\":{}}", "server.ev: is required");
    check_refused("{\"at_ms\":1,\"server\":{\"ev\":\"wait\",\"sigma\":1}}",
                  "server.median_s: is required");
    check_refused("{\"at_ms\":1,\"server\":{\"ev\":\"wait\",\"median_s\":1,\"sigma\":-1}}",
                  "server.sigma: expected a number from 0 to 100");
}

static void a_line_without_end_is_refused_by_its_length(void **state)
{
    (void)state;
    char text[TRACE_MAX_LINE + 2];
    struct trace_line line;
    memset(text, ' ', sizeof(text));
    assert_int_equal(trace_line_parse(text, sizeof(text), &line, NULL), ERR_LIMIT);
}

static void an_event_of_no_known_phase_is_kept_as_a_sign_of_life(void **state)
{
    (void)state;
    struct trace_line line = parsed("{\"at_ms\":1,\"event\":{\"v\":1,\"job\":\"j\",\"attempt\":1,"
                                    "\"seq\":0,\"ev\":\"begin\",\"phase\":\"dreaming\"}}");
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, TRACE_MAX_LINE);
    assert_int_equal(trace_line_write(&line, &out, NULL), OK);
    assert_non_null(strstr(buffer_string(&out), "\"ev\":\"alive\""));
}

static void outcomes_are_found_by_their_names(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        enum outcome outcome = OUTCOME_COUNT;
        assert_true(outcome_from_name(outcome_name((enum outcome)i), &outcome));
        assert_int_equal(outcome, i);
    }
    enum outcome outcome = OUTCOME_FAILED;
    assert_false(outcome_from_name("", &outcome));
    assert_int_equal(outcome, OUTCOME_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_line_survives_the_way_there_and_back),
        cmocka_unit_test(the_time_is_kept_to_the_microsecond),
        cmocka_unit_test(what_a_later_version_says_is_passed_over),
        cmocka_unit_test(a_line_that_is_wrong_says_where),
        cmocka_unit_test(a_line_without_end_is_refused_by_its_length),
        cmocka_unit_test(an_event_of_no_known_phase_is_kept_as_a_sign_of_life),
        cmocka_unit_test(outcomes_are_found_by_their_names),
    };
    return cmocka_run_group_tests_name("trace_line", tests, NULL, NULL);
}
