// SPDX-License-Identifier: GPL-3.0-or-later
// baseline_fit.h — what the plain bars (baseline.h) may learn from the same finished jobs.
//
// Each of them in its best form: shares of the phases' own seconds, and a line
// T = fixed_s + frame_s × frames fitted to the totals by relative least squares. Before there is
// anything to learn from they have what they were published with. Pure; a plain value; seconds.
#pragma once

#include <stdint.h>

#include "progress/record.h"

enum { BASELINE_RUNS = 128 }; // of one type, the newest

struct baseline_runs {
    uint32_t count, next;
    float frames[BASELINE_RUNS];
    float total_s[BASELINE_RUNS];
    double shares[PHASE_COUNT]; // Σ over all jobs of the type
    double jobs;
};

struct baseline_fit {
    struct baseline_runs types[EXPORT_TYPE_COUNT];
};

// All-zero is a fit that has learnt nothing. Records that teach nothing (record.h) are ignored.
void baseline_learn(struct baseline_fit *fit, const struct record *record);

// What a phase takes of the job. False while no job of the type was learnt.
bool baseline_weights(const struct baseline_fit *fit, enum export_type type,
                      double ret[static PHASE_COUNT]);
// The seconds of a job with so many frames; has_frames false: they are not known yet.
double baseline_total_s(const struct baseline_fit *fit, enum export_type type, bool has_frames,
                        double frames);
// The frames that such bars count: those to upscale, else those of the film. False: not known.
bool baseline_frames(const struct features *features, double *ret);
