// SPDX-License-Identifier: GPL-3.0-or-later
// listener.h — what an export tells about itself while it runs: facts, never percents.
//
// The worker implements it (lines on a descriptor); tests implement it (arrays). Calls come
// from the threads of the stages, several at a time; an implementation locks for itself and
// returns quickly.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "progress/plan.h"
#include "progress/tracker.h"

struct listener {
    // What will be done, once it is known; before any frame is touched.
    void (*plan)(struct listener *self, const struct plan *plan, const struct features *features);
    void (*begin)(struct listener *self, enum phase phase);
    // The absolute amount done; called for every unit, the listener thins them out.
    void (*report)(struct listener *self, const struct report *report);
    // busy_ns: time spent working in this phase, waiting for other stages left out.
    void (*end)(struct listener *self, enum phase phase, uint64_t done_units, int64_t busy_ns);
    // Something worth telling that is not an error.
    void (*note)(struct listener *self, const char *text);
};
