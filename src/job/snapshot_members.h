// SPDX-License-Identifier: GPL-3.0-or-later
// snapshot_members.h — the members of a snapshot's JSON, a row each. For snapshot_json.c.
//
// Pure.
#pragma once

#include "base/json_read.h"
#include "base/json_write.h"
#include "job/snapshot_json.h"

// How a member is kept and written; CUSTOM has functions of its own.
enum member_kind { CUSTOM, TEXT, COUNT32, COUNT64, SECONDS, NUMBER };

struct snapshot_member {
    const char *name;
    enum member_kind kind;
    size_t offset, size; // in struct job_snapshot, of what it shows
    // NULL in a CUSTOM row: read only.
    void (*write)(const struct job_snapshot *s, struct json_writer *w);
    enum status (*read)(const struct jr *v, struct job_snapshot *s, struct error *err);
};

enum { SNAPSHOT_MEMBERS = 28 };
// In the order of the full form.
extern const struct snapshot_member snapshot_members[SNAPSHOT_MEMBERS];

// NULL when there is none of that name.
const struct snapshot_member *snapshot_member_named(const char *name);
// Is it ever written? Its value.
bool snapshot_member_writes(const struct snapshot_member *row);
void snapshot_member_write(const struct snapshot_member *row, const struct job_snapshot *s,
                           struct json_writer *w);
// Reads its value into *s. ERR_INVALID names the member.
MUST_USE enum status snapshot_member_read(const struct snapshot_member *row, const struct jr *v,
                                          struct job_snapshot *s, struct error *err);
