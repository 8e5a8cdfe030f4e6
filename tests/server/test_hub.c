// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hub.h"

#include <stdio.h>

#include "base/text.h"
#include "test.h"

// A viewer that notes how often it was woken, and applies what it takes.
struct watcher {
    struct viewer viewer; // first member: the viewer is the watcher
    int wakes;
};

static void on_wake(struct viewer *v)
{
    ((struct watcher *)v)->wakes++;
}

static struct hub *new_hub(void)
{
    const struct hub_limits limits = {.viewers = 10, .viewers_per_user = 8, .viewers_per_job = 5};
    return hub_new(&limits);
}

static struct watcher new_watcher(enum viewer_form form)
{
    return (struct watcher){.viewer = {.form = form, .wake = on_wake}};
}

static void update(struct hub *hub, const char *job, uint64_t seq, double fraction,
                   enum job_state state)
{
    struct job_snapshot *s AUTO(mem_free) = mem_new(struct job_snapshot);
    (void)text_copy(s->job, sizeof(s->job), job);
    s->seq = seq;
    s->state = state;
    s->progress.type = EXPORT_FRAMING_AI;
    s->progress.attempt = 1;
    s->progress.fraction = fraction;
    hub_update(hub, "anna", s, 0);
}

static void run_to(struct hub *hub, const char *job, uint64_t seq)
{
    update(hub, job, seq, (double)seq / 1000, JOB_RUNNING);
    hub_tick(hub, 0);
}

// Takes one message; its text, "" when there is none.
static const char *take(struct hub *hub, struct watcher *w, char text[static 4096])
{
    struct message *m AUTO(message_unref) = hub_take(hub, &w->viewer);
    (void)snprintf(text, 4096, "%s", m ? message_bytes(m) : "");
    return text;
}

static void a_viewer_is_first_sent_the_whole_and_then_what_changed(void **state)
{
    (void)state;
    char text[4096];
    struct hub *hub AUTO(hub_free) = new_hub();
    struct watcher w = new_watcher(VIEWER_LINES);
    run_to(hub, "j", 1);
    assert_int_equal(hub_join_job(hub, &w.viewer, "anna", "j", NULL), OK);
    assert_int_equal(w.wakes, 1);
    assert_non_null(strstr(take(hub, &w, text), "\"phases\""));
    assert_string_equal(take(hub, &w, text), "");
    run_to(hub, "j", 2);
    assert_int_equal(w.wakes, 2);
    take(hub, &w, text);
    assert_null(strstr(text, "\"phases\""));
    assert_non_null(strstr(text, "\"seq\":2"));
    assert_true(strlen(text) <= SNAPSHOT_SHORT_MAX);
    hub_leave(hub, &w.viewer);
}

static void whoever_missed_a_tick_is_sent_the_newest_whole(void **state)
{
    (void)state;
    char text[4096];
    struct hub *hub AUTO(hub_free) = new_hub();
    struct watcher quick = new_watcher(VIEWER_LINES);
    struct watcher slow = new_watcher(VIEWER_LINES);
    run_to(hub, "j", 1);
    assert_int_equal(hub_join_job(hub, &quick.viewer, "anna", "j", NULL), OK);
    assert_int_equal(hub_join_job(hub, &slow.viewer, "anna", "j", NULL), OK);
    take(hub, &quick, text);
    take(hub, &slow, text);
    for (uint64_t seq = 2; seq < 100; seq++) {
        run_to(hub, "j", seq);
        take(hub, &quick, text);
    }
    assert_int_equal(slow.wakes, 2); // woken once for all that it did not take
    take(hub, &slow, text);
    assert_non_null(strstr(text, "\"phases\""));
    assert_non_null(strstr(text, "\"seq\":99"));
    assert_string_equal(take(hub, &slow, text), "");
    struct hub_stats stats;
    hub_stats(hub, &stats);
    assert_int_equal(stats.skips, 1);
    hub_leave(hub, &quick.viewer);
    hub_leave(hub, &slow.viewer);
}

static void what_changed_is_rendered_once_for_all(void **state)
{
    (void)state;
    enum { N = 5 };
    struct hub *hub AUTO(hub_free) = new_hub();
    struct watcher watchers[N];
    struct hub_stats before;
    struct hub_stats after;
    run_to(hub, "j", 1);
    for (int i = 0; i < N; i++) {
        watchers[i] = new_watcher(VIEWER_LINES);
        assert_int_equal(hub_join_job(hub, &watchers[i].viewer, "anna", "j", NULL), OK);
        message_unref(hub_take(hub, &watchers[i].viewer));
    }
    hub_stats(hub, &before);
    run_to(hub, "j", 2);
    struct message *first = hub_take(hub, &watchers[0].viewer);
    for (int i = 1; i < N; i++) {
        struct message *m AUTO(message_unref) = hub_take(hub, &watchers[i].viewer);
        assert_ptr_equal(m, first);
    }
    hub_stats(hub, &after);
    assert_int_equal(after.rendered - before.rendered, 1);
    assert_int_equal(after.messages - before.messages, N);
    for (int i = 0; i < N; i++)
        hub_leave(hub, &watchers[i].viewer);
    assert_int_equal(first->references, 2); // ours, and the job's for whoever still comes
    message_unref(first);
}

static void a_change_of_state_is_sent_whole(void **state)
{
    (void)state;
    char text[4096];
    struct hub *hub AUTO(hub_free) = new_hub();
    struct watcher w = new_watcher(VIEWER_LINES);
    run_to(hub, "j", 1);
    assert_int_equal(hub_join_job(hub, &w.viewer, "anna", "j", NULL), OK);
    take(hub, &w, text);
    assert_false(hub_has_ended(&w.viewer));
    update(hub, "j", 2, 0.9, JOB_COMPLETE);
    hub_tick(hub, 0);
    take(hub, &w, text);
    assert_non_null(strstr(text, "\"phases\""));
    assert_non_null(strstr(text, "\"complete\""));
    assert_false(hub_has_ended(&w.viewer)); // it has, but the bar has not
    update(hub, "j", 3, 1, JOB_COMPLETE);
    hub_tick(hub, 0);
    assert_false(hub_has_ended(&w.viewer)); // nor does the viewer know
    take(hub, &w, text);
    assert_true(hub_has_ended(&w.viewer));
    hub_leave(hub, &w.viewer);
}

static void events_have_the_sequence_number_as_id(void **state)
{
    (void)state;
    char text[4096];
    struct hub *hub AUTO(hub_free) = new_hub();
    struct watcher w = new_watcher(VIEWER_EVENTS);
    run_to(hub, "j", 7);
    assert_int_equal(hub_join_job(hub, &w.viewer, "anna", "j", NULL), OK);
    take(hub, &w, text);
    assert_true(text_starts(text, "id: 7\ndata: {"));
    assert_true(text_ends(text, "}\n\n"));
    run_to(hub, "j", 8);
    take(hub, &w, text);
    assert_true(text_starts(text, "id: 8\ndata: {"));
    assert_null(strstr(text, "\"phases\""));
    hub_leave(hub, &w.viewer);
}

static void old_snapshots_are_ignored(void **state)
{
    (void)state;
    struct hub *hub AUTO(hub_free) = new_hub();
    run_to(hub, "j", 5);
    update(hub, "j", 4, 0.9, JOB_RUNNING);
    update(hub, "j", 5, 0.9, JOB_RUNNING);
    assert_false(hub_has_news(hub));
    assert_int_equal(hub_find(hub, "anna", "j")->seq, 5);
}

static void one_viewer_of_all_jobs_is_told_of_each_and_then_that_this_was_all(void **state)
{
    (void)state;
    char text[4096];
    struct hub *hub AUTO(hub_free) = new_hub();
    struct watcher w = new_watcher(VIEWER_LINES);
    run_to(hub, "a", 1);
    run_to(hub, "b", 1);
    assert_int_equal(hub_join_user(hub, &w.viewer, "anna", NULL), OK);
    take(hub, &w, text);
    const char *second = strchr(text, '\n');
    assert_non_null(second);
    assert_non_null(strstr(text, "\"job\":\"a\""));
    assert_non_null(strstr(second, "\"job\":\"b\""));
    assert_true(w.viewer.is_waiting);
    assert_string_equal(take(hub, &w, text), "{\"synced\":true}");
    assert_string_equal(take(hub, &w, text), "");
    assert_false(w.viewer.is_waiting);
    // One message tells of all that one tick changed, a job that is new among them.
    update(hub, "a", 2, 0.1, JOB_RUNNING);
    update(hub, "c", 1, 0.1, JOB_QUEUED);
    hub_tick(hub, 0);
    take(hub, &w, text);
    assert_null(strstr(text, "\"job\":\"b\""));
    assert_non_null(strstr(text, "\"job\":\"a\""));
    assert_non_null(strstr(text, "\"job\":\"c\""));
    assert_string_equal(take(hub, &w, text), "");
    hub_leave(hub, &w.viewer);
}

static void a_slow_viewer_of_all_jobs_is_sent_only_what_it_missed(void **state)
{
    (void)state;
    char text[4096];
    struct hub *hub AUTO(hub_free) = new_hub();
    struct watcher w = new_watcher(VIEWER_LINES);
    run_to(hub, "a", 1);
    run_to(hub, "b", 1);
    assert_int_equal(hub_join_user(hub, &w.viewer, "anna", NULL), OK);
    take(hub, &w, text);
    take(hub, &w, text);
    run_to(hub, "b", 2);
    run_to(hub, "b", 3);
    take(hub, &w, text);
    assert_null(strstr(text, "\"job\":\"a\""));
    assert_non_null(strstr(text, "\"seq\":3"));
    assert_null(strchr(text, '\n'));
    assert_string_equal(take(hub, &w, text), "");
    hub_leave(hub, &w.viewer);
}

static void what_was_missed_of_many_jobs_comes_in_pieces(void **state)
{
    (void)state;
    enum { N = 200 };
    struct hub *hub AUTO(hub_free) = new_hub();
    struct watcher w = new_watcher(VIEWER_LINES);
    for (int i = 0; i < N; i++) {
        char job[16];
        (void)snprintf(job, sizeof(job), "j%d", i);
        update(hub, job, 1, 0, JOB_QUEUED);
    }
    hub_tick(hub, 0);
    assert_int_equal(hub_join_user(hub, &w.viewer, "anna", NULL), OK);
    int lines = 0;
    int pieces = 0;
    bool synced = false;
    for (struct message *m; (m = hub_take(hub, &w.viewer)); message_unref(m), pieces++) {
        assert_true(m->size < 64 * 1024);
        assert_false(synced);
        synced = strcmp(message_bytes(m), "{\"synced\":true}") == 0;
        for (const char *p = message_bytes(m); p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
            lines += !synced;
    }
    assert_true(synced);
    assert_int_equal(lines, N);
    assert_true(pieces > 3);
    hub_leave(hub, &w.viewer);
}

static void nobody_sees_the_jobs_of_somebody_else(void **state)
{
    (void)state;
    char text[4096];
    struct hub *hub AUTO(hub_free) = new_hub();
    struct watcher w = new_watcher(VIEWER_LINES);
    run_to(hub, "j", 1);
    assert_null(hub_find(hub, "bob", "j"));
    assert_int_equal(hub_join_job(hub, &w.viewer, "bob", "j", NULL), ERR_NOT_FOUND);
    assert_int_equal(hub_join_user(hub, &w.viewer, "bob", NULL), OK);
    assert_string_equal(take(hub, &w, text), "{\"synced\":true}");
    run_to(hub, "j", 2);
    assert_string_equal(take(hub, &w, text), "");
    hub_leave(hub, &w.viewer);
    hub_leave(hub, &w.viewer);
}

static void viewers_have_their_limits(void **state)
{
    (void)state;
    struct hub *hub AUTO(hub_free) = new_hub();
    struct watcher watchers[10];
    int joined = 0;
    run_to(hub, "a", 1);
    run_to(hub, "b", 1);
    for (int i = 0; i < 10; i++)
        watchers[i] = new_watcher(VIEWER_LINES);
    for (; joined < 5; joined++)
        assert_int_equal(hub_join_job(hub, &watchers[joined].viewer, "anna", "a", NULL), OK);
    assert_int_equal(hub_join_job(hub, &watchers[joined].viewer, "anna", "a", NULL), ERR_LIMIT);
    for (; joined < 8; joined++)
        assert_int_equal(hub_join_job(hub, &watchers[joined].viewer, "anna", "b", NULL), OK);
    assert_int_equal(hub_join_user(hub, &watchers[joined].viewer, "anna", NULL), ERR_LIMIT);
    for (; joined < 10; joined++)
        assert_int_equal(hub_join_user(hub, &watchers[joined].viewer, "bob", NULL), OK);
    struct watcher one_more = new_watcher(VIEWER_LINES);
    assert_int_equal(hub_join_user(hub, &one_more.viewer, "carol", NULL), ERR_LIMIT);
    hub_leave(hub, &watchers[0].viewer);
    assert_int_equal(hub_join_user(hub, &one_more.viewer, "carol", NULL), OK);
    hub_leave(hub, &one_more.viewer);
    for (int i = 1; i < 10; i++)
        hub_leave(hub, &watchers[i].viewer);
}

static void jobs_that_ended_are_forgotten_when_nobody_looks(void **state)
{
    (void)state;
    struct hub *hub AUTO(hub_free) = new_hub();
    struct watcher w = new_watcher(VIEWER_LINES);
    update(hub, "a", 1, 1, JOB_COMPLETE);
    update(hub, "b", 1, 1, JOB_FAILED);
    hub_tick(hub, 0);
    assert_int_equal(hub_join_job(hub, &w.viewer, "anna", "a", NULL), OK);
    hub_tick(hub, HUB_LINGER_NS);
    assert_non_null(hub_find(hub, "anna", "b"));
    hub_tick(hub, HUB_LINGER_NS + 1);
    assert_non_null(hub_find(hub, "anna", "a")); // somebody looks
    assert_null(hub_find(hub, "anna", "b"));
    hub_leave(hub, &w.viewer);
    hub_tick(hub, 2 * HUB_LINGER_NS + 2);
    assert_null(hub_find(hub, "anna", "a"));
    struct hub_stats stats;
    hub_stats(hub, &stats);
    assert_int_equal(stats.jobs, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_viewer_is_first_sent_the_whole_and_then_what_changed),
        cmocka_unit_test(whoever_missed_a_tick_is_sent_the_newest_whole),
        cmocka_unit_test(what_changed_is_rendered_once_for_all),
        cmocka_unit_test(a_change_of_state_is_sent_whole),
        cmocka_unit_test(events_have_the_sequence_number_as_id),
        cmocka_unit_test(old_snapshots_are_ignored),
        cmocka_unit_test(one_viewer_of_all_jobs_is_told_of_each_and_then_that_this_was_all),
        cmocka_unit_test(a_slow_viewer_of_all_jobs_is_sent_only_what_it_missed),
        cmocka_unit_test(what_was_missed_of_many_jobs_comes_in_pieces),
        cmocka_unit_test(nobody_sees_the_jobs_of_somebody_else),
        cmocka_unit_test(viewers_have_their_limits),
        cmocka_unit_test(jobs_that_ended_are_forgotten_when_nobody_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
