// SPDX-License-Identifier: GPL-3.0-or-later
// test_db.c — real files of the real library; a second program is a real process.
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../storage/folder.h"
#include "history/db.h"
#include "history/schema.h"

static struct db *open_db(const char *path)
{
    struct db *db = NULL;
    struct error err = {0};
    if (db_open(&(struct db_options){.path = path}, &db, &err) != OK)
        fail_msg("open %s: %s (%s)", path, err.text, err.detail);
    return db;
}

static void run(struct db *db, const char *sql)
{
    struct error err = {0};
    if (db_run(db, sql, &err) != OK)
        fail_msg("%s: %s (%s)", sql, err.text, err.detail);
}

// The one number that `sql` gives under the name n.
static int64_t number(struct db *db, const char *sql)
{
    struct statement *s AUTO(statement_free) = NULL;
    struct error err = {0};
    bool row = false;
    assert_int_equal(db_prepare(db, sql, &s, &err), OK);
    assert_int_equal(statement_step(s, &row, &err), OK);
    assert_true(row);
    return column_int(s, "n");
}

// A file as another program would leave it.
static void foreign(const char *path, const char *sql)
{
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

static void refuses(const char *path, enum status status, const char *words)
{
    struct db *db AUTO(db_free) = NULL;
    struct error err = {0};
    assert_int_equal(db_open(&(struct db_options){.path = path, .busy_ms = 1}, &db, &err), status);
    assert_null(db);
    if (!strstr(err.text, words) || !strstr(err.text, path))
        fail_msg("expected “%s” in: %s", words, err.text);
}

static void test_a_new_file_has_its_tables_and_keeps_what_is_written(void **state)
{
    (void)state;
    struct db *db = open_db("new.db");
    run(db, "INSERT INTO refusals VALUES ('why', 3, 0)");
    db_free(db);
    db = open_db("new.db");
    assert_int_equal(number(db, "SELECT count AS n FROM refusals"), 3);
    db_free(db);
}

static void test_the_journal_is_a_log_and_foreign_keys_hold(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = open_db("pragmas.db");
    assert_int_equal(number(db, "SELECT journal_mode = 'wal' AS n FROM pragma_journal_mode"), 1);
    assert_int_equal(number(db, "SELECT foreign_keys AS n FROM pragma_foreign_keys"), 1);
    assert_int_equal(number(db, "SELECT synchronous AS n FROM pragma_synchronous"), 1);
    struct db *durable AUTO(db_free) = NULL;
    const struct db_options options = {.path = "pragmas.db", .durable = true};
    assert_int_equal(db_open(&options, &durable, NULL), OK);
    assert_int_equal(number(durable, "SELECT synchronous AS n FROM pragma_synchronous"), 2);
}

static void test_an_older_file_is_brought_up_to_date(void **state)
{
    (void)state;
    char sql[2048];
    (void)snprintf(sql, sizeof(sql), "%s; PRAGMA application_id = %d; PRAGMA user_version = 1",
                   schema_migration(0)->sql, SCHEMA_APPLICATION_ID);
    foreign("old.db", sql);
    struct db *db AUTO(db_free) = open_db("old.db");
    assert_int_equal(number(db, "SELECT user_version AS n FROM pragma_user_version"),
                     schema_version());
    assert_int_equal(number(db, "SELECT count(*) AS n FROM models"), 0);
}

static void test_a_newer_file_is_refused_and_left_alone(void **state)
{
    (void)state;
    char sql[96];
    (void)snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = 999",
                   SCHEMA_APPLICATION_ID);
    foreign("newer.db", sql);
    refuses("newer.db", ERR_INVALID, "newer Headway (version 999");
    assert_int_equal(access("newer.db-wal", F_OK), -1);
}

static void test_a_file_of_another_program_is_refused(void **state)
{
    (void)state;
    foreign("other.db", "CREATE TABLE recipes (name TEXT)");
    refuses("other.db", ERR_INVALID, "another program");
}

static void test_a_file_that_is_no_database_is_refused(void **state)
{
    (void)state;
    folder_file("noise.db", 5000);
    refuses("noise.db", ERR_INVALID, "is not a database");
}

static void test_a_damaged_file_is_refused(void **state)
{
    (void)state;
    db_free(open_db("damaged.db"));
    int fd = open("damaged.db", O_WRONLY);
    char zeros[4000] = {0};
    assert_int_equal(pwrite(fd, zeros, sizeof(zeros), 100), sizeof(zeros));
    (void)close(fd);
    refuses("damaged.db", ERR_INVALID, "is damaged");
}

static void test_a_folder_that_is_missing_or_closed_is_named(void **state)
{
    (void)state;
    refuses("nowhere/x.db", ERR_NOT_FOUND, "No such file or directory");
    refuses("/sys/x.db", ERR_PERMISSION, "its folder may not be written");
    assert_int_equal(mkdir("folder.db", 0777), 0);
    refuses("folder.db", ERR_INVALID, "Is a directory");
}

static void test_a_file_that_must_exist_is_not_made(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = NULL;
    struct error err = {0};
    const struct db_options options = {.path = "absent.db", .must_exist = true};
    assert_int_equal(db_open(&options, &db, &err), ERR_NOT_FOUND);
    assert_int_equal(access("absent.db", F_OK), -1);
}

static void test_a_transaction_left_early_leaves_nothing(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = open_db(NULL);
    {
        struct transaction t TRANSACTION_AUTO;
        assert_int_equal(transaction_begin(&t, db, NULL), OK);
        run(db, "INSERT INTO refusals VALUES ('lost', 1, 0)");
    }
    struct transaction t TRANSACTION_AUTO;
    assert_int_equal(transaction_begin(&t, db, NULL), OK);
    run(db, "INSERT INTO refusals VALUES ('kept', 1, 0)");
    assert_int_equal(transaction_commit(&t, NULL), OK);
    assert_int_equal(number(db, "SELECT count(*) AS n FROM refusals"), 1);
}

static void test_values_and_columns_go_by_name(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = open_db(NULL);
    struct statement *in AUTO(statement_free) = NULL;
    struct statement *out AUTO(statement_free) = NULL;
    struct error err = {0};
    bool row;
    run(db, "CREATE TABLE x (i INTEGER, d REAL, t TEXT, b BLOB)");
    assert_int_equal(db_prepare(db, "INSERT INTO x VALUES (:i, :d, :t, :b)", &in, &err), OK);
    bind_int(in, ":i", INT64_MIN);
    bind_number(in, ":d", 0.25);
    bind_text(in, ":t", "größer’;--");
    bind_blob(in, ":b", "a\0b", 3);
    assert_int_equal(statement_run(in, &err), OK);
    assert_int_equal(db_changes(db), 1);
    bind_null(in, ":i");
    bind_text(in, ":t", NULL);
    assert_int_equal(statement_run(in, &err), OK);
    assert_int_equal(db_last_id(db), 2);

    size_t n;
    assert_int_equal(db_prepare(db, "SELECT * FROM x ORDER BY rowid", &out, &err), OK);
    assert_int_equal(statement_step(out, &row, &err), OK);
    assert_int_equal(column_int(out, "i"), INT64_MIN);
    assert_true(column_number(out, "d") == 0.25);
    assert_string_equal(column_text(out, "t"), "größer’;--");
    assert_memory_equal(column_blob(out, "b", &n), "a\0b", 3);
    assert_int_equal(n, 3);
    assert_int_equal(statement_step(out, &row, &err), OK);
    assert_true(row && column_is_null(out, "i") && !column_is_null(out, "d"));
    assert_string_equal(column_text(out, "t"), "");
    assert_int_equal(statement_step(out, &row, &err), OK);
    assert_false(row);
}

static void test_a_row_against_a_constraint_is_a_conflict(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = open_db(NULL);
    struct error err = {0};
    run(db, "INSERT INTO refusals VALUES ('twice', 1, 0)");
    assert_int_equal(db_run(db, "INSERT INTO refusals VALUES ('twice', 1, 0)", &err), ERR_CONFLICT);
}

static void test_a_writer_in_the_way_is_told_and_can_be_tried_again(void **state)
{
    (void)state;
    struct db *first AUTO(db_free) = open_db("busy.db");
    struct db *second AUTO(db_free) = NULL;
    const struct db_options hasty = {.path = "busy.db", .busy_ms = 1};
    assert_int_equal(db_open(&hasty, &second, NULL), OK);
    struct transaction t TRANSACTION_AUTO;
    struct transaction other TRANSACTION_AUTO;
    struct error err = {0};
    assert_int_equal(transaction_begin(&t, first, NULL), OK);
    assert_int_equal(transaction_begin(&other, second, &err), ERR_UNAVAILABLE);
    assert_true(err.retryable && strstr(err.text, "busy.db is in use by another program"));
    assert_int_equal(number(second, "SELECT count(*) AS n FROM refusals"), 0); // readers go on
    transaction_done(&t);
    assert_int_equal(transaction_begin(&other, second, &err), OK);
}

// Counts one up in `rounds` transactions, each of which reads before it writes.
static int count_up(const char *path, int rounds)
{
    struct db *db = NULL;
    struct error err;
    if (db_open(&(struct db_options){.path = path}, &db, &err) != OK) {
        (void)fprintf(stderr, "# %s (%s)\n", err.text, err.detail);
        return 1;
    }
    for (int i = 0; i < rounds; i++) {
        struct transaction t TRANSACTION_AUTO;
        if (transaction_begin(&t, db, NULL) != OK ||
            db_run(db,
                   "INSERT INTO refusals VALUES ('n', 1, 0)"
                   " ON CONFLICT DO UPDATE SET count = count + 1",
                   NULL) != OK ||
            transaction_commit(&t, NULL) != OK)
            return 2;
    }
    db_free(db);
    return 0;
}

static void test_several_programs_open_a_new_file_at_once_and_lose_nothing(void **state)
{
    (void)state;
    enum { PROGRAMS = 6, ROUNDS = 40 };
    pid_t children[PROGRAMS];
    for (int i = 0; i < PROGRAMS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(count_up("shared.db", ROUNDS));
    }
    for (int i = 0; i < PROGRAMS; i++) {
        int how;
        assert_int_equal(waitpid(children[i], &how, 0), children[i]);
        assert_true(WIFEXITED(how));
        assert_int_equal(WEXITSTATUS(how), 0);
    }
    struct db *db AUTO(db_free) = open_db("shared.db");
    assert_int_equal(number(db, "SELECT count AS n FROM refusals"), PROGRAMS * ROUNDS);
}

static void test_a_killed_writer_leaves_the_database_whole(void **state)
{
    (void)state;
    db_free(open_db("killed.db"));
    int said[2];
    assert_int_equal(pipe(said), 0);
    pid_t child = fork();
    if (child == 0) {
        struct db *db = open_db("killed.db");
        struct transaction t = {0};
        if (transaction_begin(&t, db, NULL) != OK)
            _exit(1);
        run(db, "INSERT INTO refusals VALUES ('half', 1, 0)");
        (void)!write(said[1], "x", 1);
        (void)pause();
    }
    char byte;
    assert_int_equal(read(said[0], &byte, 1), 1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    (void)close(said[0]);
    (void)close(said[1]);
    struct db *db AUTO(db_free) = open_db("killed.db");
    assert_int_equal(number(db, "SELECT count(*) AS n FROM refusals"), 0);
    run(db, "INSERT INTO refusals VALUES ('whole', 1, 0)");
}

static void test_a_full_database_is_told_and_what_was_there_stays(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = open_db("full.db");
    struct error err = {0};
    run(db, "INSERT INTO refusals VALUES ('before', 1, 0); PRAGMA max_page_count = 20");
    assert_int_equal(db_run(db, "INSERT INTO refusals SELECT hex(randomblob(200000)), 1, 0", &err),
                     ERR_NO_SPACE);
    assert_int_equal(number(db, "SELECT count(*) AS n FROM refusals"), 1);
}

static void test_a_write_that_the_system_refuses_leaves_what_was_there(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = open_db("limited.db");
    run(db, "INSERT INTO refusals VALUES ('before', 1, 0)");
    struct rlimit before;
    struct error err = {0};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){100000, before.rlim_max}), 0);
    enum status status = db_run(db, "INSERT INTO refusals SELECT hex(randomblob(200000)), 1, 0",
                                &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, ERR_IO);
    assert_int_equal(number(db, "SELECT count(*) AS n FROM refusals"), 1);
}

static void test_a_failed_commit_closes_the_transaction(void **state)
{
    (void)state;
    struct db *db AUTO(db_free) = open_db(NULL);
    struct transaction t TRANSACTION_AUTO;
    struct error err = {0};
    run(db, "CREATE TABLE a (id INTEGER PRIMARY KEY);"
            "CREATE TABLE b (a INTEGER REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED)");
    assert_int_equal(transaction_begin(&t, db, &err), OK);
    run(db, "INSERT INTO b VALUES (7)");
    assert_int_equal(transaction_commit(&t, &err), ERR_CONFLICT);
    assert_int_equal(number(db, "SELECT count(*) AS n FROM b"), 0);
    assert_int_equal(transaction_begin(&t, db, &err), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_file_has_its_tables_and_keeps_what_is_written),
        cmocka_unit_test(test_the_journal_is_a_log_and_foreign_keys_hold),
        cmocka_unit_test(test_an_older_file_is_brought_up_to_date),
        cmocka_unit_test(test_a_newer_file_is_refused_and_left_alone),
        cmocka_unit_test(test_a_file_of_another_program_is_refused),
        cmocka_unit_test(test_a_file_that_is_no_database_is_refused),
        cmocka_unit_test(test_a_damaged_file_is_refused),
        cmocka_unit_test(test_a_folder_that_is_missing_or_closed_is_named),
        cmocka_unit_test(test_a_file_that_must_exist_is_not_made),
        cmocka_unit_test(test_a_transaction_left_early_leaves_nothing),
        cmocka_unit_test(test_values_and_columns_go_by_name),
        cmocka_unit_test(test_a_row_against_a_constraint_is_a_conflict),
        cmocka_unit_test(test_a_writer_in_the_way_is_told_and_can_be_tried_again),
        cmocka_unit_test(test_several_programs_open_a_new_file_at_once_and_lose_nothing),
        cmocka_unit_test(test_a_killed_writer_leaves_the_database_whole),
        cmocka_unit_test(test_a_full_database_is_told_and_what_was_there_stays),
        cmocka_unit_test(test_a_write_that_the_system_refuses_leaves_what_was_there),
        cmocka_unit_test(test_a_failed_commit_closes_the_transaction),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
