// SPDX-License-Identifier: GPL-3.0-or-later
// signal_watch.h — SIGINT, SIGTERM and SIGHUP fire a cancel, in a thread and not in a handler.
//
// Start it before any other thread, so that all of them inherit the blocked mask. SIGPIPE and
// SIGXFSZ are ignored from then on: a write that fails says so itself.
#pragma once

#include "sys/cancel.h"

struct signal_watch;

// `cancel` is borrowed and outlives the watch.
struct signal_watch *signal_watch_new(struct cancel *cancel);
// Stops watching; the signals stay blocked.
void signal_watch_free(struct signal_watch *watch);
AUTO_DEFINE(struct signal_watch, signal_watch_free)
