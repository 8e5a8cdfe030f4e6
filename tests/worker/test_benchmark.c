// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/benchmark.h"

#include "base/json_read.h"
#include "test.h"

static void the_record_is_one_line_of_json_behind_its_marker(void **state)
{
    (void)state;
    struct benchmark b = {
        .type = EXPORT_FRAMING_AI,
        .job = "job \"7\"",
        .features = {.has_frames_upscale = true,
                     .frames_upscale = 80,
                     .has_cold = true,
                     .cold = true,
                     .device = "cpu-avx512-2",
                     .engine = "x4fast"},
        .timings[PHASE_UPSCALE] = {.present = true, .busy_s = 40.5, .wall_s = 41},
        .bytes_out = 123456,
        .total_s = 42.25,
        .at_ms = 1700000000000,
    };
    struct buffer line BUFFER_AUTO;
    buffer_init(&line, 4096);
    benchmark_write(&b, &line);
    const char *text = buffer_string(&line);
    assert_null(strchr(text, '\n'));
    assert_memory_equal(text, "BENCHMARK_DATA: ", 16);

    struct error err;
    struct jr_doc *doc AUTO(jr_free) = NULL;
    assert_int_equal(jr_parse(text + 16, strlen(text + 16), &doc, &err), OK);
    struct jr root = jr_root(doc);
    struct jr phases;
    struct jr upscale;
    double busy_s = 0;
    const char *job = NULL;
    assert_int_equal(jr_get_string(&root, "job", 100, &job, &err), OK);
    assert_string_equal(job, "job \"7\"");
    assert_true(jr_get(&root, "phases", &phases));
    assert_int_equal(jr_size(&phases), 1);
    assert_true(jr_get(&phases, "upscale", &upscale));
    assert_int_equal(jr_get_number(&upscale, "busy_s", 0, 100, &busy_s, &err), OK);
    assert_true(busy_s == 40.5);
    struct jr absent;
    assert_true(jr_get(&root, "frames_upscale", &absent));
    assert_false(jr_get(&root, "frames_output", &absent));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_record_is_one_line_of_json_behind_its_marker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
