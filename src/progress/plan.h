// SPDX-License-Identifier: GPL-3.0-or-later
// plan.h — what a worker says it will do, before it does it. Plain values, pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "progress/phase.h"

enum { PLAN_MAX_CLASSES = 4, PLAN_CLASS_NAME = 16 };

// Units of one kind whose cost differs from the others' ("inside" a highlight, say).
struct plan_class {
    char name[PLAN_CLASS_NAME];
    uint64_t units;
};

struct plan_phase {
    bool present; // the worker will run this phase
    bool has_total;
    uint64_t total_units; // meaningless unless has_total; a total of 0 means nothing to do
    uint32_t items;       // clips this phase counts through; 0 when it has none
    uint8_t class_count;  // 0: all units cost the same
    struct plan_class classes[PLAN_MAX_CLASSES];
};

struct plan {
    struct plan_phase phases[PHASE_COUNT]; // indexed by enum phase
};

// What is known of a job when it is submitted or probed; the model's regressors
// (docs/progress.md). Any of them may be missing.
struct features {
    bool has_frames_upscale, has_frames_output, has_pixels_in, has_pixels_out, has_bytes_in;
    bool has_bytes_out, has_clips, has_cold, has_idle, has_remote;
    bool has_runnable, has_processors;
    uint64_t frames_upscale; // distinct source frames the network will see
    uint64_t frames_output;
    uint64_t pixels_in;  // of one frame as the network sees it (after the crop)
    uint64_t pixels_out; // of one output frame
    uint64_t bytes_in;
    uint64_t bytes_out; // expected
    uint64_t clips;
    uint64_t runnable;   // threads of others that wanted a processor when the worker began
    uint64_t processors; // of that machine
    bool cold;
    bool remote;     // source or result lie in a store: their bytes go over a network
    double idle_s;   // since the last job of this deployment ended, when this one was submitted
    char device[48]; // "cpu-avx512-2", from the worker's hello; "" unknown
    char engine[32]; // "x4fast", …; "" unknown
    char quality[8]; // "fast", "best": the encoder's setting; "" unknown, or nothing is encoded
};
