// SPDX-License-Identifier: GPL-3.0-or-later
// schema.c — see schema.h. Times are milliseconds since 1970 UTC, durations seconds.
#include "history/schema.h"

#include <assert.h>

static const struct migration rows[] = {
    {"benchmark records",
     // `body` is the JSON of the BENCHMARK_DATA line and the whole truth; the other columns are
     // for finding rows. A job that ended twice at the same moment is the same record.
     "CREATE TABLE records ("
     " id INTEGER PRIMARY KEY,"
     " job TEXT NOT NULL,"
     " type TEXT NOT NULL,"
     " ended_at_ms INTEGER NOT NULL,"
     " device TEXT NOT NULL,"
     " cold INTEGER,"
     " total_s REAL NOT NULL,"
     " body TEXT NOT NULL,"
     " UNIQUE (job, ended_at_ms)) STRICT;"
     "CREATE INDEX records_by_type ON records (type, ended_at_ms);"
     // What was offered and not taken, and why.
     "CREATE TABLE refusals ("
     " reason TEXT PRIMARY KEY,"
     " count INTEGER NOT NULL,"
     " last_at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"},
    {"learned models",
     // `body` is the model as bytes, of the layout named by `version`; it holds what the records
     // up to `last_record` taught.
     "CREATE TABLE models ("
     " name TEXT PRIMARY KEY,"
     " version INTEGER NOT NULL,"
     " learned_at_ms INTEGER NOT NULL,"
     " records INTEGER NOT NULL,"
     " last_record INTEGER NOT NULL,"
     " body BLOB NOT NULL) STRICT, WITHOUT ROWID;"},
    {"jobs",
     // `ceiling` is the fraction up to which the bar may have been shown since. `spec` and `view`
     // (a snapshot of late, JSON) are long and stand apart, so that a change of
     // state writes a short row. A job that has not ended owns its output; `retry_of` has one
     // successor at most.
     "CREATE TABLE jobs ("
     " number INTEGER PRIMARY KEY AUTOINCREMENT,"
     " id TEXT NOT NULL UNIQUE,"
     " user TEXT NOT NULL,"
     " idempotency_key TEXT,"
     " retry_of TEXT,"
     " type TEXT NOT NULL,"
     " output TEXT,"
     " priority INTEGER NOT NULL,"
     " state TEXT NOT NULL,"
     " attempt INTEGER NOT NULL,"
     " version INTEGER NOT NULL,"
     " cancel_asked INTEGER NOT NULL,"
     " ended INTEGER NOT NULL,"
     " submitted_ms INTEGER NOT NULL,"
     " changed_ms INTEGER NOT NULL,"
     " due_ms INTEGER NOT NULL) STRICT;"
     "CREATE UNIQUE INDEX jobs_by_key ON jobs (user, idempotency_key)"
     " WHERE idempotency_key IS NOT NULL;"
     "CREATE UNIQUE INDEX jobs_by_retry ON jobs (retry_of) WHERE retry_of IS NOT NULL;"
     "CREATE UNIQUE INDEX jobs_by_output ON jobs (user, output)"
     " WHERE output IS NOT NULL AND ended = 0;"
     "CREATE INDEX jobs_by_user ON jobs (user, number);"
     "CREATE INDEX jobs_active ON jobs (number) WHERE ended = 0;"
     "CREATE TABLE job_specs ("
     " job INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,"
     " spec TEXT NOT NULL) STRICT;"
     "CREATE TABLE job_views ("
     " job INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,"
     " view TEXT NOT NULL,"
     " ceiling REAL NOT NULL) STRICT;"
     "CREATE TABLE attempts ("
     " job INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,"
     " attempt INTEGER NOT NULL,"
     " pid INTEGER NOT NULL,"
     " start_ticks INTEGER NOT NULL,"
     " boot TEXT NOT NULL,"
     " token_hash BLOB NOT NULL,"
     " started_ms INTEGER NOT NULL,"
     " ended_ms INTEGER,"
     " how TEXT,"
     " code TEXT,"
     " text TEXT,"
     " detail TEXT,"
     " PRIMARY KEY (job, attempt)) STRICT, WITHOUT ROWID;"},
    {"bearer tokens",
     "CREATE TABLE tokens ("
     " id INTEGER PRIMARY KEY AUTOINCREMENT," // an id is never given again
     " user TEXT NOT NULL,"
     " note TEXT NOT NULL,"
     " created_ms INTEGER NOT NULL,"
     " hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32)) STRICT;"},
    {"ends of jobs", "CREATE INDEX jobs_by_end ON jobs (changed_ms) WHERE ended = 1;"},
};

int schema_version(void)
{
    return sizeof(rows) / sizeof(rows[0]);
}

const struct migration *schema_migration(int i)
{
    assert(i >= 0 && i < schema_version());
    return &rows[i];
}
