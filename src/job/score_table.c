// SPDX-License-Identifier: GPL-3.0-or-later
// score_table.c — figures, intervals, strata. How they look is score_text.c's.
#include "job/score_table.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESAMPLES = 1000 };
static const uint64_t bootstrap_seed = 20240229;
static const double long_job_s = 60; // shorter ones move by more than 1 % in half a second anyway

// ---- one number from one job ----

#define SIMPLE(name, field)                                                                        \
    static bool name(const struct score *s, double *ret)                                           \
    {                                                                                              \
        *ret = s->field;                                                                           \
        return true;                                                                               \
    }
SIMPLE(linearity, linearity)
SIMPLE(worst, worst)
SIMPLE(falls, falls)
SIMPLE(stall, stall_s)
SIMPLE(cliff, cliff)
SIMPLE(at99, at99)
SIMPLE(churn, churn)

#define AT_POINT(i)                                                                                \
    static bool eta_error_##i(const struct score *s, double *ret)                                  \
    {                                                                                              \
        *ret = s->eta_error[i];                                                                    \
        return s->told[i];                                                                         \
    }                                                                                              \
    static bool eta_share_##i(const struct score *s, double *ret)                                  \
    {                                                                                              \
        *ret = s->eta_share[i];                                                                    \
        return s->told[i];                                                                         \
    }
AT_POINT(0)
AT_POINT(1)
AT_POINT(2)
AT_POINT(3)

static bool abstained(const struct score *s, double *ret)
{
    *ret = 0;
    for (int i = 0; i < SCORE_POINTS; i++)
        *ret += s->told[i] ? 0 : 1.0 / SCORE_POINTS;
    return true;
}

static bool below_high(const struct score *s, double *ret)
{
    *ret = s->below_high ? 1 : 0;
    return s->has_cover;
}

static bool inside(const struct score *s, double *ret)
{
    *ret = s->inside ? 1 : 0;
    return s->has_cover;
}

static bool width(const struct score *s, double *ret)
{
    *ret = s->width;
    return s->has_width;
}

static bool jump(const struct score *s, double *ret)
{
    *ret = s->jump;
    return s->total_s >= long_job_s;
}

static bool first_word(const struct score *s, double *ret)
{
    *ret = s->first_s;
    return s->has_first;
}

#define OF_RELAY(name, field)                                                                      \
    static bool name(const struct score *s, double *ret)                                           \
    {                                                                                              \
        *ret = s->relay.field;                                                                     \
        return s->relay.known;                                                                     \
    }
OF_RELAY(recovery_0, recovery_s[0])
OF_RELAY(recovery_1, recovery_s[1])
OF_RELAY(recovery_2, recovery_s[2])
OF_RELAY(ends_lost, lost)
OF_RELAY(sent_falls, falls)

static bool message_bytes(const struct score *s, double *ret)
{
    *ret = s->relay.message_bytes;
    return s->relay.known && s->relay.messages > 0;
}

static bool state_bytes(const struct score *s, double *ret)
{
    *ret = sizeof(struct tracker);
    return s->relay.known;
}

// ---- the table ----

static const struct metric_info rows[] = {
    [METRIC_M1] = {"M1", "mean \\|d − t/T\\|", linearity, FIGURE_MEAN, 4, true, 0.025, 0.04, 0},
    [METRIC_M1_P95] = {"M1 p95", "its 95th percentile over jobs", linearity, FIGURE_P95, 4, true,
                       0.06, 0.06, 0},
    [METRIC_M2] = {"M2", "max \\|d − t/T\\|, mean", worst, FIGURE_MEAN, 4, true, 0.06, 0.09, 0},
    [METRIC_M3_10] = {"M3 10 %", "\\|R50 − R\\| / R at 10 % of T", eta_error_0, FIGURE_MEAN, 3,
                      true, 0.15, 0.20, 0},
    [METRIC_M3_25] = {"M3 25 %", "at 25 %", eta_error_1, FIGURE_MEAN, 3, true, 0.12, 0.15, 0},
    [METRIC_M3_50] = {"M3 50 %", "at 50 %", eta_error_2, FIGURE_MEAN, 3, true, 0.12, 0.17, 0},
    [METRIC_M3_75] = {"M3 75 %", "at 75 %", eta_error_3, FIGURE_MEAN, 3, true, 0.18, 0.25, 0},
    [METRIC_ABSTAINED] = {"M3 silent", "points without a time left", abstained, FIGURE_MEAN, 3,
                          false, 0, 0, 0},
    [METRIC_M4_10] = {"M4 10 %", "\\|R50 − R\\| / T at 10 % of T", eta_share_0, FIGURE_MEAN, 3,
                      true, 0.12, 0.12, 0},
    [METRIC_M4_25] = {"M4 25 %", "at 25 %", eta_share_1, FIGURE_MEAN, 3, true, 0.08, 0.08, 0},
    [METRIC_M4_50] = {"M4 50 %", "at 50 %", eta_share_2, FIGURE_MEAN, 3, true, 0.06, 0.06, 0},
    [METRIC_M4_75] = {"M4 75 %", "at 75 %", eta_share_3, FIGURE_MEAN, 3, true, 0.045, 0.045, 0},
    [METRIC_M5_HIGH] = {"M5 high", "R ≤ R90", below_high, FIGURE_MEAN, 3, true, 0.93, 0.93, 0.87},
    [METRIC_M5_INSIDE] = {"M5 inside", "R10 ≤ R ≤ R90", inside, FIGURE_MEAN, 3, true, 0.84, 0.84,
                          0.76},
    [METRIC_M6] = {"M6", "(R90 − R10) / R", width, FIGURE_MEAN, 3, true, 0.5, 0.5, 0},
    [METRIC_M7] = {"M7", "falls", falls, FIGURE_SUM, 0, true, 0, 0, 0},
    [METRIC_M8] = {"M8", "largest Δd in 0.5 s, jobs of a minute and more", jump, FIGURE_MEAN, 4,
                   true, 0.01, 0.01, 0},
    [METRIC_M9] = {"M9", "longest stall, s, 95th percentile", stall, FIGURE_P95, 1, true, 4, 4, 0},
    [METRIC_M10] = {"M10", "1 − d at the end", cliff, FIGURE_MEAN, 4, true, 0.01, 0.01, 0},
    [METRIC_M10_P95] = {"M10 p95", "its 95th percentile", cliff, FIGURE_P95, 4, true, 0.05, 0.05,
                        0},
    [METRIC_M11] = {"M11", "share of T at 99 % and above", at99, FIGURE_MEAN, 4, true, 0.015, 0.015,
                    0},
    [METRIC_M12] = {"M12", "Σ \\|ΔR50 + Δt\\| / T", churn, FIGURE_MEAN, 3, true, 0.5, 0.5, 0},
    [METRIC_M13] = {"M13", "first time left after, s", first_word, FIGURE_MEAN, 2, true, 2, 2, 0},
    [METRIC_M14_1] = {"M14 1 s", "a line cut for 1 s: until the viewer is right, s, the worst",
                      recovery_0, FIGURE_MAX, 1, true, 1, 1, 0},
    [METRIC_M14_10] = {"M14 10 s", "for 10 s", recovery_1, FIGURE_MAX, 1, true, 1, 1, 0},
    [METRIC_M14_60] = {"M14 60 s", "for 60 s", recovery_2, FIGURE_MAX, 1, true, 1, 1, 0},
    [METRIC_M14_LOST] = {"M14 lost", "ends that were not told", ends_lost, FIGURE_SUM, 0, true, 0,
                         0, 0},
    [METRIC_M14_FALLS] = {"M14 falls", "fractions sent below the one before", sent_falls,
                          FIGURE_SUM, 0, true, 0, 0, 0},
    [METRIC_M16_BYTES] = {"M16 bytes", "bytes of a message", message_bytes, FIGURE_MEAN, 0, true,
                          200, 200, 0},
    [METRIC_M16_STATE] = {"M16 state", "bytes of state a job", state_bytes, FIGURE_MAX, 0, true,
                          4096, 4096, 0},
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == METRIC_COUNT, "a row each");

const struct metric_info *metric_info(enum metric metric)
{
    assert((unsigned)metric < METRIC_COUNT);
    return &rows[metric];
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

// Of sorted values; between two of them by the line.
static double percentile(const double *sorted, size_t count, double p)
{
    double at = p * (double)(count - 1);
    size_t i = (size_t)at;
    if (i + 1 >= count)
        return sorted[count - 1];
    return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

bool metric_figure(enum metric metric, const struct trial_run *const *runs, size_t count,
                   int estimator, double *ret)
{
    const struct metric_info *info = metric_info(metric);
    double *values AUTO(mem_free) = mem_zeroed(count, sizeof(double));
    size_t told = 0;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (info->of(&runs[i]->scores[estimator], &values[told]))
            sum += values[told++];
    }
    if (told == 0)
        return false;
    qsort(values, told, sizeof(values[0]), ascending);
    *ret = info->figure == FIGURE_P95   ? percentile(values, told, 0.95)
           : info->figure == FIGURE_MAX ? values[told - 1]
           : info->figure == FIGURE_SUM ? sum
                                        : sum / (double)told;
    return true;
}

// ---- the bootstrap ----

static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15U; // splitmix64
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

struct interval score_bootstrap(const struct trial_run *const *runs, size_t count, int estimator,
                                bool difference)
{
    double means[RESAMPLES];
    uint64_t state = bootstrap_seed;
    if (count == 0)
        return (struct interval){0, 0};
    for (int r = 0; r < RESAMPLES; r++) {
        double sum = 0;
        for (size_t i = 0; i < count; i++) {
            const struct score *scores = runs[next(&state) % count]->scores;
            sum += difference ? scores[PANEL_TRACKER].linearity - scores[estimator].linearity
                              : scores[estimator].linearity;
        }
        means[r] = sum / (double)count;
    }
    qsort(means, RESAMPLES, sizeof(means[0]), ascending);
    return (struct interval){percentile(means, RESAMPLES, 0.025),
                             percentile(means, RESAMPLES, 0.975)};
}

// ---- strata ----

typedef bool trait_fn(const struct trial_traits *t);

static bool is_cold(const struct trial_traits *t)
{
    return t->cold;
}
static bool is_warm(const struct trial_traits *t)
{
    return !t->cold;
}
static bool is_brief(const struct trial_traits *t)
{
    return t->brief;
}
static bool is_short(const struct trial_traits *t)
{
    return t->total_s < 10;
}
static bool is_middling(const struct trial_traits *t)
{
    return t->total_s >= 10 && t->total_s < long_job_s;
}
static bool is_long(const struct trial_traits *t)
{
    return t->total_s >= long_job_s;
}
static bool is_retried(const struct trial_traits *t)
{
    return t->retried;
}
static bool is_cut(const struct trial_traits *t)
{
    return t->cut;
}
static bool is_coarse(const struct trial_traits *t)
{
    return t->coarse;
}

static const char brief_name[] = "under 2 s";

static const struct {
    const char *name;
    trait_fn *has;
} traits[] = {
    {"cold", is_cold},
    {"warm", is_warm},
    {brief_name, is_brief},
    {"2 to 10 s", is_short},
    {"10 to 60 s", is_middling},
    {"60 s and more", is_long},
    {"with retries", is_retried},
    {"with cuts", is_cut},
    {"with coarse reports", is_coarse},
};

static void describe(const struct trial_run *const *runs, size_t count, struct stratum *ret)
{
    double figure;
    ret->count = count;
    ret->best_estimator = -1;
    (void)metric_figure(METRIC_M1, runs, count, PANEL_TRACKER, &ret->ours);
    (void)metric_figure(METRIC_M5_INSIDE, runs, count, PANEL_TRACKER, &ret->inside);
    for (size_t i = 0; i < count; i++)
        ret->stalled += runs[i]->scores[PANEL_TRACKER].stalled ? 1 / (double)count : 0;
    for (int e = PANEL_FIRST_BASELINE; e < PANEL_COUNT; e++) {
        if (baseline_is_oracle((enum baseline_kind)(e - PANEL_FIRST_BASELINE)))
            continue;
        if (metric_figure(METRIC_M1, runs, count, e, &figure) &&
            (ret->best_estimator < 0 || figure < ret->best)) {
            ret->best = figure;
            ret->best_estimator = e;
        }
    }
}

struct strata {
    const struct trial_run **chosen;
    size_t chosen_count;
    struct stratum *ret;
    int count;
};

// Describes the chosen runs as a stratum, if there are any, and chooses none.
static void add_stratum(struct strata *s, const char *kind, const char *name)
{
    if (s->chosen_count > 0 && s->count < STRATA_MAX) {
        struct stratum *stratum = &s->ret[s->count++];
        *stratum = (struct stratum){0};
        (void)snprintf(stratum->name, sizeof(stratum->name), "%s%s", kind, name);
        describe(s->chosen, s->chosen_count, stratum);
    }
    s->chosen_count = 0;
}

static void add_labels(struct strata *s, const struct trial_run *runs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *label = runs[i].traits.label;
        bool seen = label[0] == '\0';
        for (size_t j = 0; j < i && !seen; j++)
            seen = strcmp(runs[j].traits.label, label) == 0;
        for (size_t j = i; j < count && !seen; j++) {
            if (strcmp(runs[j].traits.label, label) == 0 && !runs[j].traits.brief)
                s->chosen[s->chosen_count++] = &runs[j];
        }
        add_stratum(s, "", label);
    }
}

int score_strata(const struct trial_run *runs, size_t count, struct stratum ret[static STRATA_MAX],
                 int *ret_worst)
{
    const struct trial_run **chosen AUTO(mem_free) = mem_zeroed(count, sizeof(void *));
    struct strata s = {.chosen = chosen, .ret = ret};
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        for (size_t i = 0; i < count; i++) {
            if (runs[i].traits.type == (enum export_type)type && !runs[i].traits.brief)
                chosen[s.chosen_count++] = &runs[i];
        }
        add_stratum(&s, "", export_info((enum export_type)type)->name);
    }
    for (size_t t = 0; t < sizeof(traits) / sizeof(traits[0]); t++) {
        for (size_t i = 0; i < count; i++) {
            bool brief = runs[i].traits.brief && traits[t].has != is_brief;
            if (traits[t].has(&runs[i].traits) && !brief)
                chosen[s.chosen_count++] = &runs[i];
        }
        add_stratum(&s, "", traits[t].name);
    }
    add_labels(&s, runs, count);
    *ret_worst = -1;
    for (int i = 0; i < s.count; i++) {
        bool brief = strcmp(ret[i].name, brief_name) == 0;
        if (ret[i].count >= STRATUM_LEAST && !brief &&
            (*ret_worst < 0 || ret[i].ours > ret[*ret_worst].ours))
            *ret_worst = i;
    }
    return s.count;
}
