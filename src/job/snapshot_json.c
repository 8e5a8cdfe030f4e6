// SPDX-License-Identifier: GPL-3.0-or-later
// snapshot_json.c — the two forms, made of the members.
//
// Whether a member changed is decided on its written text, so that a difference that rounding
// hides costs no bytes.
#include "job/snapshot_json.h"

#include <assert.h>
#include <string.h>

#include "job/snapshot_members.h"
#include "job/snapshot_phases.h"

// ---- the full form ----

void snapshot_json_full(const struct job_snapshot *s, struct buffer *out)
{
    struct json_writer w;
    jw_init(&w, out);
    jw_object_begin(&w);
    for (int i = 0; i < SNAPSHOT_MEMBERS; i++) {
        if (!snapshot_member_writes(&snapshot_members[i]))
            continue;
        jw_key(&w, snapshot_members[i].name);
        snapshot_member_write(&snapshot_members[i], s, &w);
    }
    jw_object_end(&w);
}

enum status snapshot_json_apply(struct job_snapshot *into, const char *text, size_t n,
                                struct error *err)
{
    if (n > SNAPSHOT_MAX_TEXT)
        return error_set(err, ERR_LIMIT, "a snapshot of %zu bytes, more than %d", n,
                         SNAPSHOT_MAX_TEXT);
    AUTO(jr_free) struct jr_doc *doc = NULL;
    if (jr_parse(text, n, &doc, err) != OK)
        return ERR_INVALID;
    struct jr root = jr_root(doc);
    if (jr_object(&root, err) != OK)
        return ERR_INVALID;
    struct jr member;
    for (void *iter = NULL; jr_next(&root, &iter, &member);) {
        const struct snapshot_member *row = snapshot_member_named(member.key);
        if (row && snapshot_member_read(row, &member, into, err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

// ---- the short form ----

bool snapshot_json_needs_full(const struct job_snapshot *shown, const struct job_snapshot *now)
{
    return shown->state != now->state || shown->has_result != now->has_result ||
           shown->has_error != now->has_error || shown->progress.attempt != now->progress.attempt ||
           strcmp(shown->worker, now->worker) != 0;
}

// First what must be right at once; then what takes turns for the room that is left, the first
// of them by sequence number, so that none waits for ever. Counts are the state of the job: their
// turn comes three times as often.
static const char *const first_names[] = {"state", "percent", "speed",
                                          "phase", "health",  "attempt"};
static const char *const turn_names[] = {
    "message",     "counts", "eta_s",  "eta_low_s", "counts", "eta_high_s", "eta_text",
    "units_per_s", "counts", "source", "item",      "items",  "queue"};
enum {
    FIRST = sizeof(first_names) / sizeof(first_names[0]),
    TURNS = sizeof(turn_names) / sizeof(turn_names[0]),
    MEMBER_MAX = 1024, // more than any member of the short form, escapes included
};

static void write_member(const struct snapshot_member *row, const struct job_snapshot *s,
                         struct buffer *out)
{
    struct json_writer w;
    jw_init(&w, out);
    jw_key(&w, row->name);
    snapshot_member_write(row, s, &w);
}

// Appends ,"name":value where it differs and fits, the closing bracket included.
static void add_row(const struct snapshot_member *row, struct job_snapshot *shown,
                    const struct job_snapshot *now, struct buffer *line)
{
    // Most members stay the same from one to the next: no need to write those.
    if (memcmp((char *)shown + row->offset, (const char *)now + row->offset, row->size) == 0)
        return;
    struct buffer was BUFFER_AUTO;
    struct buffer is BUFFER_AUTO;
    buffer_init(&was, MEMBER_MAX);
    buffer_init(&is, MEMBER_MAX);
    write_member(row, shown, &was);
    write_member(row, now, &is);
    if (strcmp(buffer_string(&was), buffer_string(&is)) == 0 ||
        line->size + 1 + is.size + 1 > SNAPSHOT_SHORT_MAX)
        return;
    buffer_text(line, ",");
    buffer_append(line, is.data, is.size);
    memcpy((char *)shown + row->offset, (const char *)now + row->offset, row->size);
}

static void add_named(const char *name, struct job_snapshot *shown, const struct job_snapshot *now,
                      struct buffer *line)
{
    const struct snapshot_member *row = snapshot_member_named(name);
    assert(row);
    if (snapshot_member_writes(row))
        add_row(row, shown, now, line);
    else
        snapshot_counts_add(shown->progress.phases, now->progress.phases, SNAPSHOT_SHORT_MAX - 1,
                            line);
}

size_t snapshot_json_short(struct job_snapshot *shown, const struct job_snapshot *now,
                           struct buffer *out)
{
    struct buffer line BUFFER_AUTO;
    buffer_init(&line, SNAPSHOT_SHORT_MAX);
    struct json_writer w;
    jw_init(&w, &line);
    jw_object_begin(&w);
    jw_key_string(&w, "job", now->job);
    jw_key_uint(&w, "seq", now->seq);
    for (int i = 0; i < FIRST; i++)
        add_named(first_names[i], shown, now, &line);
    for (int i = 0; i < TURNS; i++)
        add_named(turn_names[(now->seq + (unsigned)i) % TURNS], shown, now, &line);
    buffer_text(&line, "}");
    assert(!line.overflow);
    shown->seq = now->seq;
    buffer_append(out, line.data, line.size);
    return line.size;
}
