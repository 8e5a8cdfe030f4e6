// SPDX-License-Identifier: GPL-3.0-or-later
// fake_worker.h — a worker that does nothing for a while, and says so as real ones do.
//
// Started as "PROGRAM worker --job ID --attempt N …" with a spec on standard input. What kind it is
// stands in the spec's input: "in-KIND.mp4". Its output goes through the real sink, so that nothing
// is left when it is killed. Just before its result it notes
// job, attempt and time in "made.txt".
#pragma once

enum fake_kind {
    FAKE_USUAL,  // hello, plan, a count every 20 ms
    FAKE_MUTE,   // says nothing but its result
    FAKE_COARSE, // one count, in the middle
    FAKE_TORN,   // fails for good
    FAKE_KIND_COUNT
};

enum { FAKE_STEPS = 30, FAKE_STEP_MS = 20, FAKE_BYTES = 20000 };

const char *fake_name(enum fake_kind kind); // "usual"
int fake_worker(int argc, char **argv);
