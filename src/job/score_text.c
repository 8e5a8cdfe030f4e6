// SPDX-License-Identifier: GPL-3.0-or-later
// score_text.c — the tables of score_table.h, for people and for programs.
#include <math.h>
#include <stdio.h>

#include "base/json_write.h"
#include "job/score_table.h"

enum { FEW_JOBS = 100, MAX_CELL = 64 };

static bool meets(const struct metric_info *info, size_t learn, double figure)
{
    double target = learn >= FEW_JOBS ? info->target : info->few_target;
    double half_unit = 0.5 * pow(10, -info->decimals); // as it is printed
    return figure < target + half_unit && figure > info->least - half_unit;
}

static void write_target(const struct metric_info *info, size_t learn, struct buffer *out)
{
    double target = learn >= FEW_JOBS ? info->target : info->few_target;
    if (!info->has_target)
        buffer_text(out, " – |");
    else if (info->least > 0)
        buffer_printf(out, " %g–%g |", info->least, target);
    else
        buffer_printf(out, " ≤ %g |", target);
}

struct runs {
    const struct trial_run **list;
    size_t count;
};

static int estimators(const struct score_section *section)
{
    return section->alone ? PANEL_TRACKER + 1 : PANEL_COUNT;
}

static const char *name_of(const struct score_section *section, int estimator)
{
    return section->alone ? section->alone : panel_name(estimator);
}

static struct runs read_runs(const struct trial *trial)
{
    struct runs runs = {mem_zeroed(trial->count, sizeof(void *)), 0};
    for (size_t i = 0; i < trial->count; i++) {
        if (!trial->runs[i].traits.brief)
            runs.list[runs.count++] = &trial->runs[i];
    }
    return runs;
}

static void write_metrics(const struct score_section *section, const struct runs *runs,
                          struct buffer *out)
{
    buffer_text(out, "| metric | | target |");
    for (int e = 0; e < estimators(section); e++)
        buffer_printf(out, " %s |", name_of(section, e));
    buffer_text(out, "\n|---|---|---|");
    for (int e = 0; e < estimators(section); e++)
        buffer_text(out, "---|");
    buffer_text(out, "\n");
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct metric_info *info = metric_info((enum metric)m);
        buffer_printf(out, "| %s | %s |", info->id, info->text);
        write_target(info, section->learn, out);
        for (int e = 0; e < estimators(section); e++) {
            double figure;
            if (!metric_figure((enum metric)m, runs->list, runs->count, e, &figure)) {
                buffer_text(out, " – |");
                continue;
            }
            bool missed = e == PANEL_TRACKER && info->has_target &&
                          !meets(info, section->learn, figure);
            buffer_printf(out, missed ? " **%.*f** ✗ |" : " %.*f |", info->decimals, figure);
        }
        buffer_text(out, "\n");
    }
}

static void write_pairs(const struct runs *runs, struct buffer *out)
{
    struct interval ours = score_bootstrap(runs->list, runs->count, PANEL_TRACKER, false);
    buffer_printf(
        out,
        "\nM1 with 95 %% intervals (bootstrap over jobs): headway %.4f–%.4f. Difference to"
        " each, on the same jobs:",
        ours.low, ours.high);
    for (int e = PANEL_FIRST_BASELINE; e < PANEL_COUNT; e++) {
        struct interval i = score_bootstrap(runs->list, runs->count, e, true);
        buffer_printf(out, "%s %s %+.4f to %+.4f", e > PANEL_FIRST_BASELINE ? "," : "",
                      panel_name(e), i.low, i.high);
    }
    buffer_text(out, ".\n");
}

static void write_strata(const struct trial *trial, struct buffer *out)
{
    struct stratum strata[STRATA_MAX];
    int worst;
    int count = score_strata(trial->runs, trial->count, strata, &worst);
    buffer_text(out,
                "\n| jobs | number | M1 | M1 of the best baseline | M5 inside | said to hang |\n"
                "|---|---|---|---|---|---|\n");
    for (int i = 0; i < count; i++) {
        const struct stratum *s = &strata[i];
        buffer_printf(out, "| %s%s | %zu | %.4f | %.4f (%s) | %.2f | %.3f |\n", s->name,
                      i == worst ? " — the worst" : "", s->count, s->ours, s->best,
                      panel_name(s->best_estimator), s->inside, s->stalled);
    }
}

void score_write_text(const struct score_section *section, struct buffer *out)
{
    const struct trial *trial = section->trial;
    struct runs runs = read_runs(trial);
    buffer_printf(out, "### %s\n\n%zu jobs judged", section->title, runs.count);
    if (trial->count > runs.count)
        buffer_printf(out, "; %zu were over within %g s and are a row of the second table alone",
                      trial->count - runs.count, TRIAL_BRIEF_S);
    if (trial->censored > 0)
        buffer_printf(out, "; %zu left out that did not complete", trial->censored);
    if (trial->too_early > 0)
        buffer_printf(out, "; %zu before which fewer than %zu had ended only taught",
                      trial->too_early, section->least);
    buffer_text(out, ".\n\n");
    if (runs.count == 0) {
        free(runs.list);
        return;
    }
    write_metrics(section, &runs, out);
    if (!section->alone) {
        write_pairs(&runs, out);
        write_strata(trial, out);
    }
    free(runs.list);
}

// ---- JSON ----

enum { DECIMALS = 6 };

static void write_estimators(const struct score_section *section, const struct runs *runs,
                             struct json_writer *w)
{
    jw_key(w, "estimators");
    jw_object_begin(w);
    for (int e = 0; e < estimators(section); e++) {
        jw_key(w, name_of(section, e));
        jw_object_begin(w);
        for (int m = 0; m < METRIC_COUNT; m++) {
            double figure;
            if (metric_figure((enum metric)m, runs->list, runs->count, e, &figure))
                jw_key_number(w, metric_info((enum metric)m)->id, figure, DECIMALS);
        }
        struct interval i = score_bootstrap(runs->list, runs->count, e, e != PANEL_TRACKER);
        jw_key(w, e == PANEL_TRACKER ? "M1_interval" : "M1_difference");
        jw_array_begin(w);
        jw_number(w, i.low, DECIMALS);
        jw_number(w, i.high, DECIMALS);
        jw_array_end(w);
        jw_object_end(w);
    }
    jw_object_end(w);
}

// Mean |d − t / T| in each twentieth of T.
static void write_curves(const struct runs *runs, struct json_writer *w)
{
    jw_key(w, "curves");
    jw_object_begin(w);
    for (int e = 0; e < PANEL_COUNT; e++) {
        jw_key(w, panel_name(e));
        jw_array_begin(w);
        for (int bin = 0; bin < TRIAL_BINS; bin++) {
            double sum = 0;
            double count = 0;
            for (size_t i = 0; i < runs->count; i++) {
                if (runs->list[i]->off_count[bin] > 0) {
                    sum += (double)runs->list[i]->off[e][bin];
                    count++;
                }
            }
            if (count > 0)
                jw_number(w, sum / count, DECIMALS);
            else
                jw_null(w);
        }
        jw_array_end(w);
    }
    jw_object_end(w);
}

static void write_strata_json(const struct trial *trial, struct json_writer *w)
{
    struct stratum strata[STRATA_MAX];
    int worst;
    int count = score_strata(trial->runs, trial->count, strata, &worst);
    jw_key(w, "strata");
    jw_array_begin(w);
    for (int i = 0; i < count; i++) {
        jw_object_begin(w);
        jw_key_string(w, "name", strata[i].name);
        jw_key_uint(w, "runs", strata[i].count);
        jw_key_number(w, "M1", strata[i].ours, DECIMALS);
        jw_key_string(w, "best_baseline", panel_name(strata[i].best_estimator));
        jw_key_number(w, "M1_best_baseline", strata[i].best, DECIMALS);
        jw_key_number(w, "M5 inside", strata[i].inside, DECIMALS);
        jw_key_number(w, "stalled", strata[i].stalled, DECIMALS);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_key_string(w, "worst", worst >= 0 ? strata[worst].name : NULL);
}

static void write_runs(const struct trial *trial, struct json_writer *w)
{
    jw_key(w, "runs");
    jw_array_begin(w);
    for (size_t i = 0; i < trial->count; i++) {
        const struct trial_run *run = &trial->runs[i];
        const struct score *s = &run->scores[PANEL_TRACKER];
        jw_object_begin(w);
        jw_key_string(w, "id", run->id);
        jw_key_string(w, "type", export_info(run->traits.type)->name);
        jw_key_number(w, "total_s", s->total_s, 3);
        jw_key_number(w, "M1", s->linearity, DECIMALS);
        jw_key_number(w, "M2", s->worst, DECIMALS);
        jw_key_number(w, "M9", s->stall_s, DECIMALS);
        jw_key_number(w, "M10", s->cliff, DECIMALS);
        jw_key_bool(w, "inside", s->has_cover && s->inside);
        jw_object_end(w);
    }
    jw_array_end(w);
}

void score_write_json(const struct score_section *section, struct buffer *out)
{
    struct json_writer w;
    struct runs runs = read_runs(section->trial);
    jw_init(&w, out);
    jw_object_begin(&w);
    jw_key_string(&w, "title", section->title);
    jw_key_uint(&w, "learn", section->learn);
    jw_key_uint(&w, "judged", runs.count);
    jw_key_uint(&w, "brief", section->trial->count - runs.count);
    jw_key_uint(&w, "censored", section->trial->censored);
    jw_key_uint(&w, "too_early", section->trial->too_early);
    if (runs.count > 0) {
        write_estimators(section, &runs, &w);
        write_runs(section->trial, &w);
    }
    if (runs.count > 0 && !section->alone) {
        write_curves(&runs, &w);
        write_strata_json(section->trial, &w);
    }
    jw_object_end(&w);
    buffer_text(out, "\n");
    free(runs.list);
}
