// SPDX-License-Identifier: GPL-3.0-or-later
// job_state.c — one row a state: its name and where it may go.
#include "job/job_state.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define TO(state) (1u << (state))

struct job_state_row {
    const char *name;
    unsigned next; // set of TO(state); none: terminal
};

static const struct job_state_row rows[] = {
    [JOB_QUEUED] = {"queued", TO(JOB_STARTING) | TO(JOB_FAILED) | TO(JOB_CANCELLED)},
    [JOB_STARTING] = {"starting",
                      TO(JOB_RUNNING) | TO(JOB_QUEUED) | TO(JOB_FAILED) | TO(JOB_CANCELLED)},
    [JOB_RUNNING] = {"running",
                     TO(JOB_FINALIZING) | TO(JOB_QUEUED) | TO(JOB_FAILED) | TO(JOB_CANCELLED)},
    [JOB_FINALIZING] = {"finalizing",
                        TO(JOB_COMPLETE) | TO(JOB_QUEUED) | TO(JOB_FAILED) | TO(JOB_CANCELLED)},
    [JOB_COMPLETE] = {"complete", 0},
    [JOB_FAILED] = {"failed", 0},
    [JOB_CANCELLED] = {"cancelled", 0},
};
static_assert(sizeof(rows) / sizeof(rows[0]) == JOB_STATE_COUNT, "a row per state");

static const struct job_state_row *row_of(enum job_state state)
{
    assert((unsigned)state < JOB_STATE_COUNT);
    return &rows[state];
}

const char *job_state_name(enum job_state state)
{
    return row_of(state)->name;
}

bool job_state_from_name(const char *name, enum job_state *ret)
{
    for (int i = 0; i < JOB_STATE_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *ret = (enum job_state)i;
            return true;
        }
    }
    return false;
}

bool job_state_terminal(enum job_state state)
{
    return row_of(state)->next == 0;
}

bool job_state_may(enum job_state from, enum job_state to)
{
    assert((unsigned)to < JOB_STATE_COUNT);
    return (row_of(from)->next & TO(to)) != 0;
}

enum status job_state_move(enum job_state *state, enum job_state to, struct error *err)
{
    if (!job_state_may(*state, to))
        return error_set(err, ERR_CONFLICT, "a %s job cannot become %s", job_state_name(*state),
                         job_state_name(to));
    *state = to;
    return OK;
}
