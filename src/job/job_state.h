// SPDX-License-Identifier: GPL-3.0-or-later
// job_state.h — the states of a job and the only legal ways between them.
//
//   queued → starting → running → finalizing → complete | failed | cancelled
//
// A retry is starting, running or finalizing → queued, with a higher attempt; every state that
// is not terminal may fail or be cancelled; terminal states are final. Pure.
#pragma once

#include <stdbool.h>

#include "base/error.h"

enum job_state {
    JOB_QUEUED,     // waiting for a worker
    JOB_STARTING,   // a worker is coming up
    JOB_RUNNING,    // the worker has said hello
    JOB_FINALIZING, // the worker has said its result; the output is being verified
    JOB_COMPLETE,
    JOB_FAILED,
    JOB_CANCELLED,
    JOB_STATE_COUNT
};

const char *job_state_name(enum job_state state); // "queued"
// False, and *ret unchanged, when there is no such state.
bool job_state_from_name(const char *name, enum job_state *ret);
// No way leads out of it.
bool job_state_terminal(enum job_state state);
// May a job go from `from` to `to`? Never to the state it is in.
bool job_state_may(enum job_state from, enum job_state to);
// Moves *state to `to`, or leaves it and says ERR_CONFLICT "a complete job cannot become running".
MUST_USE enum status job_state_move(enum job_state *state, enum job_state to, struct error *err);
