// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/reporter.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "sys/clock.h"
#include "test.h"

enum { MAX_EVENTS = 256 };

struct said {
    int pipe[2];
    struct cancel *cancel;
    struct reporter *reporter;
    struct event events[MAX_EVENTS];
    int count;
};

static void open_said(struct said *said)
{
    assert_int_equal(pipe(said->pipe), 0);
    assert_true(fcntl(said->pipe[1], F_SETPIPE_SZ, 1 << 20) > 0);
    said->cancel = cancel_new();
    said->reporter = reporter_new(said->pipe[1], "job-7", 2, said->cancel);
    said->count = 0;
}

// Ends the reporter and parses all that it said.
static void close_said(struct said *said)
{
    reporter_free(said->reporter);
    close(said->pipe[1]);
    FILE *lines = fdopen(said->pipe[0], "r");
    char line[EVENT_MAX_LINE + 1];
    while (fgets(line, sizeof(line), lines)) {
        struct error err;
        assert_true(said->count < MAX_EVENTS);
        if (event_parse(line, strlen(line), &said->events[said->count], &err) != OK)
            fail_msg("%s: %s", err.text, line);
        said->count++;
    }
    (void)fclose(lines);
    cancel_free(said->cancel);
}

static void tell_count(struct said *said, enum phase phase, uint64_t done, uint64_t total)
{
    struct report report = {
        .phase = phase, .done_units = done, .has_total = true, .total_units = total};
    struct listener *listener = reporter_listener(said->reporter);
    listener->report(listener, &report);
}

static void facts_are_all_said_in_order_with_their_job_attempt_and_sequence(void **state)
{
    (void)state;
    static struct said said;
    open_said(&said);
    struct listener *listener = reporter_listener(said.reporter);
    reporter_say(said.reporter, &(struct event){.kind = EVENT_HELLO});
    struct plan plan = {
        .phases[PHASE_ENCODE] = {.present = true, .has_total = true, .total_units = 5}};
    listener->plan(listener, &plan, &(struct features){.has_clips = true, .clips = 3});
    listener->begin(listener, PHASE_ENCODE);
    listener->note(listener, "a clip was skipped");
    listener->end(listener, PHASE_ENCODE, 5, 1500000000);
    reporter_say(said.reporter, &(struct event){.kind = EVENT_RESULT, .result = {.bytes = 9}});
    close_said(&said);
    static const enum event_kind kinds[] = {EVENT_HELLO, EVENT_PLAN, EVENT_BEGIN,
                                            EVENT_NOTE,  EVENT_END,  EVENT_RESULT};
    assert_int_equal(said.count, 6);
    for (int i = 0; i < said.count; i++) {
        assert_int_equal(said.events[i].kind, kinds[i]);
        assert_string_equal(said.events[i].job, "job-7");
        assert_int_equal(said.events[i].attempt, 2);
        assert_int_equal(said.events[i].seq, i);
    }
    assert_int_equal(said.events[1].plan.plan.phases[PHASE_ENCODE].total_units, 5);
    assert_int_equal(said.events[1].plan.features.clips, 3);
    assert_int_equal(said.events[4].phase.done_units, 5);
    assert_true(said.events[4].phase.busy_s == 1.5);
}

static void counts_are_thinned_out_but_the_end_carries_the_last_one(void **state)
{
    (void)state;
    static struct said said;
    open_said(&said);
    struct listener *listener = reporter_listener(said.reporter);
    listener->begin(listener, PHASE_UPSCALE);
    for (uint64_t i = 1; i <= 100000; i++)
        tell_count(&said, PHASE_UPSCALE, i, 100000);
    listener->end(listener, PHASE_UPSCALE, 100000, 1);
    close_said(&said);
    assert_true(said.count >= 2 && said.count < 100);
    assert_int_equal(said.events[said.count - 1].kind, EVENT_END);
    assert_int_equal(said.events[said.count - 1].phase.done_units, 100000);
    uint64_t before = 0;
    for (int i = 1; i < said.count - 1; i++) {
        assert_int_equal(said.events[i].kind, EVENT_PROGRESS);
        assert_true(said.events[i].progress.done_units > before);
        before = said.events[i].progress.done_units;
    }
}

static void a_total_is_said_before_the_end_even_if_no_count_comes_with_it(void **state)
{
    (void)state;
    static struct said said;
    open_said(&said);
    struct listener *listener = reporter_listener(said.reporter);
    struct report report = {.phase = PHASE_UPLOAD, .done_units = 9};
    listener->begin(listener, PHASE_UPLOAD);
    listener->report(listener, &report);
    report.has_total = true;
    report.total_units = 9;
    listener->report(listener, &report);
    listener->end(listener, PHASE_UPLOAD, 9, 1);
    close_said(&said);
    assert_int_equal(said.events[said.count - 1].kind, EVENT_END);
    const struct event *last = &said.events[said.count - 2];
    assert_int_equal(last->kind, EVENT_PROGRESS);
    assert_int_equal(last->progress.done_units, 9);
    assert_true(last->progress.has_total);
    assert_int_equal(last->progress.total_units, 9);
}

static void counts_of_one_class_do_not_hide_those_of_another(void **state)
{
    (void)state;
    static struct said said;
    open_said(&said);
    struct listener *listener = reporter_listener(said.reporter);
    struct report inside = {.phase = PHASE_PROCESS, .cost_class = "inside"};
    struct report outside = {.phase = PHASE_PROCESS, .cost_class = "outside"};
    listener->begin(listener, PHASE_PROCESS);
    for (uint64_t i = 1; i <= 40; i++) {
        inside.done_units = i;
        listener->report(listener, &inside);
        outside.done_units = 2 * i;
        listener->report(listener, &outside);
    }
    close_said(&said); // says what is left
    uint64_t last_inside = 0;
    uint64_t last_outside = 0;
    for (int i = 0; i < said.count; i++) {
        const struct event_progress *p = &said.events[i].progress;
        if (said.events[i].kind != EVENT_PROGRESS)
            continue;
        uint64_t *last = strcmp(p->cost_class, "inside") == 0 ? &last_inside : &last_outside;
        assert_true(p->done_units > *last);
        *last = p->done_units;
    }
    assert_true(last_inside > 0 && last_outside > 0);
}

static void nothing_comes_behind_the_last_word(void **state)
{
    (void)state;
    static struct said said;
    static const enum event_kind last_words[] = {EVENT_ERROR, EVENT_RESULT};
    for (int i = 0; i < 2; i++) {
        open_said(&said);
        struct listener *listener = reporter_listener(said.reporter);
        listener->begin(listener, PHASE_UPSCALE);
        struct event last = {.kind = last_words[i]};
        if (last.kind == EVENT_ERROR)
            last.error.code = ERR_MEDIA;
        reporter_say(said.reporter, &last);
        tell_count(&said, PHASE_UPSCALE, 7, 1000);
        listener->end(listener, PHASE_UPSCALE, 7, 1);
        close_said(&said);
        assert_int_equal(said.events[said.count - 1].kind, last.kind);
    }
}

static void the_first_unit_is_said_at_once(void **state)
{
    (void)state;
    static struct said said;
    open_said(&said);
    struct listener *listener = reporter_listener(said.reporter);
    listener->begin(listener, PHASE_UPSCALE);
    tell_count(&said, PHASE_UPSCALE, 1, 1000);
    char line[2 * EVENT_MAX_LINE] = "";
    size_t n = 0;
    while (!strstr(line, "\"progress\"")) { // blocks until it comes
        ssize_t got = read(said.pipe[0], line + n, sizeof(line) - 1 - n);
        assert_true(got > 0);
        n += (size_t)got;
    }
    assert_non_null(strstr(line, "\"done\":1"));
    close_said(&said);
}

static void a_silent_worker_still_says_that_it_is_alive(void **state)
{
    (void)state;
    static struct said said;
    open_said(&said);
    char line[EVENT_MAX_LINE] = "";
    assert_true(read(said.pipe[0], line, sizeof(line) - 1) > 0); // comes after 1.5 s of silence
    assert_non_null(strstr(line, "\"alive\""));
    close_said(&said);
}

static void a_reader_that_went_away_cancels_the_work(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    close(fds[0]);
    struct cancel *cancel = cancel_new();
    struct reporter *reporter = reporter_new(fds[1], "job", 1, cancel);
    reporter_say(reporter, &(struct event){.kind = EVENT_HELLO});
    reporter_free(reporter);
    assert_true(cancel_fired(cancel));
    close(fds[1]);
    cancel_free(cancel);
}

static void a_reader_that_does_not_read_does_not_hold_up_a_cancelled_worker(void **state)
{
    (void)state;
    static struct said said;
    assert_int_equal(pipe(said.pipe), 0);
    assert_true(fcntl(said.pipe[1], F_SETPIPE_SZ, 4096) > 0);
    struct cancel *cancel = cancel_new();
    struct reporter *reporter = reporter_new(said.pipe[1], "job", 1, cancel);
    struct event note = {.kind = EVENT_NOTE};
    memset(note.note.text, 'n', sizeof(note.note.text) - 1);
    for (int i = 0; i < 100; i++)
        reporter_say(reporter, &note);
    cancel_fire(cancel);
    int64_t fired_ns = clock_now_ns();
    reporter_free(reporter); // would wait for ever
    assert_true(clock_now_ns() - fired_ns < INT64_C(1000000000));
    close(said.pipe[0]);
    close(said.pipe[1]);
    cancel_free(cancel);
}

static void timings_tell_busy_and_wall_time_of_what_ended(void **state)
{
    (void)state;
    static struct said said;
    open_said(&said);
    struct listener *listener = reporter_listener(said.reporter);
    listener->begin(listener, PHASE_ENCODE);
    listener->end(listener, PHASE_ENCODE, 5, 2500000000);
    listener->begin(listener, PHASE_UPLOAD);
    struct record_phase timings[PHASE_COUNT];
    reporter_timings(said.reporter, timings);
    assert_true(timings[PHASE_ENCODE].present && timings[PHASE_ENCODE].busy_s == 2.5);
    assert_true(timings[PHASE_ENCODE].wall_s >= 0);
    assert_false(timings[PHASE_UPLOAD].present);
    close_said(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_all_said_in_order_with_their_job_attempt_and_sequence),
        cmocka_unit_test(counts_are_thinned_out_but_the_end_carries_the_last_one),
        cmocka_unit_test(a_total_is_said_before_the_end_even_if_no_count_comes_with_it),
        cmocka_unit_test(counts_of_one_class_do_not_hide_those_of_another),
        cmocka_unit_test(nothing_comes_behind_the_last_word),
        cmocka_unit_test(the_first_unit_is_said_at_once),
        cmocka_unit_test(a_silent_worker_still_says_that_it_is_alive),
        cmocka_unit_test(a_reader_that_went_away_cancels_the_work),
        cmocka_unit_test(a_reader_that_does_not_read_does_not_hold_up_a_cancelled_worker),
        cmocka_unit_test(timings_tell_busy_and_wall_time_of_what_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
