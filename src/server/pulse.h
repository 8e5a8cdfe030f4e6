// SPDX-License-Identifier: GPL-3.0-or-later
// pulse.h — how long the loop was kept from its clients, and by what.
//
// A beat that comes late tells that the loop was kept, for whatever reason: also when other
// programs had the processor. The thread's own figures tell the reasons apart: processor time (the
// loop was at work), waits (for a lock, a disk, a page of memory), and neither (it was others).
//
//     for (;;) { pulse_turn_begin(); wait for events, and serve them; pulse_turn_end(); }
//
// Threads: the loop's own, whose figures are read. Units: *_ns.
#pragma once

#include <stdint.h>

enum { PULSE_LATE_MS = 20 };

struct pulse_stats {
    uint64_t late;           // beats more than PULSE_LATE_MS behind
    uint64_t waits;          // of the loop, for anything but its events
    int64_t latest_ns;       // a beat, in the last minute
    int64_t longest_work_ns; // processor time of one turn, in the last minute
};

// What a thread has used so far.
struct pulse_use {
    int64_t cpu_ns;
    int64_t waits;      // it gave the processor up
    int64_t interrupts; // it was taken away
};

// Zeroed before the first turn.
struct pulse {
    struct pulse_stats stats;
    // -- private
    struct pulse_use at_turn, at_beat;
    int64_t due_ns;   // of the next beat; 0: none was yet
    int64_t until_ns; // when the last minute is over
};

void pulse_turn_begin(struct pulse *p);
// A turn has one wait, for its events.
void pulse_turn_end(struct pulse *p);
// A beat, the next one of which comes after pause_ns. A late one is logged with its reasons.
void pulse_beat(struct pulse *p, int64_t now_ns, int64_t pause_ns);
