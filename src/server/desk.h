// SPDX-License-Identifier: GPL-3.0-or-later
// desk.h — work that may take long, off the server's loop, and its results back onto it.
//
// The loop serves every client and must never wait for a disk or a store. It hands such work to the
// desk, whose threads do it; when done the loop is woken and finishes the task. Other threads (the
// supervisor's) bring their results to the loop the same way.
//
// Threads: desk_do() and desk_post() any; desk_finish() the loop. Ownership: a task belongs to the
// desk from the call until its `finish` runs, which frees it or uses it again.
#pragma once

#include "base/memory.h"

struct desk;

struct task {
    void (*work)(struct task *self);   // on a thread of the desk; may block
    void (*finish)(struct task *self); // on the loop
    struct task *next;                 // -- the desk's
};

// `threads` ≥ 1. `wake` is called from any thread when there is something to finish.
struct desk *desk_new(int threads, void (*wake)(void *context), void *context);
// Works off what was handed over and ends the threads; wake() is not called any more. What is
// handed over from now on is done by desk_free(). Idempotent.
void desk_stop(struct desk *desk);
// Stops, and does and finishes what is left on the calling thread.
void desk_free(struct desk *desk);
AUTO_DEFINE(struct desk, desk_free)

// First work, then finish.
void desk_do(struct desk *desk, struct task *task);
// Finish only.
void desk_post(struct desk *desk, struct task *task);
// Finishes all that is ready. Tasks may be handed over meanwhile.
void desk_finish(struct desk *desk);
