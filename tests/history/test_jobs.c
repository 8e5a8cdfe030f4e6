// SPDX-License-Identifier: GPL-3.0-or-later
// test_jobs.c — a real file; a second supervisor is a second door to it.
#include "test.h"

#include "../storage/folder.h"
#include "base/text.h"
#include "history/db.h"
#include "history/jobs.h"

static struct jobs *open_jobs(void)
{
    struct jobs *jobs = NULL;
    struct error err = {0};
    if (jobs_open("jobs.db", &jobs, &err) != OK)
        fail_msg("%s (%s)", err.text, err.detail);
    return jobs;
}

static struct job_new new_job(const char *id)
{
    return (struct job_new){.id = id,
                            .user = "ada",
                            .type = "overlay",
                            .spec = "{\"type\":\"overlay\"}",
                            .view = "{\"percent\":0}",
                            .now_ms = 1000};
}

static struct job_row submit(struct jobs *jobs, const struct job_new *add)
{
    struct job_row row;
    struct error err = {0};
    bool created = false;
    if (jobs_submit(jobs, add, &row, &created, &err) != OK)
        fail_msg("%s (%s)", err.text, err.detail);
    assert_true(created);
    return row;
}

static const struct attempt_start a_start = {
    .process = {.pid = 77, .start_ticks = 123456, .boot = "a-boot"}, .token_hash = {1, 2, 3}};

static void move(struct jobs *jobs, struct job_row *row, enum job_state to)
{
    struct error err = {0};
    const struct job_move m = {
        .to = to, .now_ms = 2000, .start = to == JOB_STARTING ? &a_start : NULL};
    if (jobs_move(jobs, row, &m, &err) != OK)
        fail_msg("%s (%s)", err.text, err.detail);
    assert_int_equal(row->state, to);
}

static void a_job_is_found_as_it_was_submitted(void **state)
{
    (void)state;
    struct jobs *jobs AUTO(jobs_free) = open_jobs();
    struct job_new add = new_job("found");
    add.priority = -3;
    (void)submit(jobs, &add);
    struct jobs *other AUTO(jobs_free) = open_jobs();
    struct job_row row;
    struct error err = {0};
    struct buffer view BUFFER_AUTO;
    struct buffer spec BUFFER_AUTO;
    buffer_init(&view, 1000);
    buffer_init(&spec, 1000);
    assert_int_equal(jobs_find(other, "found", &row, &view, &err), OK);
    assert_string_equal(row.user, "ada");
    assert_int_equal(row.state, JOB_QUEUED);
    assert_int_equal(row.attempt, 0);
    assert_int_equal(row.priority, -3);
    assert_int_equal(row.submitted_ms, 1000);
    assert_string_equal(buffer_string(&view), add.view);
    assert_int_equal(jobs_spec(other, row.number, &spec, &err), OK);
    assert_string_equal(buffer_string(&spec), add.spec);
    assert_int_equal(jobs_find(other, "nobody", &row, NULL, &err), ERR_NOT_FOUND);
    assert_string_equal(err.text, "there is no job nobody");
}

static void a_key_gives_the_same_job_again(void **state)
{
    (void)state;
    struct jobs *jobs AUTO(jobs_free) = open_jobs();
    struct job_new add = new_job("first");
    add.idempotency_key = "k1";
    struct job_row first = submit(jobs, &add);
    struct job_row again;
    struct error err = {0};
    bool created = true;
    add.id = "second";
    assert_int_equal(jobs_submit(jobs, &add, &again, &created, &err), OK);
    assert_false(created);
    assert_string_equal(again.id, first.id);
    add.spec = "{\"type\":\"other\"}";
    assert_int_equal(jobs_submit(jobs, &add, &again, &created, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.text, "k1"));
    add.id = "third"; // somebody else's key of the same name is another
    add.user = "bob";
    (void)submit(jobs, &add);
}

static void an_output_has_one_writer_at_a_time(void **state)
{
    (void)state;
    struct jobs *jobs AUTO(jobs_free) = open_jobs();
    struct job_new add = new_job("writer");
    add.output = "out/film.mp4";
    struct job_row writer = submit(jobs, &add);
    struct job_row row;
    struct error err = {0};
    bool created;
    add.id = "other";
    assert_int_equal(jobs_submit(jobs, &add, &row, &created, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.text, "writer"));
    assert_non_null(strstr(err.text, "out/film.mp4"));
    move(jobs, &writer, JOB_CANCELLED);
    (void)submit(jobs, &add);
}

static void a_move_by_who_was_overtaken_changes_nothing(void **state)
{
    (void)state;
    struct jobs *jobs AUTO(jobs_free) = open_jobs();
    struct jobs *other AUTO(jobs_free) = open_jobs();
    struct job_new add = new_job("raced");
    struct job_row mine = submit(jobs, &add);
    struct job_row theirs = mine;
    struct error err = {0};
    move(other, &theirs, JOB_STARTING);
    const struct job_move cancel = {.to = JOB_CANCELLED, .view = "{}", .now_ms = 3000};
    assert_int_equal(jobs_move(jobs, &mine, &cancel, &err), ERR_CONFLICT);
    assert_int_equal(mine.state, JOB_QUEUED); // what it believed
    struct buffer view BUFFER_AUTO;
    buffer_init(&view, 1000);
    assert_int_equal(jobs_find(jobs, "raced", &mine, &view, &err), OK);
    assert_int_equal(mine.state, JOB_STARTING);
    assert_string_equal(buffer_string(&view), add.view);
    // The same state and attempt, but somebody asked for a cancel in between.
    assert_int_equal(jobs_ask_cancel(jobs, &mine, &err), OK);
    const struct job_move run = {.to = JOB_RUNNING, .now_ms = 3000};
    assert_int_equal(jobs_move(other, &theirs, &run, &err), ERR_CONFLICT);
}

static void a_move_that_no_state_allows_is_refused(void **state)
{
    (void)state;
    struct jobs *jobs AUTO(jobs_free) = open_jobs();
    struct job_new add = new_job("final");
    struct job_row row = submit(jobs, &add);
    struct error err = {0};
    move(jobs, &row, JOB_FAILED);
    const struct job_move again = {.to = JOB_QUEUED, .now_ms = 3000};
    assert_int_equal(jobs_move(jobs, &row, &again, &err), ERR_CONFLICT);
    assert_string_equal(err.text, "a failed job cannot become queued");
    assert_int_equal(jobs_ask_cancel(jobs, &row, &err), ERR_CONFLICT);
}

static void attempts_are_kept_with_process_and_end(void **state)
{
    (void)state;
    struct jobs *jobs AUTO(jobs_free) = open_jobs();
    struct job_new add = new_job("tried");
    struct job_row row = submit(jobs, &add);
    struct attempt_row attempt;
    struct error err = {0};
    assert_int_equal(jobs_attempt(jobs, row.number, 1, &attempt, &err), ERR_NOT_FOUND);
    move(jobs, &row, JOB_STARTING);
    assert_int_equal(row.attempt, 1);
    assert_int_equal(jobs_attempt(jobs, row.number, 1, &attempt, &err), OK);
    assert_false(attempt.ended);
    assert_int_equal(attempt.process.pid, 77);
    assert_int_equal(attempt.process.start_ticks, 123456);
    assert_string_equal(attempt.process.boot, "a-boot");
    assert_memory_equal(attempt.token_hash, a_start.token_hash, JOBS_TOKEN_HASH);
    const struct attempt_end end = {.how = "died", .code = "worker", .text = "killed"};
    const struct job_move back = {
        .to = JOB_QUEUED, .now_ms = 4000, .due_ms = 9000, .end = &end, .view = "{\"percent\":3}"};
    assert_int_equal(jobs_move(jobs, &row, &back, &err), OK);
    assert_int_equal(row.due_ms, 9000);
    assert_int_equal(jobs_attempt(jobs, row.number, 1, &attempt, &err), OK);
    assert_true(attempt.ended);
    assert_string_equal(attempt.how, "died");
    move(jobs, &row, JOB_STARTING);
    assert_int_equal(row.attempt, 2);
    struct jobs_counts counts;
    assert_int_equal(jobs_count(jobs, &counts, &err), OK);
    assert_true(counts.open_attempts >= 1);
    assert_true(counts.jobs[JOB_STARTING] >= 1);
}

static void what_viewers_see_is_replaced(void **state)
{
    (void)state;
    struct jobs *jobs AUTO(jobs_free) = open_jobs();
    struct job_new a = new_job("seen-a");
    struct job_new b = new_job("seen-b");
    struct job_row row_a = submit(jobs, &a);
    struct job_row row_b = submit(jobs, &b);
    const struct job_view views[] = {{row_a.number, "{\"percent\":1}", 0.01},
                                     {row_b.number, "{\"percent\":2}", 0.0234567}};
    struct error err = {0};
    assert_int_equal(jobs_show(jobs, views, 2, &err), OK);
    struct buffer view BUFFER_AUTO;
    buffer_init(&view, 1000);
    assert_int_equal(jobs_find(jobs, "seen-b", &row_b, &view, &err), OK);
    assert_string_equal(buffer_string(&view), "{\"percent\":2}");
    assert_int_equal(row_b.version, 0); // a view is no transition
    assert_true(row_b.ceiling >= 0.0234567 && row_b.ceiling <= 0.0234567);
}

static enum status gather(void *context, const struct job_row *row, const char *view,
                          struct error *err)
{
    (void)view;
    (void)err;
    char *all = context;
    strcat(strcat(all, row->id), " ");
    return OK;
}

static void lists_come_in_pages_newest_first(void **state)
{
    (void)state;
    struct jobs *jobs AUTO(jobs_free) = open_jobs();
    static const char *const ids[] = {"p1", "p2", "p3", "p4"};
    struct job_row rows[4];
    struct error err = {0};
    for (int i = 0; i < 4; i++) {
        struct job_new add = new_job(ids[i]);
        add.user = "paula";
        rows[i] = submit(jobs, &add);
    }
    move(jobs, &rows[2], JOB_FAILED);
    const struct {
        struct jobs_query query;
        const char *expected;
    } cases[] = {
        {{.user = "paula", .limit = 2}, "p4 p3 "},
        {{.user = "paula", .limit = 9, .before = rows[2].number}, "p2 p1 "},
        {{.user = "paula", .which = JOBS_ACTIVE, .limit = 9}, "p4 p2 p1 "},
        {{.user = "paula", .which = JOBS_ENDED, .limit = 9}, "p3 "},
        {{.user = "nobody", .limit = 9}, ""},
        {{.limit = 1}, "p4 "},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char all[256] = "";
        assert_int_equal(jobs_list(jobs, &cases[i].query, gather, all, &err), OK);
        assert_string_equal(all, cases[i].expected);
    }
}

static void a_retry_is_one_new_job(void **state)
{
    (void)state;
    struct jobs *jobs AUTO(jobs_free) = open_jobs();
    struct job_new add = new_job("torn");
    struct job_row torn = submit(jobs, &add);
    move(jobs, &torn, JOB_FAILED);
    struct job_new anew = new_job("anew");
    anew.retry_of = "torn";
    (void)submit(jobs, &anew);
    struct job_row again;
    bool created = true;
    struct error err = {0};
    anew.id = "anew-2";
    assert_int_equal(jobs_submit(jobs, &anew, &again, &created, &err), OK);
    assert_false(created);
    assert_string_equal(again.id, "anew");
}

// Ended at `now_ms`.
static void add_ended(struct jobs *jobs, const char *id, int64_t now_ms)
{
    struct error err = {0};
    const struct job_new add = new_job(id);
    struct job_row row = submit(jobs, &add);
    move(jobs, &row, JOB_STARTING);
    const struct job_move m = {
        .to = JOB_FAILED, .now_ms = now_ms, .end = &(struct attempt_end){.how = "died"}};
    assert_int_equal(jobs_move(jobs, &row, &m, &err), OK);
}

static int count_rows(const char *table)
{
    char sql[80];
    struct db *db AUTO(db_free) = NULL;
    struct statement *s AUTO(statement_free) = NULL;
    struct error err = {0};
    bool row;
    (void)snprintf(sql, sizeof(sql), "SELECT count(*) AS n FROM %s", table);
    assert_int_equal(db_open(&(struct db_options){.path = "jobs.db"}, &db, &err), OK);
    assert_int_equal(db_prepare(db, sql, &s, &err), OK);
    assert_int_equal(statement_step(s, &row, &err), OK);
    return (int)column_int(s, "n");
}

static uint32_t prune(struct jobs *jobs, int64_t since_ms, int64_t count, uint32_t limit)
{
    struct error err = {0};
    uint32_t removed = 0;
    const struct jobs_keep keep = {.since_ms = since_ms, .count = count};
    if (jobs_prune(jobs, &keep, limit, &removed, &err) != OK)
        fail_msg("%s (%s)", err.text, err.detail);
    return removed;
}

static void ended_jobs_are_pruned_by_age_and_number_with_all_that_is_known_of_them(void **state)
{
    (void)state;
    static const char *const tables[] = {"jobs", "job_specs", "job_views", "attempts"};
    assert_int_equal(remove("jobs.db"), 0);
    struct jobs *jobs AUTO(jobs_free) = open_jobs();
    struct job_new waits = new_job("waits");
    struct job_row row;
    struct error err = {0};
    (void)submit(jobs, &waits); // however old
    add_ended(jobs, "b", 7000); // ends are not in the order of submits
    add_ended(jobs, "a", 5000);
    add_ended(jobs, "c", 8000);
    add_ended(jobs, "d", 9000);
    assert_int_equal(prune(jobs, 5000, 0, 10), 0);
    assert_int_equal(prune(jobs, 5001, 0, 10), 1);
    assert_int_equal(jobs_find(jobs, "a", &row, NULL, &err), ERR_NOT_FOUND);
    assert_int_equal(prune(jobs, 0, 3, 10), 0);
    assert_int_equal(prune(jobs, 0, 1, 1), 1); // no more than asked for, the oldest first
    assert_int_equal(jobs_find(jobs, "b", &row, NULL, &err), ERR_NOT_FOUND);
    assert_int_equal(prune(jobs, 0, 1, 10), 1);
    assert_int_equal(prune(jobs, 0, 1, 10), 0);
    assert_int_equal(jobs_find(jobs, "d", &row, NULL, &err), OK);
    assert_int_equal(prune(jobs, INT64_MAX, 1, 10), 1);
    assert_int_equal(jobs_find(jobs, "waits", &row, NULL, &err), OK);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        assert_int_equal(count_rows(tables[i]), strcmp(tables[i], "attempts") != 0);
    (void)submit(jobs, &(struct job_new){.id = "a", // the name is free again
                                         .user = "ada",
                                         .type = "overlay",
                                         .spec = "{}",
                                         .view = "{}",
                                         .now_ms = 1000});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_is_found_as_it_was_submitted),
        cmocka_unit_test(a_key_gives_the_same_job_again),
        cmocka_unit_test(an_output_has_one_writer_at_a_time),
        cmocka_unit_test(a_move_by_who_was_overtaken_changes_nothing),
        cmocka_unit_test(a_move_that_no_state_allows_is_refused),
        cmocka_unit_test(attempts_are_kept_with_process_and_end),
        cmocka_unit_test(what_viewers_see_is_replaced),
        cmocka_unit_test(lists_come_in_pages_newest_first),
        cmocka_unit_test(a_retry_is_one_new_job),
        cmocka_unit_test(ended_jobs_are_pruned_by_age_and_number_with_all_that_is_known_of_them),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
