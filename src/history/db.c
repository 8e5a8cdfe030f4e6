// SPDX-License-Identifier: GPL-3.0-or-later
// db.c — see db.h.
//
// Every write transaction begins with IMMEDIATE: one that begins as a reader and wants to write
// later fails at once, without waiting, when another wrote in between.
#include "history/db.h"

#include <assert.h>
#include <libgen.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "history/schema.h"

struct db {
    sqlite3 *handle;
    char *name;
    int busy_ms;
};

struct statement {
    struct db *db;
    sqlite3_stmt *handle;
};

// ---- errors ----

struct code_row {
    int code; // primary result code
    enum status status;
    const char *text; // behind the name of the file
};

static const struct code_row code_rows[] = {
    {SQLITE_BUSY, ERR_UNAVAILABLE, "is in use by another program"},
    {SQLITE_LOCKED, ERR_UNAVAILABLE, "is in use by another program"},
    {SQLITE_FULL, ERR_NO_SPACE, "cannot grow: no space is left"},
    {SQLITE_READONLY, ERR_PERMISSION, "may not be written"},
    {SQLITE_PERM, ERR_PERMISSION, "may not be opened"},
    {SQLITE_AUTH, ERR_PERMISSION, "may not be opened"},
    {SQLITE_CANTOPEN, ERR_PERMISSION, "cannot be opened"},
    {SQLITE_CORRUPT, ERR_INVALID, "is damaged; move it away, and a new one will be made"},
    {SQLITE_NOTADB, ERR_INVALID, "is not a database; expected a history made by Headway"},
    {SQLITE_CONSTRAINT, ERR_CONFLICT, "refuses the row"},
    {SQLITE_NOMEM, ERR_MEMORY, "needs more memory than there is"},
    {SQLITE_IOERR, ERR_IO, "cannot be read or written"},
};
enum { CODE_ROWS = sizeof(code_rows) / sizeof(code_rows[0]) };

static const struct code_row *code_row(int code)
{
    for (int i = 0; i < CODE_ROWS; i++) {
        if (code_rows[i].code == (code & 0xff))
            return &code_rows[i];
    }
    return NULL;
}

// Where the system said why, its word is the better one: a full disk, a missing folder.
static bool system_knows(int code, int errno_value)
{
    return ((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR) && errno_value != 0;
}

__attribute__((cold)) static enum status fail(const struct db *db, int code, struct error *err)
{
    const struct code_row *row = code_row(code);
    int errno_value = sqlite3_system_errno(db->handle);
    enum status status;
    if (system_knows(code, errno_value))
        status = error_set_errno(err, errno_value, "%s %s", db->name, row->text);
    else if (row)
        status = error_set(err, row->status, "%s %s", db->name, row->text);
    else
        status = error_set(err, ERR_INTERNAL, "%s: %s", db->name, sqlite3_errmsg(db->handle));
    error_detail(err, "SQLite code %d: %s", code, sqlite3_errmsg(db->handle));
    return status;
}

// ---- small questions ----

enum status db_run(struct db *db, const char *sql, struct error *err)
{
    int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? OK : fail(db, code, err);
}

// The one number that `sql` asks for.
static enum status ask(struct db *db, const char *sql, int64_t *ret, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    bool row = false;
    enum status status = db_prepare(db, sql, &s, err);
    if (status == OK)
        status = statement_step(s, &row, err);
    if (status == OK)
        *ret = row ? sqlite3_column_int64(s->handle, 0) : 0;
    return status;
}

const char *db_name(const struct db *db)
{
    return db->name;
}

int64_t db_changes(const struct db *db)
{
    return sqlite3_changes64(db->handle);
}

int64_t db_last_id(const struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

// ---- opening ----

// Is it ours, or empty? Then its version. Inside a transaction: another program may be making it.
static enum status identify(struct db *db, int64_t *ret_version, struct error *err)
{
    int64_t id = 0;
    int64_t tables = 0;
    enum status status = ask(db, "PRAGMA application_id", &id, err);
    if (status == OK)
        status = ask(db, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (status == OK)
        status = ask(db, "PRAGMA user_version", ret_version, err);
    if (status != OK)
        return status;
    if (id != SCHEMA_APPLICATION_ID && (id != 0 || tables > 0 || *ret_version != 0))
        return error_set(err, ERR_INVALID,
                         "%s is a database of another program; expected a history made by Headway",
                         db->name);
    if (*ret_version < 0 || *ret_version > schema_version())
        return error_set(err, ERR_INVALID,
                         "%s was made by a newer Headway (version %lld of its tables, this program "
                         "knows up to %d)",
                         db->name, (long long)*ret_version, schema_version());
    return OK;
}

static enum status look(struct db *db, int64_t *ret_version, struct error *err)
{
    struct transaction t TRANSACTION_AUTO;
    enum status status = db_run(db, "BEGIN", err);
    if (status != OK)
        return status;
    t.db = db;
    status = identify(db, ret_version, err);
    return status == OK ? transaction_commit(&t, err) : status;
}

static enum status apply(struct db *db, int64_t from, struct error *err)
{
    char sql[96];
    for (int i = (int)from; i < schema_version(); i++) {
        const struct migration *step = schema_migration(i);
        if (db_run(db, step->sql, err) != OK)
            return error_wrap(err, "add %s", step->subject);
    }
    (void)snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   SCHEMA_APPLICATION_ID, schema_version());
    return db_run(db, sql, err);
}

// Two programs may open a new file at once: what it needs is decided under the write lock.
static enum status migrate(struct db *db, struct error *err)
{
    struct transaction t TRANSACTION_AUTO;
    int64_t version = 0;
    enum status status = transaction_begin(&t, db, err);
    if (status == OK)
        status = identify(db, &version, err);
    if (status == OK)
        status = apply(db, version, err);
    return status == OK ? transaction_commit(&t, err) : status;
}

// The change to a write-ahead log does not wait for others by itself, as everything else does.
static enum status use_log(struct db *db, struct error *err)
{
    enum { STEP_MS = 5 };
    int code;
    for (int waited_ms = 0;; waited_ms += STEP_MS) {
        code = sqlite3_exec(db->handle, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if ((code & 0xff) != SQLITE_BUSY || waited_ms >= db->busy_ms)
            break;
        (void)sqlite3_sleep(STEP_MS);
    }
    return code == SQLITE_OK ? OK : fail(db, code, err);
}

static enum status set_up(struct db *db, const struct db_options *o, struct error *err)
{
    int64_t version;
    (void)sqlite3_extended_result_codes(db->handle, 1);
    (void)sqlite3_busy_timeout(db->handle, db->busy_ms);
    // A stranger's file must be refused before anything is written to it.
    enum status status = look(db, &version, err);
    if (status == OK && o->path)
        status = use_log(db, err);
    if (status == OK)
        status = db_run(
            db, o->durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", err);
    if (status == OK)
        status = db_run(db, "PRAGMA foreign_keys = ON", err);
    return status == OK && version < schema_version() ? migrate(db, err) : status;
}

// Where the file could not be made, the library then looks for one to read, and reports that there
// is none.
static enum status fail_open(const struct db *db, int code, const struct db_options *o,
                             struct error *err)
{
    enum status status = fail(db, code, err);
    char *copy AUTO(mem_free) = mem_strdup(db->name);
    if (status != ERR_NOT_FOUND || o->must_exist || access(dirname(copy), F_OK) != 0)
        return status;
    return error_set(err, ERR_PERMISSION, "%s cannot be made: its folder may not be written",
                     db->name);
}

enum status db_open(const struct db_options *options, struct db **ret, struct error *err)
{
    *ret = NULL;
    struct db *db = mem_new(struct db);
    db->name = mem_strdup(options->path ? options->path : "the database in memory");
    db->busy_ms = options->busy_ms ? options->busy_ms : DB_BUSY_MS;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (!options->must_exist)
        flags |= SQLITE_OPEN_CREATE;
    int code = sqlite3_open_v2(options->path ? options->path : ":memory:", &db->handle, flags,
                               NULL);
    enum status status = code == SQLITE_OK ? set_up(db, options, err)
                                           : fail_open(db, code, options, err);
    if (status != OK) {
        db_free(db);
        return status;
    }
    *ret = db;
    return OK;
}

void db_free(struct db *db)
{
    if (!db)
        return;
    int code = sqlite3_close(db->handle);
    assert(code == SQLITE_OK); // a statement was not freed
    (void)code;
    free(db->name);
    free(db);
}

// ---- transactions ----

enum status transaction_begin(struct transaction *t, struct db *db, struct error *err)
{
    t->db = NULL;
    enum status status = db_run(db, "BEGIN IMMEDIATE", err);
    if (status == OK)
        t->db = db;
    return status;
}

enum status transaction_commit(struct transaction *t, struct error *err)
{
    assert(t->db);
    enum status status = db_run(t->db, "COMMIT", err);
    if (status == OK)
        t->db = NULL;
    else
        transaction_done(t);
    return status;
}

void transaction_done(struct transaction *t)
{
    // An error inside may have rolled it back already.
    if (t->db && !sqlite3_get_autocommit(t->db->handle))
        (void)sqlite3_exec(t->db->handle, "ROLLBACK", NULL, NULL, NULL);
    t->db = NULL;
}

// ---- statements ----

enum status db_prepare(struct db *db, const char *sql, struct statement **ret, struct error *err)
{
    *ret = NULL;
    sqlite3_stmt *handle;
    int code = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL);
    if (code != SQLITE_OK)
        return fail(db, code, err);
    assert(handle); // an empty statement is a bug
    *ret = mem_new(struct statement);
    (*ret)->db = db;
    (*ret)->handle = handle;
    return OK;
}

void statement_free(struct statement *s)
{
    if (!s)
        return;
    (void)sqlite3_finalize(s->handle);
    free(s);
}

static int place_of(const struct statement *s, const char *name)
{
    int place = sqlite3_bind_parameter_index(s->handle, name);
    assert(place > 0); // the statement has no such name
    return place;
}

// Binding fails only when memory is exhausted or a statement was not reset, which is our bug.
static void bound(int code)
{
    assert(code == SQLITE_OK);
    (void)code;
}

void bind_int(struct statement *s, const char *name, int64_t value)
{
    bound(sqlite3_bind_int64(s->handle, place_of(s, name), value));
}

void bind_number(struct statement *s, const char *name, double value)
{
    bound(sqlite3_bind_double(s->handle, place_of(s, name), value));
}

void bind_text(struct statement *s, const char *name, const char *text)
{
    bound(sqlite3_bind_text(s->handle, place_of(s, name), text, -1, SQLITE_STATIC));
}

void bind_blob(struct statement *s, const char *name, const void *bytes, size_t n)
{
    bound(sqlite3_bind_blob64(s->handle, place_of(s, name), bytes, n, SQLITE_STATIC));
}

void bind_null(struct statement *s, const char *name)
{
    bound(sqlite3_bind_null(s->handle, place_of(s, name)));
}

enum status statement_step(struct statement *s, bool *ret_row, struct error *err)
{
    int code = sqlite3_step(s->handle);
    *ret_row = code == SQLITE_ROW;
    if (code == SQLITE_ROW)
        return OK;
    enum status status = code == SQLITE_DONE ? OK : fail(s->db, code, err);
    statement_reset(s);
    return status;
}

enum status statement_run(struct statement *s, struct error *err)
{
    bool row = true;
    enum status status = OK;
    while (status == OK && row)
        status = statement_step(s, &row, err);
    return status;
}

void statement_reset(struct statement *s)
{
    (void)sqlite3_reset(s->handle);
}

static int column_of(const struct statement *s, const char *name)
{
    int n = sqlite3_column_count(s->handle);
    for (int i = 0; i < n; i++) {
        if (strcmp(sqlite3_column_name(s->handle, i), name) == 0)
            return i;
    }
    assert(false && "the statement has no such column");
    return 0;
}

bool column_is_null(const struct statement *s, const char *name)
{
    return sqlite3_column_type(s->handle, column_of(s, name)) == SQLITE_NULL;
}

int64_t column_int(const struct statement *s, const char *name)
{
    return sqlite3_column_int64(s->handle, column_of(s, name));
}

double column_number(const struct statement *s, const char *name)
{
    return sqlite3_column_double(s->handle, column_of(s, name));
}

const char *column_text(const struct statement *s, const char *name)
{
    const unsigned char *text = sqlite3_column_text(s->handle, column_of(s, name));
    return text ? (const char *)text : "";
}

const void *column_blob(const struct statement *s, const char *name, size_t *ret_n)
{
    int i = column_of(s, name);
    const void *bytes = sqlite3_column_blob(s->handle, i);
    *ret_n = (size_t)sqlite3_column_bytes(s->handle, i);
    return bytes;
}
