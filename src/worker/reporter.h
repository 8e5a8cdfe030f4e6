// SPDX-License-Identifier: GPL-3.0-or-later
// reporter.h — writes the worker's lines: every fact, and counts as often as is useful.
//
// Stages tell it facts through its listener (export/listener.h) and go on at once; a thread of
// its own writes the lines. Facts (hello, plan, begin, end, note, result, error) are all said, in
// order; a result or an error is the last line. Of the counts of a phase only the newest is
// said: at the first unit, after 10 units of frames or half a second (in the first 25 s, a fiftieth
// of the worker's age), but at most ten times a second. A new total is said at the next of these
// times or right before the end of its phase. When nothing was said for 1.5 s the line is "alive".
//
// A reader that does not read stops neither the stages nor memory: facts are few and counts are
// overwritten. A reader that has gone fires the cancel: nobody wants this work any more. One that
// does not read is waited for, but no longer than half a second once the cancel has fired.
// Threads: any.
#pragma once

#include "base/memory.h"
#include "export/listener.h"
#include "job/event.h"
#include "sys/cancel.h"

struct reporter;

// Lines go to `fd` (borrowed). `job` is at most EVENT_MAX_NAME - 1 bytes, attempt from 1.
struct reporter *reporter_new(int fd, const char *job, uint32_t attempt, struct cancel *cancel);
// Says what is still to say, ends the thread.
void reporter_free(struct reporter *reporter);
AUTO_DEFINE(struct reporter, reporter_free)

// Where an export tells its facts. Lives as long as the reporter.
struct listener *reporter_listener(struct reporter *reporter);
// Says a fact that no listener knows: hello, result, error. The common fields are filled in.
void reporter_say(struct reporter *reporter, const struct event *event);

// What the phases took, for the result and the benchmark record.
void reporter_timings(struct reporter *reporter, struct record_phase ret[static PHASE_COUNT]);
// The plan and features told so far. False when none was.
bool reporter_plan(struct reporter *reporter, struct features *ret);
