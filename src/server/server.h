// SPDX-License-Identifier: GPL-3.0-or-later
// server.h — the HTTP face of the supervisor: API, live progress, objects, files, figures.
//
// One loop serves everybody. It never waits for a disk, a store or the database: such work goes to
// the desk (desk.h), requests about jobs to the supervisor, and both bring their answers back to
// the loop. New snapshots come through the mailbox into the hub, which tells viewers at each tick.
//
//     server_new() ─▶ supervisor_new(on_snapshot = server_on_snapshot) ─▶ server_run() … stop
//     ─▶ supervisor_free() ─▶ server_free()
//
// Threads: server_on_snapshot() any; all else the one that owns it.
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "job/snapshot_json.h"
#include "server/options.h"
#include "sys/cancel.h"

struct server;
struct storage;
struct supervisor;

// Opens the listening sockets, or takes those that systemd hands over, and reads the tokens. Nobody
// is answered yet. `options` and `storage` are borrowed. ERR_USAGE: it would listen beyond this
// machine without any token; ERR_UNAVAILABLE: the address is taken; ERR_INVALID names the option.
MUST_USE enum status server_new(const struct server_options *options, struct storage *storage,
                                struct server **ret, struct error *err);
// The supervisor must have gone. NULL is allowed.
void server_free(struct server *server);
AUTO_DEFINE(struct server, server_free)

// "127.0.0.1:8080", with the port that was found free.
const char *server_address(const struct server *server);

// Where the objects are, for supervisor_options.
const char *server_object_root(const struct server *server);

// For supervisor_options: `context` is the server.
void server_on_snapshot(void *context, const char *user, const struct job_snapshot *snapshot);

// Answers requests until `stop` fires. Then no job is taken any more, and those that run are waited
// for as long as the options say. After that no connection is taken, viewers are told to come
// again, requests under way get a few seconds.
MUST_USE enum status server_run(struct server *server, struct supervisor *supervisor,
                                struct cancel *stop, struct error *err);
