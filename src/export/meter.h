// SPDX-License-Identifier: GPL-3.0-or-later
// meter.h — counts one phase: units done, and the time really spent on them.
//
// The first meter_work() or meter_set() begins the phase; meter_end() ends it once; a phase
// that never began is never told. Busy time leaves out waiting for other stages and is what
// the weights are learned from; while several threads work on the phase it passes once, so it
// never exceeds the time on the clock. Units are phase_info(phase)->unit.
// Threads: any; the listener is called without the meter's lock held.
#pragma once

#include <pthread.h>

#include "export/listener.h"

struct meter {
    struct listener *listener;
    enum phase phase;
    pthread_mutex_t lock;
    // -- protected by lock
    bool begun, ended;
    int working;                                 // between meter_work() and meter_rest()
    int64_t working_since_ns;                    // meaningless unless working > 0
    int64_t busy_ns;                             // before that
    struct report report;                        // the newest; done_units of all classes
    struct plan_class classes[PLAN_MAX_CLASSES]; // units done; those behind the last have no name
};

void meter_init(struct meter *m, struct listener *listener, enum phase phase);
void meter_done(struct meter *m);
// A meter for each phase, indexed by it.
void meters_init(struct meter meters[static PHASE_COUNT], struct listener *listener);
void meters_done(struct meter meters[static PHASE_COUNT]);
// Says how much there is, when that becomes known or changes: a phase that has begun tells it at
// once, with what is done; one that has not, or counts by class, with its next report.
void meter_total(struct meter *m, uint64_t total_units);
// The same as long as nobody has said it better; always told with the next report.
void meter_expect(struct meter *m, uint64_t total_units);
// The latest clip that is being worked on, counted from 1; told with the next report. An earlier
// one is ignored: while two are mixed their frames alternate.
void meter_item(struct meter *m, uint32_t item, uint32_t items);
// Work on this phase starts, and pauses. Always in pairs; several threads may be at it.
void meter_work(struct meter *m);
void meter_rest(struct meter *m);
// Units done so far, absolute; told to the listener when it grew.
void meter_set(struct meter *m, uint64_t done_units);
void meter_add(struct meter *m, uint64_t units);
// Units of one cost class, as the plan names it; told as the class's own count. A phase is counted
// by class throughout or not at all.
void meter_add_class(struct meter *m, const char *name, uint64_t units);
void meter_end(struct meter *m);
// Busy seconds so far.
double meter_busy_s(struct meter *m);
