// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/benchmark.h"

#include "test.h"

static struct benchmark rich(void)
{
    return (struct benchmark){
        .job = "job \"7\"",
        .has_estimate = true,
        .estimated_s = 40,
        .record =
            {
                .type = EXPORT_FRAMING_AI,
                .features = {.has_frames_upscale = true,
                             .frames_upscale = 80,
                             .has_bytes_out = true,
                             .bytes_out = 123456,
                             .has_runnable = true,
                             .runnable = 3,
                             .has_processors = true,
                             .processors = 2,
                             .has_cold = true,
                             .cold = true,
                             .has_idle = true,
                             .idle_s = 12.5,
                             .device = "cpu-avx512-2",
                             .engine = "x4fast",
                             .quality = "best"},
                .phases[PHASE_UPSCALE] = {.present = true,
                                          .busy_s = 40.5,
                                          .wall_s = 41,
                                          .units = 80,
                                          .lag = 38,
                                          .ahead = 4096,
                                          .pace_s = {50, 48, 46, 44}},
                .phases[PHASE_INIT] = {.present = true, .wall_s = 0.5},
                .frames_guess = 120,
                .total_s = 42.25,
                .by_worker = true,
                .at_ms = 1700000000000,
                .classes[0] = {.name = "highlight", .cost = 6.5, .units = 12},
                .checks[2] = {.elapsed_s = 10, .left_s = 30.5F, .sigma = 0.25F},
            },
    };
}

static void a_record_reads_back_as_it_was_written(void **state)
{
    (void)state;
    struct benchmark b = rich();
    struct benchmark again;
    struct buffer text BUFFER_AUTO;
    struct error err = {0};
    buffer_init(&text, BENCHMARK_MAX_TEXT);
    benchmark_write(&b, &text);
    assert_null(strchr(buffer_string(&text), '\n'));
    assert_int_equal(benchmark_parse(text.data, text.size, &again, &err), OK);
    assert_memory_equal(&again.record.phases, &b.record.phases, sizeof(b.record.phases));
    assert_memory_equal(&again.record.checks, &b.record.checks, sizeof(b.record.checks));
    assert_memory_equal(&again.record.classes, &b.record.classes, sizeof(b.record.classes));
    assert_string_equal(again.job, b.job);
    assert_true(again.has_estimate && again.estimated_s == 40);
    const struct features *f = &again.record.features;
    assert_true(f->has_frames_upscale && f->frames_upscale == 80 && !f->has_frames_output);
    assert_true(f->has_bytes_out && f->bytes_out == 123456);
    assert_true(f->has_runnable && f->runnable == 3 && f->has_processors && f->processors == 2);
    assert_true(f->has_cold && f->cold && f->has_idle && f->idle_s == 12.5);
    assert_string_equal(f->device, "cpu-avx512-2");
    assert_string_equal(f->engine, "x4fast");
    assert_string_equal(f->quality, "best");
    assert_int_equal(again.record.type, EXPORT_FRAMING_AI);
    assert_true(again.record.total_s == 42.25);
    assert_int_equal(again.record.at_ms, 1700000000000);
    assert_int_equal(record_flaw(&again.record), RECORD_SOUND);
}

static void what_makes_it_teach_nothing_is_kept(void **state)
{
    (void)state;
    struct benchmark b = rich();
    b.record.by_worker = false;
    b.record.simulated = b.record.censored = true;
    b.record.outcome = OUTCOME_CANCELLED;
    struct benchmark again;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, BENCHMARK_MAX_TEXT);
    benchmark_write(&b, &text);
    assert_int_equal(benchmark_parse(text.data, text.size, &again, NULL), OK);
    assert_false(again.record.by_worker);
    assert_true(again.record.simulated && again.record.censored);
    assert_int_equal(again.record.outcome, OUTCOME_CANCELLED);
}

static struct benchmark understood(const char *line)
{
    struct benchmark b;
    struct error err = {0};
    assert_true(benchmark_marked(line, strlen(line)));
    if (benchmark_parse_line(line, strlen(line), &b, &err) != OK)
        fail_msg("%s: %s", line, err.text);
    return b;
}

static void the_marker_may_stand_anywhere_and_text_behind_the_record(void **state)
{
    (void)state;
    struct benchmark b = understood(
        "2026-03-01 12:00:01 INFO worker[7]: BBENCHMARK_DATA: "
        "{\"type\":\"overlay\",\"job\":\"a}b\","
        "\"phases\":{\"encode\":{\"wall_s\":2}},\"total_s\":3} (took 3 s)");
    assert_int_equal(b.record.type, EXPORT_OVERLAY);
    assert_string_equal(b.job, "a}b");
    assert_true(b.record.phases[PHASE_ENCODE].wall_s == 2);
    assert_false(b.record.by_worker);
}

static void a_record_inside_the_json_of_a_logger_is_read(void **state)
{
    (void)state;
    struct benchmark b = understood(
        "{\"log\":\"BENCHMARK_DATA: {\\\"type\\\":\\\"overlay\\\",\\\"job\\\":\\\"a\\\\\\\"b\\\","
        "\\\"phases\\\":{},\\\"total_s\\\":3}\\n\",\"stream\":\"stderr\"}");
    assert_string_equal(b.job, "a\"b");
    assert_true(b.record.total_s == 3);
}

static void older_spellings_are_read(void **state)
{
    (void)state;
    struct benchmark b = understood(
        "BENCHMARK_DATA:{\"type\":\"framing_ai\",\"phases\":{\"modal_download\":20.1,"
        "\"modal_upscale\":{\"wall_s\":122.5},\"someday\":4},\"total_s\":246.9,\"new\":[1]}");
    assert_true(b.record.phases[PHASE_DOWNLOAD].wall_s == 20.1);
    assert_true(b.record.phases[PHASE_UPSCALE].wall_s == 122.5);
    assert_false(b.record.phases[PHASE_UPLOAD].present);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *line, *words;
    } cases[] = {
        {"BENCHMARK_DATA: ", "expected a JSON object behind BENCHMARK_DATA:"},
        {"BENCHMARK_DATA: none", "expected a JSON object"},
        {"BENCHMARK_DATA: {\"type\":\"framing_ai\"", "}"},
        {"BENCHMARK_DATA: {}", "type: is required"},
        {"BENCHMARK_DATA: {\"type\":\"song\",\"phases\":{},\"total_s\":1}",
         "type: expected the name of an export"},
        {"BENCHMARK_DATA: {\"type\":\"overlay\",\"phases\":{}}", "total_s: is required"},
        {"BENCHMARK_DATA: {\"type\":\"overlay\",\"total_s\":1}", "phases: is required"},
        {"BENCHMARK_DATA: {\"type\":\"overlay\",\"total_s\":-1,\"phases\":{}}", "total_s"},
        {"BENCHMARK_DATA: {\"type\":\"overlay\",\"total_s\":1,\"phases\":{\"upload\":\"long\"}}",
         "phases.upload"},
        {"BENCHMARK_DATA: {\"type\":\"overlay\",\"total_s\":1,\"phases\":{},\"outcome\":\"odd\"}",
         "outcome: expected complete, failed or cancelled"},
        {"BENCHMARK_DATA: {\"type\":\"overlay\",\"total_s\":1,\"phases\":{},\"checks\":[[1,2]]}",
         "checks[0]"},
        {"BENCHMARK_DATA: {\"type\":\"overlay\",\"total_s\":1,\"phases\":{},"
         "\"classes\":[{\"cost\":-1}]}",
         "classes[0].cost"},
        {"no record here", "there is no BENCHMARK_DATA:"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct benchmark b;
        struct error err = {0};
        enum status status = benchmark_parse_line(cases[i].line, strlen(cases[i].line), &b, &err);
        assert_int_equal(status, ERR_INVALID);
        if (!strstr(err.text, cases[i].words))
            fail_msg("%s: expected “%s” in: %s", cases[i].line, cases[i].words, err.text);
    }
}

static void a_record_without_end_is_refused(void **state)
{
    (void)state;
    struct benchmark b;
    struct error err = {0};
    char line[BENCHMARK_MAX_TEXT + 100];
    memset(line, ' ', sizeof(line));
    memcpy(line, "BENCHMARK_DATA: {", 17);
    assert_int_equal(benchmark_parse_line(line, sizeof(line), &b, &err), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_reads_back_as_it_was_written),
        cmocka_unit_test(what_makes_it_teach_nothing_is_kept),
        cmocka_unit_test(the_marker_may_stand_anywhere_and_text_behind_the_record),
        cmocka_unit_test(a_record_inside_the_json_of_a_logger_is_read),
        cmocka_unit_test(older_spellings_are_read),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(a_record_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
