// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/sample_line.h"

#include "test.h"

static void check_refused(const char *text, const char *expected)
{
    AUTO(jr_free) struct jr_doc *doc = NULL;
    struct sample_line line;
    struct error err;
    assert_int_equal(jr_parse(text, strlen(text), &doc, &err), OK);
    struct jr root = jr_root(doc);
    assert_int_equal(sample_line_read(&root, &line, &err), ERR_INVALID);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

static void a_sample_is_written_as_one_line(void **state)
{
    (void)state;
    struct buffer text BUFFER_AUTO;
    struct sample_line line = {
        .trace = "r1",
        .sample = {.t_ns = 500000000, .fraction = 0.04217, .has_eta = true, .eta_s = 11.0004},
        .phase = "upscale",
        .source = "counts",
        .health = "ok",
    };
    buffer_init(&text, SAMPLE_MAX_LINE);
    sample_line_write(&line, &text);
    assert_string_equal(buffer_string(&text),
                        "{\"trace\":\"r1\",\"t_ms\":500,\"percent\":4.217,\"eta_s\":11,"
                        "\"eta_low_s\":null,\"eta_high_s\":null,\"phase\":\"upscale\","
                        "\"source\":\"counts\",\"health\":\"ok\"}\n");
}

static void it_comes_back(void **state)
{
    (void)state;
    struct buffer text BUFFER_AUTO;
    struct sample_line line = {
        .trace = "r1",
        .sample = {.t_ns = 1500000000,
                   .fraction = 0.5,
                   .has_eta = true,
                   .has_interval = true,
                   .eta_s = 3,
                   .low_s = 2,
                   .high_s = 4.25},
        .phase = "encode",
        .source = "model",
        .health = "slow",
    };
    buffer_init(&text, SAMPLE_MAX_LINE);
    sample_line_write(&line, &text);
    AUTO(jr_free) struct jr_doc *doc = NULL;
    struct sample_line back;
    struct error err;
    assert_int_equal(jr_parse(buffer_string(&text), text.size, &doc, &err), OK);
    struct jr root = jr_root(doc);
    assert_int_equal(sample_line_read(&root, &back, &err), OK);
    assert_string_equal(back.trace, "r1");
    assert_int_equal(back.sample.t_ns, 1500000000);
    assert_true(back.sample.fraction == 0.5 && back.sample.has_eta && back.sample.has_interval);
    assert_true(back.sample.eta_s == 3 && back.sample.low_s == 2 && back.sample.high_s == 4.25);
}

static void what_is_no_sample_is_refused_by_its_member(void **state)
{
    (void)state;
    check_refused("7", "expected an object");
    check_refused("{}", "trace: is required");
    check_refused("{\"trace\":\"a\",\"percent\":1}", "t_ms: is required");
    check_refused("{\"trace\":\"a\",\"t_ms\":1}", "percent: is required (what the bar showed)");
    check_refused("{\"trace\":\"a\",\"t_ms\":1,\"percent\":186}",
                  "percent: expected a number from 0 to 100");
    check_refused("{\"trace\":\"a\",\"t_ms\":1,\"percent\":1,\"eta_s\":-1}", "eta_s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_is_written_as_one_line),
        cmocka_unit_test(it_comes_back),
        cmocka_unit_test(what_is_no_sample_is_refused_by_its_member),
    };
    return cmocka_run_group_tests_name("sample_line", tests, NULL, NULL);
}
