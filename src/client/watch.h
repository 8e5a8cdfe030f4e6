// SPDX-License-Identifier: GPL-3.0-or-later
// watch.h — one job of a server, watched: the newest snapshot, through broken connections.
//
// A thread takes the job's events and connects anew when they break off, after waits that grow from
// a quarter of a second to ten. Between two snapshots the bar coasts (progress/display.h); it does
// not fall. Threads: watch_look() any; the rest one owner.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "client/api.h"

struct watch;

struct watch_view {
    bool known;                   // a snapshot has come
    struct job_snapshot snapshot; // progress.fraction is where the bar is now
    bool connected;
    bool over;          // nothing more will come: the job has ended, or there is no such job
    struct error error; // why the connection does not stand; status OK otherwise
};

// `api` outlives the watch.
struct watch *watch_new(struct api *api, const char *job);
void watch_free(struct watch *watch);
AUTO_DEFINE(struct watch, watch_free)

void watch_look(struct watch *watch, int64_t now_ns, struct watch_view *ret);
