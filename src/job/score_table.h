// SPDX-License-Identifier: GPL-3.0-or-later
// score_table.h — a trial summed up: each metric of each estimator, strata, paired intervals.
//
// Metrics are rows of a table: how a job's score gives a number, how those become one figure, what
// is promised for it (docs/accuracy-method.md). Bootstrap intervals resample the jobs with a fixed
// seed, so the same trial gives the same table. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "job/trial.h"

enum metric {
    METRIC_M1,
    METRIC_M1_P95,
    METRIC_M2,
    METRIC_M3_10,
    METRIC_M3_25,
    METRIC_M3_50,
    METRIC_M3_75,
    METRIC_ABSTAINED,
    METRIC_M4_10,
    METRIC_M4_25,
    METRIC_M4_50,
    METRIC_M4_75,
    METRIC_M5_HIGH,
    METRIC_M5_INSIDE,
    METRIC_M6,
    METRIC_M7,
    METRIC_M8,
    METRIC_M9,
    METRIC_M10,
    METRIC_M10_P95,
    METRIC_M11,
    METRIC_M12,
    METRIC_M13,
    METRIC_M14_1,
    METRIC_M14_10,
    METRIC_M14_60,
    METRIC_M14_LOST,
    METRIC_M14_FALLS,
    METRIC_M16_BYTES,
    METRIC_M16_STATE,
    METRIC_COUNT
};

struct metric_info {
    const char *id;   // "M1"
    const char *text; // "mean \\|d − t/T\\|", for a cell of a Markdown table
    // From one job; false when it tells nothing about this metric.
    bool (*of)(const struct score *score, double *ret);
    enum { FIGURE_MEAN, FIGURE_P95, FIGURE_MAX, FIGURE_SUM } figure;
    int decimals;
    bool has_target;
    double target, few_target; // with a hundred learnt jobs, and with five
    double least;              // for a band: the target is its upper end; else 0
};

const struct metric_info *metric_info(enum metric metric);
// The figure of one estimator over the runs; false when no run tells.
bool metric_figure(enum metric metric, const struct trial_run *const *runs, size_t count,
                   int estimator, double *ret);

struct interval {
    double low, high; // 95 %
};
// Of the mean M1 of `estimator`, and of the tracker's minus the estimator's on the same jobs.
struct interval score_bootstrap(const struct trial_run *const *runs, size_t count, int estimator,
                                bool difference);

// A kind of job: "cold", "type overlay", "under 10 s".
struct stratum {
    char name[48];
    size_t count;
    double ours, best;  // M1 of the tracker, and of the best baseline that is no oracle
    int best_estimator; //
    double stalled;     // M15: share of jobs that the tracker said to hang
    double inside;      // M5 of the tracker
};
enum { STRATA_MAX = 40, STRATUM_LEAST = 5 };

// The strata that have any run. Returns how many; *ret_worst is the one of at least STRATUM_LEAST
// runs with the largest M1 of the tracker, brief jobs aside; −1 when there is none.
int score_strata(const struct trial_run *runs, size_t count, struct stratum ret[static STRATA_MAX],
                 int *ret_worst);

// One trial and its name ("100 learnt").
struct score_section {
    const char *title;
    size_t learn, least; // as in its options
    const struct trial *trial;
    const char *alone; // not NULL: of lines from elsewhere, which have this name
};

// Appends the section as Markdown for people, or as one JSON object on a line for programs.
void score_write_text(const struct score_section *section, struct buffer *out);
void score_write_json(const struct score_section *section, struct buffer *out);
