// SPDX-License-Identifier: GPL-3.0-or-later
// db.h — the one door to SQLite: open with migrations, transactions, prepared statements.
//
// Opening makes the file and its tables where they are missing (schema.h), or brings an older
// file up to date. A file of a newer program, of another program, or that is no database is
// refused with a sentence that says so, and left as it is. The journal is a write-ahead log, so
// readers and one writer of several processes work at once; whoever has to wait does so for up to
// busy_ms and then gets ERR_UNAVAILABLE (retryable). Foreign keys are enforced.
//
//     struct transaction t TRANSACTION_AUTO;               // rolled back unless committed
//     struct statement *s AUTO(statement_free) = NULL;
//     if (transaction_begin(&t, db, err) != OK ||
//         db_prepare(db, "UPDATE jobs SET state = :to WHERE id = :id", &s, err) != OK)
//         return …;
//     bind_text(s, ":to", "running");
//     bind_int(s, ":id", 7);
//     if (statement_run(s, err) != OK || db_changes(db) != 1 || transaction_commit(&t, err) != OK)
//         return …;
//
// This header hides the library; nobody else includes it. Units: *_ms milliseconds.
// Ownership: statements are freed before their database; texts and blobs that are bound must
// live until the statement was run or reset; those of a column live until the next step.
// Threads: a database and all that belongs to it have one owner at a time; open it once more for
// another thread. A child process must not use what its parent opened.
// Errors: our own SQL is right or it is a bug, so names that a statement does not have assert.
//   ERR_UNAVAILABLE busy · ERR_NO_SPACE · ERR_PERMISSION · ERR_NOT_FOUND no such file or folder ·
//   ERR_CONFLICT a constraint did not hold · ERR_INVALID damaged, or not ours · ERR_IO.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"

struct db;
struct statement;

enum { DB_BUSY_MS = 5000 };

struct db_options {
    const char *path; // NULL: in memory, gone when it is closed
    bool must_exist;  // a missing file is ERR_NOT_FOUND instead of made
    bool durable;     // a commit has reached the disk (transitions of jobs); else it survives a
                      // crash of the program, and of the machine all but the last moments
    int busy_ms;      // how long to wait for others; 0: DB_BUSY_MS
};

MUST_USE enum status db_open(const struct db_options *options, struct db **ret, struct error *err);
void db_free(struct db *db);
AUTO_DEFINE(struct db, db_free)

// The file, for messages; "the database in memory" when there is none.
const char *db_name(const struct db *db);
// Runs statements that take no values and whose rows nobody wants.
MUST_USE enum status db_run(struct db *db, const char *sql, struct error *err);
// Rows that the last statement inserted, changed or deleted.
int64_t db_changes(const struct db *db);
// The rowid of the last row inserted.
int64_t db_last_id(const struct db *db);

// ---- transactions: one at a time in a database; none inside another ----

struct transaction {
    struct db *db; // NULL: there is nothing to roll back
};

// Takes the write lock at once, so that a read inside it cannot be overtaken by another writer.
// *t is open afterwards, or zeroed on failure.
MUST_USE enum status transaction_begin(struct transaction *t, struct db *db, struct error *err);
// On failure nothing of it happened, and it is closed.
MUST_USE enum status transaction_commit(struct transaction *t, struct error *err);
// Undoes it; nothing when it was committed or never begun.
void transaction_done(struct transaction *t);
#define TRANSACTION_AUTO __attribute__((cleanup(transaction_done))) = {0}

// ---- prepared statements ----

// One statement; may be kept and run many times.
MUST_USE enum status db_prepare(struct db *db, const char *sql, struct statement **ret,
                                struct error *err);
void statement_free(struct statement *s);
AUTO_DEFINE(struct statement, statement_free)

// Values for the names in the statement (":id"), before it is stepped or after a reset. They stay
// for the next run.
void bind_int(struct statement *s, const char *name, int64_t value);
void bind_number(struct statement *s, const char *name, double value);
void bind_text(struct statement *s, const char *name, const char *text); // NULL binds null
void bind_blob(struct statement *s, const char *name, const void *bytes, size_t n);
void bind_null(struct statement *s, const char *name);

// The next row: *ret_row says whether there is one. After the last the statement is reset.
MUST_USE enum status statement_step(struct statement *s, bool *ret_row, struct error *err);
// All steps of a statement without rows of interest; then it is reset.
MUST_USE enum status statement_run(struct statement *s, struct error *err);
// Ready for new values. Needed only where the rows were not read to their end.
void statement_reset(struct statement *s);

// Columns of the current row, by name.
bool column_is_null(const struct statement *s, const char *name);
int64_t column_int(const struct statement *s, const char *name);
double column_number(const struct statement *s, const char *name);
// "" for null.
const char *column_text(const struct statement *s, const char *name);
// *ret_n = 0 for null.
const void *column_blob(const struct statement *s, const char *name, size_t *ret_n);
