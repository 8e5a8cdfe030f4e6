// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/snapshot_json.h"

#include "test.h"

static struct job_snapshot example(void)
{
    struct job_snapshot s = {
        .job = "01HZY3V5J8Q4K2N7P9R6T0W1XB",
        .seq = 12345,
        .state = JOB_RUNNING,
        .message = "Upscaling frame 41/100",
        .eta_text = "2–3 min",
        .worker = "local-1",
        .submitted_at_ms = 1700000000000,
        .updated_at_ms = 1700000001234,
    };
    struct snapshot *p = &s.progress;
    p->phase = PHASE_UPSCALE;
    p->fraction = 0.4321;
    p->speed = 0.0123;
    p->has_eta = true;
    p->eta_ns = 150000000000;
    p->eta_low_ns = 120000000000;
    p->eta_high_ns = 180000000000;
    p->elapsed_ns = 90000000000;
    p->units_per_second = 1.25;
    p->source = SOURCE_COUNTS;
    p->item = 2;
    p->items = 3;
    p->attempt = 1;
    p->phases[PHASE_UPSCALE] = (struct phase_view){PHASE_RUNNING, true, 41,        100,
                                                   true,          0.41, 1500000000};
    p->phases[PHASE_ENCODE] = (struct phase_view){.state = PHASE_PENDING};
    return s;
}

static void apply(struct job_snapshot *into, const char *text)
{
    struct error err;
    if (snapshot_json_apply(into, text, strlen(text), &err) != OK)
        fail_msg("%s: %s", text, err.text);
}

static void assert_same_full(const struct job_snapshot *a, const struct job_snapshot *b)
{
    struct buffer one BUFFER_AUTO;
    struct buffer two BUFFER_AUTO;
    buffer_init(&one, SNAPSHOT_MAX_TEXT);
    buffer_init(&two, SNAPSHOT_MAX_TEXT);
    snapshot_json_full(a, &one);
    snapshot_json_full(b, &two);
    assert_string_equal(buffer_string(&one), buffer_string(&two));
}

static void the_full_form_says_everything_and_reads_back(void **state)
{
    (void)state;
    struct job_snapshot s = example();
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, SNAPSHOT_MAX_TEXT);
    snapshot_json_full(&s, &text);
    assert_string_equal(
        buffer_string(&text),
        "{\"v\":1,\"job\":\"01HZY3V5J8Q4K2N7P9R6T0W1XB\",\"seq\":12345,\"type\":\"framing_ai\","
        "\"state\":\"running\",\"phase\":\"upscale\",\"phases\":[{\"phase\":\"upscale\",\"label\":"
        "\"Upscaling\",\"unit\":\"frames\",\"state\":\"running\",\"done\":41,\"total\":100,"
        "\"fraction\":0.41,\"seconds\":1.5},{\"phase\":\"encode\",\"label\":\"Encoding\",\"unit\":"
        "\"frames\",\"state\":\"pending\",\"done\":0,\"total\":null,\"fraction\":null,\"seconds\":0"
        "}],\"percent\":43.21,\"speed\":1.23,\"eta_s\":150,\"eta_low_s\":120,\"eta_high_s\":180,"
        "\"eta_text\":\"2–3 min\",\"elapsed_s\":90,\"units_per_s\":1.25,\"source\":\"counts\","
        "\"health\":\"ok\",\"message\":\"Upscaling frame 41/100\",\"item\":2,\"items\":3,"
        "\"attempt\":1,\"queue\":null,\"worker\":\"local-1\",\"result\":null,\"error\":null,"
        "\"submitted_at_ms\":1700000000000,\"updated_at_ms\":1700000001234}");
    struct job_snapshot back = {0};
    apply(&back, buffer_string(&text));
    assert_same_full(&s, &back);
    assert_true(back.progress.has_eta && back.progress.eta_ns == s.progress.eta_ns);
}

static void an_end_is_told_with_its_result_or_error(void **state)
{
    (void)state;
    struct job_snapshot s = example();
    s.state = JOB_COMPLETE;
    s.has_result = true;
    s.result = (struct snapshot_result){"out/ä.mp4", 5, 160, 8, "{\"offset\":[1,2]}"};
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, SNAPSHOT_MAX_TEXT);
    snapshot_json_full(&s, &text);
    struct job_snapshot back = {0};
    apply(&back, buffer_string(&text));
    assert_same_full(&s, &back);
    assert_true(back.progress.ended && back.progress.outcome == OUTCOME_COMPLETE);
    s.state = JOB_FAILED;
    s.has_result = false;
    s.has_error = true;
    s.error = (struct snapshot_error){ERR_MEDIA, "a.mp4 is not a video", false};
    s.queue_position = 3;
    buffer_clear(&text);
    snapshot_json_full(&s, &text);
    apply(&back, buffer_string(&text)); // over the old one: the result goes
    assert_same_full(&s, &back);
    assert_true(back.progress.ended && back.progress.outcome == OUTCOME_FAILED);
    assert_false(back.has_queue_eta);
    s.has_queue_eta = true;
    s.queue_eta_ns = INT64_C(40000000000);
    s.queue_eta_high_ns = INT64_C(95000000000);
    buffer_clear(&text);
    snapshot_json_full(&s, &text);
    assert_non_null(strstr(buffer_string(&text), "\"queue\":{\"position\":3,\"eta_s\":40,"
                                                 "\"eta_low_s\":0,\"eta_high_s\":95}"));
    apply(&back, buffer_string(&text));
    assert_true(back.has_queue_eta);
    assert_int_equal(back.queue_eta_high_ns, s.queue_eta_high_ns);
}

static void a_hundred_is_not_said_before_the_end(void **state)
{
    (void)state;
    struct job_snapshot s = example();
    s.progress.fraction = 0.999999;
    struct job_snapshot shown = example();
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, SNAPSHOT_MAX_TEXT);
    (void)snapshot_json_short(&shown, &s, &text);
    assert_non_null(strstr(buffer_string(&text), "\"percent\":99.99}"));
}

static void the_short_form_says_only_what_changed(void **state)
{
    (void)state;
    struct job_snapshot shown = example();
    struct job_snapshot now = example();
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, SNAPSHOT_MAX_TEXT);
    now.seq++;
    size_t written = snapshot_json_short(&shown, &now, &text);
    assert_int_equal(written, text.size);
    assert_string_equal(buffer_string(&text),
                        "{\"job\":\"01HZY3V5J8Q4K2N7P9R6T0W1XB\",\"seq\":12346}");
    now.seq++;
    now.progress.fraction = 0.44;
    now.progress.has_eta = false;
    now.progress.phases[PHASE_UPSCALE].done_units = 42;
    buffer_clear(&text);
    (void)snapshot_json_short(&shown, &now, &text);
    assert_non_null(strstr(buffer_string(&text), "\"percent\":44"));
    assert_non_null(strstr(buffer_string(&text), "\"counts\":{\"upscale\":[\"running\",42,100]}"));
    assert_non_null(strstr(buffer_string(&text), "\"eta_s\":null"));
    assert_null(strstr(buffer_string(&text), "message"));
}

// Everything changes at once: no line is over the limit, and after a few a viewer knows it all.
static void what_does_not_fit_comes_with_the_next(void **state)
{
    (void)state;
    for (int job_bytes = 1; job_bytes < EVENT_MAX_NAME; job_bytes += 10) {
        struct job_snapshot now = example();
        memset(now.job, 'j', (size_t)job_bytes);
        now.job[job_bytes] = '\0';
        struct job_snapshot shown = now;
        struct job_snapshot viewer = now;
        now.progress.fraction = 0.9;
        now.progress.speed = 0.001;
        now.progress.eta_ns /= 2;
        now.progress.eta_low_ns /= 2;
        now.progress.eta_high_ns /= 2;
        now.progress.phase = PHASE_ENCODE;
        now.progress.health = HEALTH_STALLED;
        now.progress.item = 3;
        now.progress.units_per_second = 77.5;
        memset(now.message, 'm', SNAPSHOT_MESSAGE - 1);
        memset(now.eta_text, 'e', SNAPSHOT_ETA_TEXT - 1);
        for (int i = 0; i < PHASE_COUNT; i++)
            now.progress.phases[i].done_units++;
        for (int i = 0; i < 30; i++) {
            struct buffer text BUFFER_AUTO;
            buffer_init(&text, SNAPSHOT_MAX_TEXT);
            now.seq++;
            assert_true(snapshot_json_short(&shown, &now, &text) <= SNAPSHOT_SHORT_MAX);
            apply(&viewer, buffer_string(&text));
            assert_true(viewer.progress.fraction == 0.9);
        }
        for (int i = 0; i < PHASE_COUNT; i++) // derived by the viewer from done and total
            viewer.progress.phases[i].fraction = now.progress.phases[i].fraction;
        assert_same_full(&now, &viewer);
    }
}

// Everything that can change does, always, in texts as long as they get.
static void change_all(struct job_snapshot *s, int round)
{
    struct snapshot *p = &s->progress;
    s->seq++;
    p->fraction += 0.001;
    p->speed += 0.0001;
    p->eta_ns -= 200000000;
    p->eta_low_ns -= 200000000;
    p->eta_high_ns -= 200000000;
    p->units_per_second += 0.1;
    p->phases[PHASE_UPSCALE].done_units++;
    memset(s->message, 'A' + round % 26, SNAPSHOT_MESSAGE - 1);
    memset(s->eta_text, 'a' + round % 26, SNAPSHOT_ETA_TEXT - 1);
}

static void changes_that_never_stop_starve_nobody(void **state)
{
    (void)state;
    enum { TURN = 11, MEMBERS = 7 };
    static const char *const members[MEMBERS] = {"\"message\"",    "\"counts\"",     "\"eta_s\"",
                                                 "\"eta_low_s\"",  "\"eta_high_s\"", "\"eta_text\"",
                                                 "\"units_per_s\""};
    struct job_snapshot now = example();
    struct job_snapshot shown = now;
    int waited[MEMBERS] = {0};
    for (int round = 1; round < 300; round++) {
        struct buffer text BUFFER_AUTO;
        buffer_init(&text, SNAPSHOT_MAX_TEXT);
        change_all(&now, round);
        (void)snapshot_json_short(&shown, &now, &text);
        for (int i = 0; i < MEMBERS; i++) {
            waited[i] = strstr(buffer_string(&text), members[i]) ? 0 : waited[i] + 1;
            assert_true(waited[i] < TURN);
        }
    }
}

static void check_refused(const char *text, const char *expected)
{
    struct job_snapshot s = {0};
    struct error err;
    assert_int_not_equal(snapshot_json_apply(&s, text, strlen(text), &err), OK);
    if (!strstr(err.text, expected))
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

static void errors_name_the_member(void **state)
{
    (void)state;
    check_refused("7", "expected an object");
    check_refused("{\"v\":2}", "v: expected");
    check_refused("{\"state\":\"lost\"}", "state: expected the name of a state, got \"lost\"");
    check_refused("{\"percent\":101}", "percent: expected");
    check_refused("{\"health\":\"ill\"}", "health: expected");
    check_refused("{\"seq\":-1}", "seq: expected");
    check_refused("{\"message\":5}", "message: expected a string");
    struct job_snapshot s = {0};
    apply(&s, "{\"seq\":4,\"from_the_future\":[1,2]}");
    assert_int_equal(s.seq, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_full_form_says_everything_and_reads_back),
        cmocka_unit_test(an_end_is_told_with_its_result_or_error),
        cmocka_unit_test(a_hundred_is_not_said_before_the_end),
        cmocka_unit_test(the_short_form_says_only_what_changed),
        cmocka_unit_test(what_does_not_fit_comes_with_the_next),
        cmocka_unit_test(changes_that_never_stop_starve_nobody),
        cmocka_unit_test(errors_name_the_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
