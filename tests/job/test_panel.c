// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/panel.h"

#include "recorded.h"

static const struct baseline_fit no_fit;

static void every_estimator_shows_the_same_moments_and_never_falls(void **state)
{
    (void)state;
    struct recorded r;
    struct panel panel = {0};
    recorded_init(&r);
    recorded_job(&r, "a", 1, 20, 0.2);
    recorded_read(&r);
    assert_int_equal(panel_replay(&panel, &r.traces[0], NULL, 5 * REPLAY_STEP_NS, -1, NULL), OK);
    struct sample *samples AUTO(mem_free) = mem_zeroed(panel.count, sizeof(*samples));
    for (int e = 0; e < PANEL_COUNT; e++) {
        panel_show(&panel, e, &no_fit, samples);
        for (size_t i = 0; i < panel.count; i++) {
            assert_int_equal(samples[i].t_ns, panel.moments[i].t_ns);
            assert_true(samples[i].fraction >= 0 && samples[i].fraction <= 1);
            assert_true(i == 0 || samples[i].fraction >= samples[i - 1].fraction);
            assert_true(!samples[i].has_eta || samples[i].eta_s >= 0);
        }
        assert_true(samples[panel.count - 1].fraction == 1);
    }
    panel_done(&panel);
    recorded_done(&r);
}

static void lines_are_the_same_each_time(void **state)
{
    (void)state;
    struct recorded r;
    struct panel panel = {0};
    struct buffer texts[2];
    recorded_init(&r);
    recorded_job(&r, "a", 1, 20, 0.2);
    recorded_read(&r);
    for (int i = 0; i < 2; i++) {
        buffer_init(&texts[i], 1 << 20);
        assert_int_equal(panel_replay(&panel, &r.traces[0], NULL, 5 * REPLAY_STEP_NS, -1, NULL),
                         OK);
        struct sample *samples AUTO(mem_free) = mem_zeroed(panel.count, sizeof(*samples));
        for (int e = 0; e < PANEL_COUNT; e++) {
            panel_show(&panel, e, &no_fit, samples);
            panel_write(&panel, "a", e, samples, &texts[i]);
        }
    }
    assert_true(texts[0].size > 1000);
    assert_string_equal(texts[0].data, texts[1].data);
    assert_non_null(strstr(texts[0].data, "\"source\":\"simulated\""));
    buffer_done(&texts[0]);
    buffer_done(&texts[1]);
    panel_done(&panel);
    recorded_done(&r);
}

static void the_oracle_of_the_total_is_right(void **state)
{
    (void)state;
    struct recorded r;
    struct panel panel = {0};
    int estimator = 0;
    recorded_init(&r);
    recorded_job(&r, "a", 1, 20, 0.2);
    recorded_read(&r);
    assert_int_equal(panel_replay(&panel, &r.traces[0], NULL, REPLAY_STEP_NS, -1, NULL), OK);
    struct sample *samples AUTO(mem_free) = mem_zeroed(panel.count, sizeof(*samples));
    assert_true(panel_from_name("oracle_total", &estimator));
    panel_show(&panel, estimator, &no_fit, samples);
    for (size_t i = 0; i + 1 < panel.count; i++) {
        double truth = (double)samples[i].t_ns / (double)r.traces[0].end_ns;
        assert_true(samples[i].fraction > truth - 1e-6 && samples[i].fraction < truth + 1e-6);
    }
    panel_done(&panel);
    recorded_done(&r);
}

static void estimators_are_found_by_their_names(void **state)
{
    (void)state;
    for (int e = 0; e < PANEL_COUNT; e++) {
        int found = -1;
        assert_true(panel_from_name(panel_name(e), &found));
        assert_int_equal(found, e);
    }
    int found = 3;
    assert_false(panel_from_name("tqdm", &found));
    assert_int_equal(found, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_estimator_shows_the_same_moments_and_never_falls),
        cmocka_unit_test(lines_are_the_same_each_time),
        cmocka_unit_test(the_oracle_of_the_total_is_right),
        cmocka_unit_test(estimators_are_found_by_their_names),
    };
    return cmocka_run_group_tests_name("panel", tests, NULL, NULL);
}
