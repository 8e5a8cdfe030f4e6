// SPDX-License-Identifier: GPL-3.0-or-later
// The feed against a tracker that only writes down what it was told.
#include "job/feed.h"

#include <stdio.h>

#include "progress/tracker.h"
#include "test.h"

static struct buffer told;
static struct tracker tracker;

// ---- the tracker's functions that the feed calls; the linker takes these ----

void tracker_alive(struct tracker *t, int64_t now_ns)
{
    (void)t, (void)now_ns;
    buffer_text(&told, ".");
}

void tracker_attempt(struct tracker *t, uint32_t attempt, int64_t now_ns)
{
    (void)t, (void)now_ns;
    buffer_printf(&told, "attempt %u;", attempt);
}

void tracker_hello(struct tracker *t, const struct features *known, int64_t now_ns)
{
    (void)t, (void)now_ns;
    buffer_printf(&told, "hello %s;", known->device);
}

void tracker_plan(struct tracker *t, const struct plan *plan, int64_t now_ns)
{
    (void)t, (void)now_ns;
    buffer_printf(&told, "plan %d;", (int)plan->phases[PHASE_UPSCALE].total_units);
}

void tracker_begin(struct tracker *t, enum phase phase, int64_t now_ns)
{
    (void)t, (void)now_ns;
    buffer_printf(&told, "begin %s;", phase_info(phase)->name);
}

void tracker_end(struct tracker *t, enum phase phase, uint64_t done_units, int64_t now_ns)
{
    (void)t, (void)now_ns;
    buffer_printf(&told, "end %s %d;", phase_info(phase)->name, (int)done_units);
}

void tracker_report(struct tracker *t, const struct report *report, int64_t now_ns)
{
    (void)t;
    buffer_printf(&told, "%s %d@%d", phase_info(report->phase)->name, (int)report->done_units,
                  (int)now_ns);
    if (report->has_total)
        buffer_printf(&told, " of %d", (int)report->total_units);
    buffer_text(&told, ";");
}

// ---- helpers ----

static int start(void **state)
{
    (void)state;
    buffer_init(&told, 1 << 20);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    buffer_done(&told);
    return 0;
}

static struct feed new_feed(void)
{
    struct feed feed;
    feed_init(&feed, "j", 1, &tracker);
    return feed;
}

static void say(struct feed *feed, int attempt, int seq, const char *rest)
{
    char line[600];
    int n = snprintf(line, sizeof(line),
                     "{\"v\":1,\"job\":\"j\",\"attempt\":%d,\"seq\":%d,\"ev\":%s}\n", attempt, seq,
                     rest);
    feed_bytes(feed, line, (size_t)n, seq);
}

static void say_done(struct feed *feed, int attempt, int seq, int done)
{
    char rest[100];
    (void)snprintf(rest, sizeof(rest), "\"progress\",\"phase\":\"upscale\",\"done\":%d", done);
    say(feed, attempt, seq, rest);
}

static void assert_told(const char *expected)
{
    assert_string_equal(buffer_string(&told), expected);
    buffer_clear(&told);
}

// ---- tests ----

static void each_kind_reaches_the_tracker(void **state)
{
    (void)state;
    struct feed feed = new_feed();
    say(&feed, 1, 0, "\"hello\",\"device\":\"d\"");
    assert_told(".hello d;");
    say(&feed, 1, 1, "\"plan\",\"plan\":[{\"phase\":\"upscale\",\"total\":9}]");
    assert_told(".hello ;plan 9;");
    say(&feed, 1, 2, "\"begin\",\"phase\":\"upscale\",\"total\":8");
    assert_told(".begin upscale;upscale 0@2 of 8;");
    say_done(&feed, 1, 3, 5);
    assert_told(".upscale 5@3;");
    say(&feed, 1, 4, "\"end\",\"phase\":\"upscale\",\"done\":8");
    assert_told(".end upscale 8;");
    say(&feed, 1, 5, "\"alive\"");
    say(&feed, 1, 6, "\"note\",\"text\":\"x\"");
    say(&feed, 1, 7, "\"begin\",\"phase\":\"polish\"");
    say(&feed, 1, 8, "\"dance\"");
    assert_told("....");
    assert_int_equal(feed.counts.applied, 9);
    assert_int_equal(feed.counts.unknown, 1);
}

static void a_repeated_line_is_applied_once(void **state)
{
    (void)state;
    struct feed feed = new_feed();
    for (int i = 0; i < 3; i++)
        say_done(&feed, 1, 0, 5);
    assert_told(".upscale 5@0;");
    assert_int_equal(feed.counts.repeated, 2);
}

static void lines_in_another_order_are_all_applied_once(void **state)
{
    (void)state;
    struct feed feed = new_feed();
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 60; i++)
            say_done(&feed, 1, (i * 37) % 60, i);
    }
    assert_int_equal(feed.counts.applied, 60);
    assert_int_equal(feed.counts.repeated, 60);
}

static void lines_far_behind_are_ignored_but_not_the_last_word(void **state)
{
    (void)state;
    struct feed feed = new_feed();
    say_done(&feed, 1, 100, 50);
    say_done(&feed, 1, 37, 10);
    say_done(&feed, 1, 36, 9);
    assert_told(".upscale 50@100;.upscale 10@37;");
    assert_int_equal(feed.counts.stale, 1);
    say(&feed, 1, 2, "\"result\",\"output\":\"o\",\"bytes\":5");
    assert_true(feed.has_result);
    assert_int_equal(feed.result.bytes, 5);
    say(&feed, 1, 3, "\"error\",\"code\":\"io\"");
    assert_false(feed.has_error);
}

static void a_higher_attempt_starts_again_and_a_lower_is_ignored(void **state)
{
    (void)state;
    struct feed feed = new_feed();
    say(&feed, 1, 0, "\"error\",\"code\":\"io\",\"text\":\"cable\"");
    assert_true(feed.has_error);
    assert_string_equal(feed.error.text, "cable");
    buffer_clear(&told);
    say_done(&feed, 2, 0, 1);
    assert_told("attempt 2;.upscale 1@0;");
    assert_false(feed.has_error);
    say_done(&feed, 1, 1, 99);
    assert_told("");
    assert_int_equal(feed.counts.stale, 1);
}

static void another_jobs_lines_are_not_ours(void **state)
{
    (void)state;
    static const char line[] = "{\"v\":1,\"job\":\"k\",\"attempt\":1,\"seq\":0,\"ev\":\"alive\"}\n";
    struct feed feed = new_feed();
    feed_bytes(&feed, line, strlen(line), 0);
    assert_told("");
    assert_int_equal(feed.counts.foreign, 1);
}

static const char stream[] =
    "{\"v\":1,\"job\":\"j\",\"attempt\":1,\"seq\":0,\"ev\":\"alive\"}\r\n"
    "\n"
    "Segmentation fault (core dumped)\n"
    "{\"v\":1,\"job\":\"j\",\"attempt\":1,\"seq\":1,\"ev\":\"begin\",\"phase\":\"init\"}\n"
    "{\"v\":1,\"job\":\"j\",\"attempt\":1,\"seq\":2,\"ev\":\"alive\"}";

static void bytes_may_be_split_anywhere(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < sizeof(stream); piece++) {
        struct feed feed = new_feed();
        for (size_t at = 0; at < strlen(stream); at += piece) {
            size_t left = strlen(stream) - at;
            feed_bytes(&feed, stream + at, left < piece ? left : piece, 0);
        }
        assert_told("..begin init;");
        feed_end(&feed, 0);
        assert_told(".");
        assert_int_equal(feed.counts.broken, 1);
        assert_int_equal(feed.last_broken.status, ERR_INVALID);
    }
}

static void a_line_that_is_too_long_is_skipped_to_its_end(void **state)
{
    (void)state;
    struct feed feed = new_feed();
    char filler[1000];
    memset(filler, 'x', sizeof(filler));
    for (int i = 0; i < 100; i++)
        feed_bytes(&feed, filler, sizeof(filler), 0);
    feed_bytes(&feed, "\n", 1, 0);
    say(&feed, 1, 0, "\"alive\"");
    assert_told(".");
    assert_int_equal(feed.counts.too_long, 1);
    assert_int_equal(feed.counts.broken, 0);
    assert_int_equal(feed.last_broken.status, ERR_LIMIT);
}

static void a_line_of_just_the_limit_is_read(void **state)
{
    (void)state;
    static const char head[] = "{\"v\":1,\"job\":\"j\",\"attempt\":1,\"seq\":0,\"ev\":\"alive\"}";
    for (size_t more = 0; more < 2; more++) {
        struct feed feed = new_feed();
        char line[EVENT_MAX_LINE + 1];
        memset(line, ' ', sizeof(line));
        memcpy(line, head, strlen(head));
        line[EVENT_MAX_LINE - 1 + more] = '\n'; // the limit counts the line end
        feed_bytes(&feed, line, EVENT_MAX_LINE + more, 0);
        assert_int_equal(feed.counts.applied, more ? 0 : 1);
        assert_int_equal(feed.counts.too_long, more);
    }
}

static void count_events(void *context, const struct event *event)
{
    *(int *)context += event->kind == EVENT_NOTE;
}

static void the_owner_hears_of_each_event_once(void **state)
{
    (void)state;
    int notes = 0;
    struct feed feed = new_feed();
    feed.on_event = count_events;
    feed.context = &notes;
    say(&feed, 1, 0, "\"note\",\"text\":\"x\"");
    say(&feed, 1, 0, "\"note\",\"text\":\"x\"");
    assert_int_equal(notes, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(each_kind_reaches_the_tracker),
        CASE(a_repeated_line_is_applied_once),
        CASE(lines_in_another_order_are_all_applied_once),
        CASE(lines_far_behind_are_ignored_but_not_the_last_word),
        CASE(a_higher_attempt_starts_again_and_a_lower_is_ignored),
        CASE(another_jobs_lines_are_not_ours),
        CASE(bytes_may_be_split_anywhere),
        CASE(a_line_that_is_too_long_is_skipped_to_its_end),
        CASE(a_line_of_just_the_limit_is_read),
        CASE(the_owner_hears_of_each_event_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
