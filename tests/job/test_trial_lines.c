// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/trial.h"

#include "recorded.h"

static const struct baseline_fit no_fit;

static void fill(struct recorded *r)
{
    recorded_init(r);
    recorded_job(r, "a", 1000, 20, 0.2);
    recorded_job(r, "b", 1100, 30, 0.2);
    recorded_read(r);
}

static void replayed_lines_are_judged_like_the_replay_itself(void **state)
{
    (void)state;
    struct recorded r;
    struct panel panel = {0};
    struct buffer text BUFFER_AUTO;
    struct trial held, read;
    struct error err;
    const struct trial_options options = {.every_ns = 5 * REPLAY_STEP_NS};
    fill(&r);
    buffer_init(&text, 1 << 20);
    for (size_t i = 0; i < r.count; i++) {
        assert_int_equal(panel_replay(&panel, &r.traces[i], NULL, options.every_ns, -1, &err), OK);
        struct sample *samples AUTO(mem_free) = mem_zeroed(panel.count, sizeof(*samples));
        panel_show(&panel, PANEL_FIRST_BASELINE + BASELINE_FRAMES, &no_fit, samples);
        panel_write(&panel, r.traces[i].submit.id, PANEL_FIRST_BASELINE + BASELINE_FRAMES, samples,
                    &text);
    }
    panel_done(&panel);
    assert_int_equal(trial_hold(r.traces, r.count, &options, &held, &err), OK);
    if (trial_lines(r.traces, r.count, text.data, text.size, &read, &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(read.count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct score *a = &held.runs[i].scores[PANEL_FIRST_BASELINE + BASELINE_FRAMES];
        const struct score *b = &read.runs[i].scores[PANEL_TRACKER];
        assert_string_equal(held.runs[i].id, read.runs[i].id);
        assert_true(a->linearity - b->linearity < 1e-5 && b->linearity - a->linearity < 1e-5);
        assert_true(a->stall_s == b->stall_s);
    }
    trial_done(&held);
    trial_done(&read);
    recorded_done(&r);
}

static void check_refused(const char *text, const char *expected)
{
    struct recorded r;
    struct trial trial;
    struct error err;
    fill(&r);
    assert_int_equal(trial_lines(r.traces, r.count, text, strlen(text), &trial, &err), ERR_INVALID);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
    trial_done(&trial);
    recorded_done(&r);
}

#define AT(trace, t) "{\"trace\":\"" trace "\",\"t_ms\":" t ",\"percent\":1}\n"

static void what_cannot_be_judged_names_the_line(void **state)
{
    (void)state;
    check_refused("hello\n", "line 1: ");
    check_refused(AT("a", "0") AT("c", "0"), "line 2: trace c is not among the traces");
    check_refused(AT("a", "500"), "line 1: expected the first sample of trace a at 0 ms");
    check_refused(AT("a", "0") AT("a", "500") AT("a", "400"),
                  "line 3: t_ms: earlier than the sample before");
    check_refused(AT("a", "0") AT("b", "0") AT("a", "1"),
                  "line 3: the samples of trace a do not stand together");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replayed_lines_are_judged_like_the_replay_itself),
        cmocka_unit_test(what_cannot_be_judged_names_the_line),
    };
    return cmocka_run_group_tests_name("trial_lines", tests, NULL, NULL);
}
