// SPDX-License-Identifier: GPL-3.0-or-later
// schema.h — the tables of the database, as the steps by which they came to be.
//
// Row i of the table takes a database from version i to i + 1 (SQLite's user_version), so a row
// that was released is never changed: what is to be different becomes a row at the end.
#pragma once

struct migration {
    const char *subject; // what the step is for, in messages: "benchmark records"
    const char *sql;     // one or more statements; run in one transaction with the other new rows
};

// Marks a file as ours (SQLite's application_id): "HWay".
enum { SCHEMA_APPLICATION_ID = 0x48576179 };

// How many rows there are, which is the version that this program writes.
int schema_version(void);
// 0 ≤ i < schema_version(), or it asserts.
const struct migration *schema_migration(int i);
