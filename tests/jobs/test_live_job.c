// SPDX-License-Identifier: GPL-3.0-or-later
// test_live_job.c — a job in memory, its worker's file, and the same file read by a later one.
#include "test.h"

#include <math.h>
#include <stdio.h>

#include "../storage/folder.h"
#include "jobs/live_job.h"

#define S INT64_C(1000000000)

static const struct features fifty = {.has_frames_upscale = true, .frames_upscale = 50};

static struct live_job *new_job(void)
{
    static struct model model;
    struct job_row row = {
        .number = 1, .id = "j", .user = "ada", .state = JOB_RUNNING, .attempt = 1};
    model_init(&model);
    return live_job_new(&row, EXPORT_FRAMING_AI, &fifty, &model, 100 * S);
}

// The lines of a worker that makes a frame a second, up to `frames`.
static void write_lines(int frames)
{
    FILE *f = fopen("lines", "w");
    assert_non_null(f);
    (void)fprintf(
        f, "{\"v\":1,\"job\":\"j\",\"attempt\":1,\"seq\":0,\"t_ms\":0,\"ev\":\"hello\","
           "\"worker\":\"w9\",\"plan\":[{\"phase\":\"upscale\",\"unit\":\"frames\",\"total\":"
           "50}]}\nno line of ours\n");
    for (int i = 1; i <= frames; i++)
        (void)fprintf(f,
                      "{\"v\":1,\"job\":\"j\",\"attempt\":1,\"seq\":%d,\"t_ms\":%d,\"ev\":"
                      "\"progress\",\"phase\":\"upscale\",\"done\":%d,\"total\":50}\n",
                      i, i * 1000, i);
    assert_int_equal(fclose(f), 0);
}

static void lines_are_taken_in_as_they_come(void **state)
{
    (void)state;
    struct live_job *j AUTO(live_job_free) = new_job();
    (void)remove("lines");
    live_job_begin(j, 100 * S);
    assert_false(live_job_read(j, "lines", 101 * S)); // not there yet
    write_lines(3);
    assert_true(live_job_read(j, "lines", 104 * S));
    assert_false(live_job_read(j, "lines", 105 * S));
    assert_true(j->hello);
    assert_int_equal(j->heard_ns, 104 * S);
    live_job_look(j, 3, 105 * S);
    assert_int_equal(j->snapshot.progress.phases[PHASE_UPSCALE].done_units, 3);
    assert_string_equal(j->snapshot.worker, "w9");
    assert_string_equal(j->snapshot.message, "Upscaling frame 3/50");
}

// The worker went on for 20 s; a later supervisor reads all at once and knows the pace as if it
// had been there.
static void a_replay_gives_the_pace_of_the_worker(void **state)
{
    (void)state;
    struct live_job *j AUTO(live_job_free) = new_job();
    write_lines(20);
    live_job_begin(j, 100 * S);
    live_job_replay(j, "lines", 100 * S, 121 * S);
    j->row.ceiling = 0.25;
    const struct job_snapshot earlier = {.seq = 77, .worker = "w9"};
    live_job_restore(j, &earlier, 121 * S);
    live_job_look(j, 3, 121 * S);
    const struct snapshot *p = &j->snapshot.progress;
    assert_true(p->units_per_second > 0.9 && p->units_per_second < 1.1);
    assert_in_range(p->eta_ns / S, 25, 40);                 // 30 frames are left
    assert_true(p->fraction >= 0.25 && p->fraction < 0.27); // no leap either
    assert_int_equal(p->elapsed_ns, 21 * S);
    assert_int_equal(j->heard_ns, 120 * S);
    assert_true(j->snapshot.seq > 77 + LIVE_JOB_SEQ_GAP);
    assert_int_equal(j->feed->counts.broken, 1);
}

static void what_was_expected_at_the_plan_is_known_again_after_a_replay(void **state)
{
    (void)state;
    struct live_job *seen AUTO(live_job_free) = new_job();
    struct live_job *again AUTO(live_job_free) = new_job();
    struct live_job *late AUTO(live_job_free) = new_job();
    const struct job_snapshot earlier = {0};
    live_job_begin(seen, 100 * S);
    for (int i = 1; i <= 20; i++) {
        write_lines(i);
        (void)live_job_read(seen, "lines", (100 + i) * S);
    }
    assert_true(seen->estimated_s > 1);
    live_job_begin(again, 100 * S);
    live_job_replay(again, "lines", 100 * S, 121 * S);
    live_job_restore(again, &earlier, 121 * S);
    assert_true(fabs(again->estimated_s - seen->estimated_s) < 0.001);
    late->restored = true; // of its first attempt nothing is known
    live_job_begin(late, 130 * S);
    (void)live_job_read(late, "lines", 131 * S);
    assert_true(late->estimated_s == 0);
}

static void a_line_that_is_not_complete_waits_for_its_rest(void **state)
{
    (void)state;
    struct live_job *j AUTO(live_job_free) = new_job();
    static const char line[] =
        "{\"v\":1,\"job\":\"j\",\"attempt\":1,\"seq\":0,\"t_ms\":5,\"ev\":\"hello\"}\n";
    for (size_t cut = 1; cut < sizeof(line) - 1; cut += 20) {
        FILE *f = fopen("lines", "w");
        assert_non_null(f);
        (void)fwrite(line, 1, cut, f);
        (void)fflush(f);
        live_job_begin(j, 100 * S);
        live_job_replay(j, "lines", 100 * S, 101 * S);
        assert_int_equal(j->feed->counts.applied, 0);
        (void)fwrite(line + cut, 1, sizeof(line) - 1 - cut, f);
        (void)fclose(f);
        assert_true(live_job_read(j, "lines", 102 * S));
        assert_int_equal(j->feed->counts.applied, 1);
        assert_int_equal(j->feed->counts.broken, 0);
    }
}

static void a_cancel_that_is_under_way_is_said(void **state)
{
    (void)state;
    struct live_job *j AUTO(live_job_free) = new_job();
    live_job_begin(j, 100 * S);
    j->row.cancel_asked = true;
    live_job_look(j, 3, 101 * S);
    assert_string_equal(j->snapshot.message, "Cancelling…");
    assert_string_equal(j->snapshot.eta_text, "");
}

static int traced(const struct live_job *j, const char *word)
{
    int found = 0;
    for (const char *at = j->trace.text.data; (at = strstr(at, word)); at++)
        found++;
    return found;
}

static void the_trace_has_the_waits_that_are_news(void **state)
{
    (void)state;
    struct live_job *j AUTO(live_job_free) = new_job();
    live_job_trace(j);
    live_job_enter(j, PHASE_QUEUE, 100 * S);
    for (int i = 0; i < 40; i++)
        live_job_wait(j, 40 - i, 0.3, (100 + i) * S); // as was said at first
    assert_int_equal(traced(j, "\"wait\""), 1);
    live_job_wait(j, 30, 0.3, 140 * S);
    assert_int_equal(traced(j, "\"wait\",\"median_s\":30,"), 1);
}

static void the_whole_job_is_measured_before_it_begins(void **state)
{
    (void)state;
    struct live_job *j AUTO(live_job_free) = new_job();
    live_job_measure(j, 100 * S);
    assert_true(j->whole_s > 0.1 && j->whole_s < 3600);
    assert_true(j->whole_sigma > 0.1 && j->whole_sigma <= 1.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_taken_in_as_they_come),
        cmocka_unit_test(a_replay_gives_the_pace_of_the_worker),
        cmocka_unit_test(what_was_expected_at_the_plan_is_known_again_after_a_replay),
        cmocka_unit_test(a_line_that_is_not_complete_waits_for_its_rest),
        cmocka_unit_test(a_cancel_that_is_under_way_is_said),
        cmocka_unit_test(the_trace_has_the_waits_that_are_news),
        cmocka_unit_test(the_whole_job_is_measured_before_it_begins),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
