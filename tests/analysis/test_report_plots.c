// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/report_plots.h"

#include "runs.h"

typedef bool plot_fn(const struct analysis *a, struct buffer *out);

static bool draw(plot_fn *plot, const struct analysis *a, struct buffer *out)
{
    buffer_clear(out);
    return plot(a, out);
}

static int count(const struct buffer *out, const char *words)
{
    int n = 0;
    for (const char *at = buffer_string(out); (at = strstr(at, words)); at++)
        n++;
    return n;
}

static void every_run_is_a_dot_beside_the_diagonal(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    struct buffer out BUFFER_AUTO;
    samples_init(&s);
    buffer_init(&out, 1 << 20);
    add_runs(&s, 0, 12, 0.4, true);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    assert_true(draw(plot_estimates, a, &out));
    assert_int_equal(count(&out, "class=\"dot t-framing_ai\""), 12);
    assert_int_equal(count(&out, "class=\"diagonal\""), 1);
    assert_int_equal(count(&out, "run-3: expected "), 1);
}

static void shares_fill_their_bar(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    struct buffer out BUFFER_AUTO;
    samples_init(&s);
    buffer_init(&out, 1 << 20);
    add_log(&s, PUBLISHED);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    assert_true(draw(plot_shares, a, &out));
    double sum = 0;
    for (const char *at = buffer_string(&out); (at = strstr(at, "class=\"seg ")); at++)
        sum += strtod(strstr(at, "width=\"") + 7, NULL);
    assert_true(sum > 569 && sum < 571);
    assert_int_equal(count(&out, "Upscaling: 49.6 %"), 1);
}

static void a_drift_is_marked_once(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    struct buffer out BUFFER_AUTO;
    samples_init(&s);
    buffer_init(&out, 1 << 20);
    add_runs(&s, 0, 20, 0.4, true);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    assert_true(draw(plot_drift, a, &out));
    assert_int_equal(count(&out, "class=\"mark\""), 0);
    struct samples t SAMPLES_AUTO;
    samples_init(&t);
    add_runs(&t, 0, 20, 0.4, true);
    add_runs(&t, 20, 5, 0.8, true);
    struct analysis *b AUTO(analysis_free) = analysis_new(&t);
    assert_true(draw(plot_drift, b, &out));
    assert_int_equal(count(&out, "class=\"mark\""), b->types[EXPORT_FRAMING_AI].drifts->count);
    assert_true(count(&out, "class=\"mark\"") >= 1);
}

static void cold_and_warm_need_both(void **state)
{
    (void)state;
    struct samples s SAMPLES_AUTO;
    struct buffer out BUFFER_AUTO;
    samples_init(&s);
    buffer_init(&out, 1 << 20);
    add_runs(&s, 0, 4, 0.4, true);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    assert_false(draw(plot_cold, a, &out));
    assert_int_equal(out.size, 0);
    struct samples t SAMPLES_AUTO;
    samples_init(&t);
    add_runs(&t, 0, 4, 0.4, true);
    add_runs(&t, 4, 4, 0.4, false);
    struct analysis *b AUTO(analysis_free) = analysis_new(&t);
    assert_true(draw(plot_cold, b, &out));
    assert_int_equal(count(&out, ">cold (4)<"), 1);
    assert_int_equal(count(&out, ">warm (4)<"), 1);
}

static void without_records_nothing_is_drawn(void **state)
{
    (void)state;
    static plot_fn *const plots[] = {plot_shares, plot_frames, plot_estimates, plot_drift,
                                     plot_cold};
    struct samples s SAMPLES_AUTO;
    struct buffer out BUFFER_AUTO;
    samples_init(&s);
    buffer_init(&out, 1 << 20);
    struct analysis *a AUTO(analysis_free) = analysis_new(&s);
    for (int i = 0; i < 5; i++) {
        assert_false(draw(plots[i], a, &out));
        assert_int_equal(out.size, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_is_a_dot_beside_the_diagonal),
        cmocka_unit_test(shares_fill_their_bar),
        cmocka_unit_test(a_drift_is_marked_once),
        cmocka_unit_test(cold_and_warm_need_both),
        cmocka_unit_test(without_records_nothing_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
