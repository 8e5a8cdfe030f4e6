// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/report_json.h"

#include "base/json_read.h"
#include "runs.h"

static void the_report_is_one_object_with_all_figures(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_runs(&s, 0, 12, 0.4, true);
    add_log(&s, "BENCHMARK_DATA: {\"type\":\"\\u0001\"}\n");
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    struct buffer out BUFFER_AUTO;
    struct jr_doc *doc AUTO(jr_free) = NULL;
    struct error err = {0};
    buffer_init(&out, 1 << 20);
    report_json(a, &out);
    if (jr_parse(out.data, out.size, &doc, &err) != OK)
        fail_msg("%s", err.text);
    struct jr root = jr_root(doc);
    struct jr types, framing, phases, upscale, weights, range, broken;
    double number = 0;
    int64_t count = 0;
    assert_true(jr_get(&root, "types", &types) && jr_get(&types, "framing_ai", &framing));
    assert_int_equal(jr_size(&types), 1);
    assert_int_equal(jr_get_integer(&framing, "records", 0, 100, &count, &err), OK);
    assert_int_equal(count, 12);
    assert_true(jr_get(&framing, "phases", &phases) && jr_get(&phases, "upscale", &upscale));
    assert_int_equal(jr_get_number(&upscale, "share", 0.8, 1, &number, &err), OK);
    assert_true(number > 0.8);
    assert_true(jr_get(&framing, "weights", &weights) && jr_get(&weights, "upload", &range));
    assert_int_equal(jr_array(&range, 2, 2, &err), OK);
    assert_true(jr_get(&root, "broken_lines", &broken) && jr_size(&broken) == 1);
}

static void warnings_have_a_kind_for_programs(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    samples_init(&s);
    add_log(&s, PUBLISHED);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 1 << 20);
    report_json(a, &out);
    assert_non_null(strstr(buffer_string(&out), "\"circular\":true"));
    assert_non_null(strstr(buffer_string(&out), "{\"kind\":\"circular\",\"text\":\"circular: "));
    assert_null(strstr(buffer_string(&out), "\"weights\":"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_report_is_one_object_with_all_figures),
        cmocka_unit_test(warnings_have_a_kind_for_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
