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
