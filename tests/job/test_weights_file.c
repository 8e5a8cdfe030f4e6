// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/weights_file.h"

#include <math.h>

#include "test.h"

static void a_set_reads_back_as_it_was_written(void **state)
{
    (void)state;
    struct weights_file f = {
        .at_ms = 1700000000123, .samples[EXPORT_FRAMING_AI] = 12, .samples[EXPORT_OVERLAY] = 3};
    struct weights_file again;
    struct error err = {0};
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, WEIGHTS_FILE_MAX_BYTES);
    weights_measured(&f.set);
    weights_file_write(&f, &text);
    assert_non_null(strstr(buffer_string(&text), "\"date\":\"2023-11-14T22:13:20Z\""));
    if (weights_file_parse(text.data, text.size, &again, &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(again.at_ms, f.at_ms);
    assert_memory_equal(again.samples, f.samples, sizeof(f.samples));
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct weight *a = &f.set.weights[EXPORT_FRAMING_AI][k];
        const struct weight *b = &again.set.weights[EXPORT_FRAMING_AI][k];
        assert_int_equal(a->has_range, b->has_range);
        assert_true(fabs(a->start_percent - b->start_percent) < 0.001);
        assert_true(fabs(a->end_percent - b->end_percent) < 0.001);
    }
    // A type without samples is not in the file.
    assert_false(again.set.weights[EXPORT_MULTI_CLIP][PHASE_UPSCALE].has_range);
    assert_true(fabs(weights_overall(&again.set, "framing_ai", "upload", 100) - 100) < 1e-6);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"{}", "headway_weights: is required"},
        {"{\"headway_weights\":2,\"types\":{}}", "headway_weights"},
        {"{\"headway_weights\":1}", "types: is required"},
        {"{\"headway_weights\":1,\"types\":{\"overlay\":{}}}", "types.overlay.phases: is required"},
        {"{\"headway_weights\":1,\"types\":{\"overlay\":{\"phases\":{\"download\":[5]}}}}",
         "types.overlay.phases.download"},
        {"{\"headway_weights\":1,\"types\":{\"overlay\":{\"phases\":{\"download\":[5,2]}}}}",
         "types.overlay.phases.download[1]"},
        {"{\"headway_weights\":1,\"types\":{\"overlay\":{\"phases\":{\"download\":[0,50],"
         "\"upload\":[40,100]}}}}",
         "types.overlay.phases.upload[0]"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct weights_file f;
        struct error err = {0};
        assert_int_equal(weights_file_parse(cases[i].text, strlen(cases[i].text), &f, &err),
                         ERR_INVALID);
        if (!strstr(err.text, cases[i].words))
            fail_msg("%s: expected “%s” in: %s", cases[i].text, cases[i].words, err.text);
    }
}

static void types_and_phases_of_a_newer_program_are_ignored(void **state)
{
    (void)state;
    static const char text[] = "{\"headway_weights\":1,\"types\":{\"hologram\":7,"
                               "\"overlay\":{\"phases\":{\"beam\":[0,9],\"upload\":[0,100]}}}}";
    struct weights_file f;
    assert_int_equal(weights_file_parse(text, sizeof(text) - 1, &f, NULL), OK);
    assert_true(f.set.weights[EXPORT_OVERLAY][PHASE_UPLOAD].end_percent == 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_reads_back_as_it_was_written),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(types_and_phases_of_a_newer_program_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
