// SPDX-License-Identifier: GPL-3.0-or-later
// recorder.h — a listener that keeps all it hears, and may stop or spoil the work at a given fact.
//
// Usage: recorder_init(), hand on &r.listener, look at r.told when the work has ended.
// Threads: the listener any, the rest one.
#pragma once

#include <pthread.h>

#include "export/listener.h"

enum told_kind { TOLD_PLAN, TOLD_BEGIN, TOLD_REPORT, TOLD_END, TOLD_NOTE };

struct told {
    enum told_kind kind;
    enum phase phase;                 // meaningless for a plan or note
    uint64_t done_units;              // of a report or end
    bool has_total;                   // of a report
    uint64_t total_units;             // likewise
    char cost_class[PLAN_CLASS_NAME]; // of a report; "" when it counts them all
    int64_t busy_ns;                  // of an end
    int64_t at_ns;
};

struct recorder {
    struct listener listener;
    pthread_mutex_t lock;
    // -- protected by lock
    struct told *told;
    int count, capacity;
    struct plan plan;
    struct features features;
    // -- set by the owner before the work begins
    struct told when; // the first fact of this kind, phase and at least as many units
    void (*act)(struct recorder *r); // … calls this once, on the thread that tells it
    void *context;                   // for act
    // -- for the owner to read
    int64_t acted_ns; // when act was called; 0: never
};

void recorder_init(struct recorder *r);
void recorder_done(struct recorder *r);

// The place of the first fact of that kind (and phase, unless it is a plan or note); -1: never.
int recorder_find(const struct recorder *r, enum told_kind kind, enum phase phase);
// The units of a phase as its end told them; fails the test when it has not ended.
uint64_t recorder_ended_at(const struct recorder *r, enum phase phase);
// The newest total of a phase that its counts told; fails the test when none did.
uint64_t recorder_total(const struct recorder *r, enum phase phase);
// What holds for every export: a phase begins once, then counts and ends at most once; counts rise
// (those of a cost class by themselves, within what the plan says of it) and stay within the plan's
// total; work takes no longer than the clock.
void recorder_check(const struct recorder *r);
