// SPDX-License-Identifier: GPL-3.0-or-later
// mailbox.h — the newest snapshot of each job, from the thread that makes them to the loop.
//
// A snapshot that was not fetched yet is replaced by the next one of its job, so the mailbox is
// bounded by the number of jobs however slow the loop is.
// Threads: put any, take any; nothing in it blocks for longer than a copy takes.
#pragma once

#include <stdbool.h>

#include "job/object_key.h"
#include "job/snapshot_json.h"

struct mailbox;

struct letter {
    struct letter *next;
    char user[USER_NAME_MAX + 1];
    struct job_snapshot snapshot;
};

struct mailbox *mailbox_new(void);
void mailbox_free(struct mailbox *m);
AUTO_DEFINE(struct mailbox, mailbox_free)

// Copies both. True when the mailbox was empty: the loop has to be woken.
bool mailbox_put(struct mailbox *m, const char *user, const struct job_snapshot *snapshot);
// Everything there is, in the order in which the jobs first came; NULL when empty. The caller frees
// each letter.
struct letter *mailbox_take(struct mailbox *m);
