// SPDX-License-Identifier: GPL-3.0-or-later
#include "job/replay.h"

#include "recorded.h"

struct seen {
    int64_t t_ns[1000];
    struct snapshot now[1000];
    size_t count;
};

static void on_sample(void *context, int64_t t_ns, const struct snapshot *now,
                      const struct features *known)
{
    struct seen *seen = context;
    (void)known;
    assert_true(seen->count < 1000);
    seen->t_ns[seen->count] = t_ns;
    seen->now[seen->count++] = *now;
}

static struct seen *look(const struct trace *trace, int64_t every_ns, struct benchmark *ret)
{
    struct error err;
    struct seen *seen = mem_new(struct seen);
    const struct replay_options options = {
        .every_ns = every_ns, .idle_s = -1, .on_sample = on_sample, .context = seen};
    if (replay_run(trace, &options, ret, &err) != OK)
        fail_msg("%s", err.text);
    return seen;
}

static void the_bar_goes_from_0_to_1_and_never_back(void **state)
{
    (void)state;
    struct recorded r;
    struct benchmark learnt;
    recorded_init(&r);
    recorded_job(&r, "a", 1, 40, 0.2);
    recorded_read(&r);
    struct seen *seen AUTO(mem_free) = look(&r.traces[0], REPLAY_STEP_NS, &learnt);
    assert_true(seen->count > 85);
    assert_int_equal(seen->t_ns[0], 0);
    for (size_t i = 1; i < seen->count; i++) {
        assert_true(seen->t_ns[i] > seen->t_ns[i - 1]);
        assert_true(seen->now[i].fraction >= seen->now[i - 1].fraction);
        assert_true(seen->now[i].fraction < 1 || i + 1 == seen->count);
    }
    assert_true(seen->now[seen->count - 1].fraction == 1);
    assert_int_equal(seen->t_ns[seen->count - 2], r.traces[0].end_ns);
    recorded_done(&r);
}

static void it_teaches_what_the_live_job_would_have(void **state)
{
    (void)state;
    struct recorded r;
    struct benchmark learnt;
    recorded_init(&r);
    recorded_job(&r, "a", 1000, 10, 0.5);
    recorded_read(&r);
    struct seen *seen AUTO(mem_free) = look(&r.traces[0], REPLAY_STEP_NS, &learnt);
    const struct record *record = &learnt.record;
    assert_string_equal(learnt.job, "a");
    assert_int_equal(record_flaw(record), RECORD_SOUND);
    assert_true(record->phases[PHASE_UPSCALE].busy_s == 5);
    assert_true(record->phases[PHASE_STARTUP].present && record->phases[PHASE_FINALIZE].present);
    assert_true(record->total_s > 5.5 && record->total_s < 5.6);
    assert_int_equal(record->at_ms, 1000000 + r.traces[0].end_ns / 1000000);
    assert_true(record->features.has_frames_upscale && record->features.frames_upscale == 10);
    recorded_done(&r);
}

static void samples_do_not_depend_on_their_rate(void **state)
{
    (void)state;
    struct recorded r;
    recorded_init(&r);
    recorded_job(&r, "a", 1, 30, 0.3);
    recorded_read(&r);
    struct seen *often AUTO(mem_free) = look(&r.traces[0], REPLAY_STEP_NS, NULL);
    struct seen *seldom AUTO(mem_free) = look(&r.traces[0], 5 * REPLAY_STEP_NS, NULL);
    size_t found = 0;
    for (size_t i = 0; i < often->count; i++) {
        if (often->t_ns[i] != seldom->t_ns[found])
            continue;
        assert_memory_equal(&often->now[i], &seldom->now[found], sizeof(often->now[i]));
        found++;
    }
    assert_int_equal(found, seldom->count);
    recorded_done(&r);
}

static void a_censored_trace_stops_where_it_was_cut(void **state)
{
    (void)state;
    struct recorded r;
    recorded_init(&r);
    recorded_job(&r, "a", 1, 30, 0.3);
    *strstr(r.text.data, "\"done\":20}") = '\0'; // cuts the line, and all behind it
    r.text.size = strlen(r.text.data);
    buffer_text(&r.text, "\n");
    struct trace_reader reader;
    struct error err;
    bool found;
    trace_reader_init(&reader, r.text.data, r.text.size);
    assert_int_equal(trace_next(&reader, &r.traces[0], &found, &err), OK);
    r.count = 1;
    struct seen *seen AUTO(mem_free) = look(&r.traces[0], REPLAY_STEP_NS, NULL);
    assert_true(seen->now[seen->count - 1].fraction < 1);
    assert_int_equal(seen->t_ns[seen->count - 1], trace_last_ns(&r.traces[0]));
    recorded_done(&r);
}

static void a_lost_stream_and_a_new_attempt_are_followed(void **state)
{
    (void)state;
    struct recorded r;
    recorded_init(&r);
    buffer_text(&r.text, "{\"at_ms\":0,\"submit\":{\"type\":\"framing_ai\"}}\n"
                         "{\"at_ms\":0,\"server\":{\"ev\":\"begin\",\"phase\":\"queue\"}}\n"
                         "{\"at_ms\":500,\"server\":{\"ev\":\"begin\",\"phase\":\"startup\"}}\n");
    recorded_line(&r, 1, 0, "\"progress\",\"phase\":\"upscale\",\"done\":3,\"total\":9");
    buffer_text(&r.text, "{\"at_ms\":2000,\"server\":{\"ev\":\"lost\"}}\n"
                         "{\"at_ms\":3000,\"server\":{\"ev\":\"attempt\",\"attempt\":2}}\n"
                         "{\"at_ms\":4000,\"end\":\"failed\"}\n");
    recorded_read(&r);
    struct seen *seen AUTO(mem_free) = look(&r.traces[0], REPLAY_STEP_NS, NULL);
    assert_int_equal(seen->now[1].phase, PHASE_QUEUE);
    assert_int_equal(seen->now[6].phase, PHASE_STARTUP);
    assert_int_equal(seen->now[25].health, HEALTH_UNKNOWN);
    assert_int_equal(seen->now[35].attempt, 2);
    for (size_t i = 1; i < seen->count; i++)
        assert_true(seen->now[i].fraction >= seen->now[i - 1].fraction);
    recorded_done(&r);
}

// A queue of a minute, of which the server knew half a minute before.
static void the_time_in_line_is_what_the_server_said(void **state)
{
    (void)state;
    static const char *const waits[] = {
        "", "{\"at_ms\":1000,\"server\":{\"ev\":\"wait\",\"median_s\":59,\"sigma\":0.1}}\n"};
    double eta_s[2];
    for (int i = 0; i < 2; i++) {
        struct recorded r;
        recorded_init(&r);
        buffer_printf(&r.text,
                      "{\"at_ms\":0,\"submit\":{\"type\":\"extract_clip\"}}\n"
                      "{\"at_ms\":0,\"server\":{\"ev\":\"begin\",\"phase\":\"queue\"}}\n%s"
                      "{\"at_ms\":60000,\"server\":{\"ev\":\"begin\",\"phase\":\"startup\"}}\n"
                      "{\"at_ms\":61000,\"end\":\"complete\"}\n",
                      waits[i]);
        recorded_read(&r);
        struct seen *seen AUTO(mem_free) = look(&r.traces[0], 10 * REPLAY_STEP_NS, NULL);
        assert_int_equal(seen->t_ns[5], 5 * INT64_C(1000000000));
        eta_s[i] = seen->now[5].has_eta ? (double)seen->now[5].eta_ns / 1e9 : 0;
        recorded_done(&r);
    }
    assert_true(eta_s[1] > 50 && eta_s[1] < 70);
    assert_true(eta_s[0] < 40 || eta_s[0] > 80); // nobody could know
}

static void a_worker_that_says_nothing_is_simulated(void **state)
{
    (void)state;
    struct recorded r;
    recorded_init(&r);
    buffer_text(&r.text, "{\"at_ms\":0,\"submit\":{\"type\":\"framing_ai\",\"features\":"
                         "{\"frames_upscale\":40}}}\n"
                         "{\"at_ms\":0,\"server\":{\"ev\":\"begin\",\"phase\":\"startup\"}}\n"
                         "{\"at_ms\":50000,\"end\":\"complete\"}\n");
    recorded_read(&r);
    struct seen *seen AUTO(mem_free) = look(&r.traces[0], 5 * REPLAY_STEP_NS, NULL);
    for (size_t i = 0; i + 2 < seen->count; i++)
        assert_true((seen->now[i].source == SOURCE_SIMULATED) ==
                    (seen->t_ns[i] >= REPLAY_SILENCE_NS));
    assert_true(seen->now[seen->count - 2].fraction > 0.2); // of 40 frames, a second each
    recorded_done(&r);
}

// As a server does, whatever the worker before it said.
static void a_second_worker_that_says_nothing_is_simulated_too(void **state)
{
    (void)state;
    struct recorded r;
    recorded_init(&r);
    buffer_text(&r.text, "{\"at_ms\":0,\"submit\":{\"type\":\"framing_ai\"}}\n"
                         "{\"at_ms\":0,\"server\":{\"ev\":\"begin\",\"phase\":\"startup\"}}\n");
    recorded_line(&r, 1, 0, "\"progress\",\"phase\":\"upscale\",\"done\":3,\"total\":9");
    buffer_text(&r.text, "{\"at_ms\":2000,\"server\":{\"ev\":\"attempt\",\"attempt\":2}}\n"
                         "{\"at_ms\":2000,\"server\":{\"ev\":\"begin\",\"phase\":\"startup\"}}\n"
                         "{\"at_ms\":50000,\"end\":\"complete\"}\n");
    recorded_read(&r);
    struct seen *seen AUTO(mem_free) = look(&r.traces[0], 10 * REPLAY_STEP_NS, NULL);
    assert_int_equal(seen->now[11].source, SOURCE_MODEL);
    assert_int_equal(seen->now[13].source, SOURCE_SIMULATED);
    recorded_done(&r);
}

static void a_trace_of_years_is_refused(void **state)
{
    (void)state;
    struct recorded r;
    struct error err;
    const struct replay_options options = {.every_ns = REPLAY_STEP_NS};
    recorded_init(&r);
    buffer_text(&r.text, "{\"at_ms\":0,\"submit\":{\"id\":\"old\",\"type\":\"overlay\"}}\n"
                         "{\"at_ms\":90000000000,\"end\":\"complete\"}\n");
    recorded_read(&r);
    assert_int_equal(replay_run(&r.traces[0], &options, NULL, &err), ERR_LIMIT);
    assert_non_null(strstr(err.text, "trace old lasts 25000 h, more than 1000"));
    recorded_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bar_goes_from_0_to_1_and_never_back),
        cmocka_unit_test(it_teaches_what_the_live_job_would_have),
        cmocka_unit_test(samples_do_not_depend_on_their_rate),
        cmocka_unit_test(a_censored_trace_stops_where_it_was_cut),
        cmocka_unit_test(a_lost_stream_and_a_new_attempt_are_followed),
        cmocka_unit_test(the_time_in_line_is_what_the_server_said),
        cmocka_unit_test(a_worker_that_says_nothing_is_simulated),
        cmocka_unit_test(a_second_worker_that_says_nothing_is_simulated_too),
        cmocka_unit_test(a_trace_of_years_is_refused),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
