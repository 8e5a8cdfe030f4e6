// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/samples.h"

#include "runs.h"

static void lines_may_be_split_anywhere(void **state)
{
    (void)state;
    static const char log[] = "start\nx BENCHMARK_DATA: {\"type\":\"overlay\",\"job\":\"a\","
                              "\"phases\":{},\"total_s\":1}\r\nBENCHMARK_DATA: {}\n"
                              "BENCHMARK_DATA: {\"type\":\"overlay\",\"job\":\"b\",\"phases\":{},"
                              "\"total_s\":1}";
    for (size_t step = 1; step < sizeof(log); step += 7) {
        struct samples s SAMPLES_AUTO;
        samples_init(&s);
        samples_begin(&s, "a.log");
        for (size_t at = 0; at < sizeof(log) - 1; at += step)
            samples_bytes(&s, log + at, at + step < sizeof(log) ? step : sizeof(log) - 1 - at);
        samples_end(&s);
        assert_int_equal(s.lines, 4);
        assert_int_equal(s.count, 2);
        assert_string_equal(s.all[1].b.job, "b");
        assert_int_equal(s.broken, 1);
        assert_string_equal(s.broken_lines[0].source, "a.log");
        assert_int_equal(s.broken_lines[0].line, 3);
        assert_non_null(strstr(s.broken_lines[0].why, "type: is required"));
    }
}

static void lines_are_counted_anew_in_each_log(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_log(&s, "one\ntwo\n");
    add_log(&s, "BENCHMARK_DATA: broken\n");
    assert_int_equal(s.broken_lines[0].line, 1);
    assert_int_equal(s.lines, 3);
}

static void bytes_that_are_no_text_do_no_harm(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    static const char record[] =
        "BENCHMARK_DATA: {\"type\":\"overlay\",\"phases\":{},\"total_s\":1}\n";
    char noise[70000];
    samples_init(&s);
    samples_begin(&s, "noise");
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (char)(i * 131 % 251 == 10 ? 11 : i * 131 % 251);
    samples_bytes(&s, noise, sizeof(noise)); // one line, longer than any record
    samples_bytes(&s, "\n", 1);
    samples_bytes(&s, record, sizeof(record) - 1);
    samples_end(&s);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.broken, 0);
    assert_int_equal(s.lines, 2);
}

static void only_the_first_broken_lines_are_named(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    for (int i = 0; i < SAMPLES_BROKEN + 5; i++)
        add_log(&s, "BENCHMARK_DATA: {\n");
    assert_int_equal(s.broken, SAMPLES_BROKEN + 5);
}

static void samples_are_sorted_by_type_and_end(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    for (int i = 0; i < 6; i++) {
        struct benchmark b = run_of(10 - i, 100, 0.4, true);
        b.record.type = i % 2 ? EXPORT_FRAMING_AI : EXPORT_OVERLAY;
        samples_add(&s, &b);
    }
    samples_finish(&s);
    for (size_t i = 1; i < s.count; i++) {
        const struct record *a = &s.all[i - 1].b.record;
        const struct record *b = &s.all[i].b.record;
        assert_true(a->type < b->type || (a->type == b->type && a->at_ms < b->at_ms));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_may_be_split_anywhere),
        cmocka_unit_test(lines_are_counted_anew_in_each_log),
        cmocka_unit_test(bytes_that_are_no_text_do_no_harm),
        cmocka_unit_test(only_the_first_broken_lines_are_named),
        cmocka_unit_test(samples_are_sorted_by_type_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
