// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/event_json.h"

#include "test.h"

static struct jr_doc *doc_of(const char *text)
{
    struct jr_doc *doc;
    struct error err;
    if (jr_parse(text, strlen(text), &doc, &err) != OK)
        fail_msg("%s", err.text);
    return doc;
}

static void check_plan_refused(const char *text, const char *expected)
{
    AUTO(jr_free) struct jr_doc *doc = doc_of(text);
    struct jr root = jr_root(doc);
    struct plan plan;
    struct error err;
    assert_int_equal(read_plan(&root, &plan, &err), ERR_INVALID);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

static void a_plan_of_every_phase_comes_back(void **state)
{
    (void)state;
    struct plan plan = {0};
    for (int i = 0; i < PHASE_COUNT; i++) {
        plan.phases[i] = (struct plan_phase){
            .present = true, .has_total = i % 2, .total_units = i % 2 ? 10 * (uint64_t)i : 0};
    }
    plan.phases[PHASE_PROCESS].class_count = 1;
    plan.phases[PHASE_PROCESS].classes[0] = (struct plan_class){"inside", 5};
    struct buffer text BUFFER_AUTO;
    struct json_writer w;
    buffer_init(&text, 10000);
    jw_init(&w, &text);
    write_plan(&plan, &w);
    AUTO(jr_free) struct jr_doc *doc = doc_of(buffer_string(&text));
    struct jr root = jr_root(doc);
    struct plan back;
    struct error err;
    assert_int_equal(read_plan(&root, &back, &err), OK);
    for (int i = 0; i < PHASE_COUNT; i++) {
        assert_true(back.phases[i].present);
        assert_int_equal(back.phases[i].has_total, i % 2);
        assert_int_equal(back.phases[i].total_units, plan.phases[i].total_units);
    }
    assert_string_equal(back.phases[PHASE_PROCESS].classes[0].name, "inside");
}

static void plans_are_bounded(void **state)
{
    (void)state;
    check_plan_refused("{}", "expected an array");
    check_plan_refused("[7]", "[0]: expected an object");
    check_plan_refused(
        "[{\"phase\":\"encode\",\"classes\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1}}]",
        "[0].classes: expected at most 4 classes");
    check_plan_refused("[{\"phase\":\"encode\",\"classes\":{\"sixteen bytes xx\":1}}]",
                       "expected a class name of at most 15 bytes");
    check_plan_refused("[{\"phase\":\"encode\",\"items\":4294967296}]", "[0].items: expected");
    check_plan_refused("[{\"phase\":\"encode\",\"total\":1000000000000001}]",
                       "[0].total: expected");
}

static void missing_features_stay_missing(void **state)
{
    (void)state;
    AUTO(jr_free) struct jr_doc *doc = doc_of("{\"frames_output\":3,\"bytes_out\":0,\"new\":1}");
    struct jr root = jr_root(doc);
    struct features features = {0};
    struct error err;
    assert_false(features_any(&features));
    assert_int_equal(read_features(&root, &features, &err), OK);
    assert_true(features_any(&features));
    assert_true(features.has_frames_output && features.frames_output == 3);
    assert_true(features.has_bytes_out && features.bytes_out == 0);
    assert_false(features.has_frames_upscale || features.has_clips || features.has_bytes_in);
    assert_string_equal(features.quality, "");
}

static void the_encoders_setting_is_a_feature(void **state)
{
    (void)state;
    struct features best = {.quality = "best"}, again = {0};
    struct error err;
    struct json_writer w;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, EVENT_MAX_LINE);
    jw_init(&w, &text);
    assert_true(features_any(&best));
    write_features(&best, &w);
    assert_string_equal(buffer_string(&text), "{\"quality\":\"best\"}");
    AUTO(jr_free) struct jr_doc *doc = doc_of(buffer_string(&text));
    struct jr root = jr_root(doc);
    assert_int_equal(read_features(&root, &again, &err), OK);
    assert_string_equal(again.quality, "best");
    assert_false(again.has_remote);
}

static void whether_bytes_go_over_a_network_is_a_feature(void **state)
{
    (void)state;
    struct features far = {.has_remote = true, .remote = true}, again = {0};
    struct error err;
    struct json_writer w;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, EVENT_MAX_LINE);
    jw_init(&w, &text);
    assert_true(features_any(&far));
    write_features(&far, &w);
    assert_string_equal(buffer_string(&text), "{\"remote\":true}");
    AUTO(jr_free) struct jr_doc *doc = doc_of(buffer_string(&text));
    struct jr root = jr_root(doc);
    assert_int_equal(read_features(&root, &again, &err), OK);
    assert_true(again.has_remote && again.remote);
    AUTO(jr_free) struct jr_doc *wrong = doc_of("{\"remote\":1}");
    root = jr_root(wrong);
    assert_int_equal(read_features(&root, &again, &err), ERR_INVALID);
}

static void how_crowded_the_machine_is_is_a_feature(void **state)
{
    (void)state;
    static const char said[] = "{\"runnable\":0,\"processors\":64}";
    struct features quiet = {.has_runnable = true, .has_processors = true, .processors = 64};
    struct features again = {0};
    struct error err;
    struct json_writer w;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, EVENT_MAX_LINE);
    jw_init(&w, &text);
    assert_true(features_any(&quiet));
    write_features(&quiet, &w);
    assert_string_equal(buffer_string(&text), said); // nobody else is not the same as nothing told
    AUTO(jr_free) struct jr_doc *doc = doc_of(said);
    struct jr root = jr_root(doc);
    assert_int_equal(read_features(&root, &again, &err), OK);
    assert_true(again.has_runnable && again.runnable == 0);
    assert_true(again.has_processors && again.processors == 64);
    AUTO(jr_free) struct jr_doc *wrong = doc_of("{\"runnable\":-1}");
    root = jr_root(wrong);
    assert_int_equal(read_features(&root, &again, &err), ERR_INVALID);
}

static void timings_of_unknown_phases_are_left_out(void **state)
{
    (void)state;
    AUTO(jr_free)
    struct jr_doc *doc = doc_of(
        "{\"polish\":{\"busy_s\":1},\"encode\":{\"busy_s\":1.5,\"wall_s\":2}}");
    struct jr root = jr_root(doc);
    struct record_phase timings[PHASE_COUNT] = {0};
    struct error err;
    assert_int_equal(read_timings(&root, timings, &err), OK);
    for (int i = 0; i < PHASE_COUNT; i++)
        assert_int_equal(timings[i].present, i == PHASE_ENCODE);
    assert_true(timings[PHASE_ENCODE].busy_s == 1.5 && timings[PHASE_ENCODE].wall_s == 2);
}

static void data_that_does_not_fit_is_left_out(void **state)
{
    (void)state;
    char data[EVENT_MAX_DATA] = "old";
    for (int fits = 0; fits < 2; fits++) {
        struct buffer text BUFFER_AUTO;
        buffer_init(&text, EVENT_MAX_LINE);
        int digits = EVENT_MAX_DATA - 3 + !fits; // behind them a quote on each side and the NUL
        buffer_printf(&text, "{\"data\":\"%0*d\"}", digits, 7);
        AUTO(jr_free) struct jr_doc *doc = doc_of(buffer_string(&text));
        struct jr root = jr_root(doc);
        read_data(&root, data);
        assert_int_equal(strlen(data), fits ? EVENT_MAX_DATA - 1 : 0);
    }
    AUTO(jr_free) struct jr_doc *none = doc_of("{}");
    struct jr root = jr_root(none);
    read_data(&root, data);
    assert_string_equal(data, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_of_every_phase_comes_back),
        cmocka_unit_test(plans_are_bounded),
        cmocka_unit_test(missing_features_stay_missing),
        cmocka_unit_test(the_encoders_setting_is_a_feature),
        cmocka_unit_test(whether_bytes_go_over_a_network_is_a_feature),
        cmocka_unit_test(how_crowded_the_machine_is_is_a_feature),
        cmocka_unit_test(data_that_does_not_fit_is_left_out),
        cmocka_unit_test(timings_of_unknown_phases_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
