// SPDX-License-Identifier: GPL-3.0-or-later
// cancel.h — one flag that stops everything belonging to one piece of work.
//
// A cancel is fired once and stays fired. Code in a loop asks cancel_fired(); code that
// blocks on a condition registers a wake function, which is called (from the firing
// thread) when the cancel fires; code that blocks in poll() adds cancel_fd(), which becomes
// readable. Threads: every function may be called from any thread; cancel_fire() is not
// safe in a signal handler (wait for signals in a thread instead).
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/memory.h"

struct cancel;

struct cancel_waker {
    void (*wake)(struct cancel_waker *self);
    struct cancel_waker *next; // -- owned by the cancel
};

struct cancel *cancel_new(void);
// All wakers must have been removed. NULL is allowed.
void cancel_free(struct cancel *cancel);
AUTO_DEFINE(struct cancel, cancel_free)

// Fires it; idempotent. All registered wakers have been called when it returns.
void cancel_fire(struct cancel *cancel);
// NULL is a cancel that never fires.
bool cancel_fired(const struct cancel *cancel);
// ERR_CANCELLED with a sentence once fired, OK before.
MUST_USE enum status cancel_check(const struct cancel *cancel, struct error *err);
// A descriptor that polls readable once fired. Owned by the cancel.
int cancel_fd(const struct cancel *cancel);

// Registers `waker` until cancel_remove(); called at once when already fired. After
// cancel_remove() returns, wake() is not running and will not be called.
void cancel_add(struct cancel *cancel, struct cancel_waker *waker);
void cancel_remove(struct cancel *cancel, struct cancel_waker *waker);
