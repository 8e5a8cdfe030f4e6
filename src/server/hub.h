// SPDX-License-Identifier: GPL-3.0-or-later
// hub.h — who watches which job, and what each of them is to be sent next.
//
// Viewers get the newest state, not a backlog: first the whole snapshot, then at each tick what
// changed. What changed is rendered once a job and tick and shared by all who are up to date;
// whoever missed a tick is sent the whole newest snapshot instead. So a viewer costs the hub a few
// words, however slow it is, and a stalled one costs no more than the others.
//
// A viewer watches one job, or all jobs of its user over one connection. A message is one or more
// lines, each one snapshot in JSON (job/snapshot_json.h). When a viewer of all jobs has been told
// of every job that runs or ended lately, the line {"synced":true} follows once.
//
// Usage: hub_update() with each new snapshot, hub_tick() every 50 to 100 ms; the hub calls wake()
// of each viewer that has something to take; hub_take() until it gives NULL.
// Ownership: a viewer is its owner's and must leave before it goes away. Messages are counted.
// Threads: one, the server's loop. Nothing blocks.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "job/snapshot_json.h"
#include "server/message.h"

struct hub;
struct topic;
struct watched_user;

// How a line is dressed: as it is, or as a server-sent event whose id is the snapshot's `seq`.
enum viewer_form { VIEWER_LINES, VIEWER_EVENTS, VIEWER_FORM_COUNT };

struct viewer {
    // -- set by the owner before it joins
    enum viewer_form form;
    void (*wake)(struct viewer *self); // there is something to take
    // -- the hub's
    struct topic *topic;       // of one job; NULL: all jobs of the user
    struct watched_user *user; // NULL: has not joined
    struct viewer *next, **link;
    uint64_t seen;   // version of what it was sent last
    bool synced;     // was told so
    bool is_waiting; // was woken and has not taken yet
};

struct hub_limits {
    int viewers;          // in all
    int viewers_per_user; // of one user's jobs
    int viewers_per_job;
};

struct hub_stats {
    uint64_t jobs, viewers;           // now
    uint64_t messages, message_bytes; // taken
    uint64_t skips;                   // a viewer was behind and was sent the newest
    uint64_t rendered;                // messages that were made
};

struct hub *hub_new(const struct hub_limits *limits);
// All viewers must have left.
void hub_free(struct hub *hub);
AUTO_DEFINE(struct hub, hub_free)

// The newest of a job. One whose `seq` is not above the last is ignored.
void hub_update(struct hub *hub, const char *user, const struct job_snapshot *snapshot,
                int64_t now_ns);
// Tells viewers what is new; forgets jobs that ended more than HUB_LINGER_NS ago.
void hub_tick(struct hub *hub, int64_t now_ns);
// Is there anything to tell at the next tick?
bool hub_has_news(const struct hub *hub);

#define HUB_LINGER_NS INT64_C(300000000000)

// The job as the hub knows it: running, or ended lately. NULL: it has to be looked up. Valid until
// the next update or tick.
const struct job_snapshot *hub_find(const struct hub *hub, const char *user, const char *job);

// Starts to watch; wake() is called at once when there is something to take. ERR_NOT_FOUND: no such
// job of this user here; ERR_LIMIT: too many watch.
MUST_USE enum status hub_join_job(struct hub *hub, struct viewer *v, const char *user,
                                  const char *job, struct error *err);
MUST_USE enum status hub_join_user(struct hub *hub, struct viewer *v, const char *user,
                                   struct error *err);
// Idempotent.
void hub_leave(struct hub *hub, struct viewer *v);

// The next message for this viewer, which now holds a reference; NULL when it knows all.
struct message *hub_take(struct hub *hub, struct viewer *v);
// Has the viewer's one job ended, the bar come to its own end, and does the viewer know?
bool hub_has_ended(const struct viewer *v);

void hub_stats(const struct hub *hub, struct hub_stats *ret);
