// SPDX-License-Identifier: GPL-3.0-or-later
// analysis.h — what the records of a deployment say: where time goes, and what not to believe.
//
// Data flow: samples → one report a type (numbers here, warnings by findings.h) and one set of
// weights → report_text, report_json, report_html.
//
// A record is *usable* when its job completed, no phase is cut short and its times can be; the
// figures are of usable records. Weights are made only of records that are sound as well (stamped
// by the worker, of no simulated bar), and not for a type whose times are circular.
//
// Pure. Ownership: borrows the samples, which must outlive it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/circular.h"
#include "analysis/samples.h"
#include "analysis/spread.h"
#include "job/shares.h"
#include "job/weights_file.h"

enum { ANALYSIS_FEW = 10, ANALYSIS_FINDINGS = 12, ANALYSIS_SETS = 8 };

enum finding_kind {
    FINDING_UNSOUND,   // records that teach nothing
    FINDING_FEW,       // too few samples
    FINDING_MISSING,   // phases that the type has, and records do not
    FINDING_CIRCULAR,  // times of a bar instead of the work
    FINDING_ABSORBING, // a last phase that absorbs the overrun
    FINDING_MIXTURE,   // cold and warm runs that differ
    FINDING_DRIFT,     // the runs have left the model
    FINDING_KIND_COUNT
};

struct finding {
    enum finding_kind kind;
    char text[640]; // a sentence without its full stop
};

// Expected against actual totals.
struct accuracy {
    size_t n;
    double off;     // mean of |actual − expected| / actual
    double ratio;   // median of actual / expected: above 1, jobs take longer than expected
    double covered; // share of jobs inside the interval; of foresight alone
};

struct type_report {
    enum export_type type;
    const struct sample *samples; // of this type, by time; all, usable or not
    size_t count, usable, sound;
    size_t cold, warm; // of the usable; the others do not tell
    size_t flaws[RECORD_FLAW_COUNT];
    struct shares shares, cold_shares, warm_shares; // of the usable
    struct spread seconds[PHASE_COUNT];             // own seconds, where the phase is present
    struct spread total;                            // seconds
    struct spread frame, cold_frame, warm_frame;    // seconds per frame
    struct accuracy estimated;                      // by the bar that ran
    struct accuracy foreseen;                       // by our estimator, learning on the way
    bool circular;
    const struct drifts *drifts;
    bool weighed; // the set of weights has this type
    struct finding findings[ANALYSIS_FINDINGS];
    int finding_count;
};

struct analysis {
    const struct samples *samples;
    int64_t at_ms; // when it was made, since 1970
    struct type_report types[EXPORT_TYPE_COUNT];
    struct weights_file weights;
};

// `s` is finished (samples_finish()). Circular shares are looked for in those sets too, beside
// `first` and `measured`. *ret is large: keep it off small stacks.
void analysis_make(const struct samples *s, const struct named_weights *sets, size_t set_count,
                   int64_t now_ms, struct analysis *ret);

bool sample_usable(const struct sample *s);
// Frames that stand for the size of a job: those the network sees, else those of the film.
// False when it tells none, or only copies packets: that counts as one frame, which is none.
bool sample_frames(const struct sample *s, double *ret);
