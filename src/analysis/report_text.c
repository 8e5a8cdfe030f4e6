// SPDX-License-Identifier: GPL-3.0-or-later
// report_text.c — see report_text.h.
#include "analysis/report_text.h"

#include "base/text.h"

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void head(const struct type_report *r, struct buffer *out)
{
    char from[TEXT_TIME];
    char to[TEXT_TIME];
    int64_t first_ms = r->samples[0].b.record.at_ms;
    int64_t last_ms = r->samples[r->count - 1].b.record.at_ms;
    buffer_printf(out, "\n%s: %zu record%s", export_info(r->type)->name, r->count,
                  plural(r->count));
    if (r->cold + r->warm > 0)
        buffer_printf(out, ", %zu cold, %zu warm", r->cold, r->warm);
    if (first_ms > 0)
        buffer_printf(out, ", %.10s to %.10s", text_time(from, first_ms), text_time(to, last_ms));
    buffer_text(out, "\n");
}

static void phases(const struct type_report *r, struct buffer *out)
{
    if (r->shares.records == 0)
        return;
    buffer_text(out, "\n  phase           share   spread       seconds   of 8 in 10           n\n");
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct spread *s = &r->seconds[k];
        if (s->n == 0)
            continue;
        buffer_printf(out, "  %-12s %6.1f %%   ±%5.1f    %10.3f   %.3f to %-10.3f %4zu\n",
                      phase_info((enum phase)k)->name, 100 * r->shares.mean[k],
                      100 * shares_spread(&r->shares, (enum phase)k), s->median, s->low, s->high,
                      s->n);
    }
    buffer_printf(out, "  %-12s %19s   %10.3f   %.3f to %-10.3f %4zu\n", "whole", "",
                  r->total.median, r->total.low, r->total.high, r->total.n);
}

static void weights(const struct analysis *a, const struct type_report *r, struct buffer *out)
{
    const struct export_info *info = export_info(r->type);
    if (!r->weighed)
        return;
    buffer_printf(out, "\n  weights, of %llu sound record%s:",
                  (unsigned long long)a->weights.samples[r->type],
                  plural(a->weights.samples[r->type]));
    for (int i = 0; i < info->phase_count; i++) {
        const struct weight *w = &a->weights.set.weights[r->type][info->phases[i]];
        buffer_printf(out, "%s %s %.1f–%.1f", i ? "," : "", phase_info(info->phases[i])->name,
                      w->start_percent, w->end_percent);
    }
    buffer_text(out, "\n");
}

static void accuracy(const char *who, const struct accuracy *a, struct buffer *out)
{
    if (a->n == 0)
        return;
    buffer_printf(out, "  %-21s off by %.1f %% on average, median actual/expected %.2f", who,
                  100 * a->off, a->ratio);
    if (a->covered > 0)
        buffer_printf(out, ", %.0f %% inside the interval", 100 * a->covered);
    buffer_printf(out, " (%zu run%s)\n", a->n, plural(a->n));
}

static void frames(const struct type_report *r, struct buffer *out)
{
    if (r->frame.n == 0)
        return;
    buffer_printf(out, "  %-21s %.4g s, 8 in 10 from %.4g to %.4g s", "seconds per frame",
                  r->frame.median, r->frame.low, r->frame.high);
    if (r->cold_frame.n > 0 && r->warm_frame.n > 0)
        buffer_printf(out, "; cold %.4g, warm %.4g", r->cold_frame.median, r->warm_frame.median);
    buffer_text(out, "\n");
}

static void findings(const struct type_report *r, struct buffer *out)
{
    for (int i = 0; i < r->finding_count; i++)
        buffer_printf(out, "  ! %s.\n", r->findings[i].text);
}

static void refused(const struct samples *s, struct buffer *out)
{
    for (int i = 0; i < RECORD_FLAW_COUNT; i++) {
        if (s->refused[i] > 0)
            buffer_printf(out, "%llu more record%s the history did not take: %s.\n",
                          (unsigned long long)s->refused[i], plural(s->refused[i]),
                          record_flaw_name((enum record_flaw)i));
    }
}

static void broken(const struct samples *s, struct buffer *out)
{
    if (s->left_out)
        buffer_printf(out, "%llu records beyond the first %d were left out.\n",
                      (unsigned long long)s->left_out, SAMPLES_MAX);
    if (s->broken == 0)
        return;
    buffer_printf(out, "%llu line%s with %s could not be read:\n", (unsigned long long)s->broken,
                  plural(s->broken), BENCHMARK_MARKER);
    for (uint64_t i = 0; i < s->broken && i < SAMPLES_BROKEN; i++) {
        const struct broken_line *line = &s->broken_lines[i];
        buffer_printf(out, "  %s:%llu: %s\n", line->source, (unsigned long long)line->line,
                      line->why);
    }
    if (s->broken > SAMPLES_BROKEN)
        buffer_printf(out, "  … and %llu more\n", (unsigned long long)(s->broken - SAMPLES_BROKEN));
}

void report_text(const struct analysis *a, struct buffer *out)
{
    const struct samples *s = a->samples;
    buffer_printf(out, "%zu record%s", s->count, plural(s->count));
    if (s->lines > 0)
        buffer_printf(out, " in %llu line%s", (unsigned long long)s->lines, plural(s->lines));
    buffer_text(out, "\n");
    refused(s, out);
    broken(s, out);
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        const struct type_report *r = &a->types[type];
        if (r->count == 0)
            continue;
        head(r, out);
        phases(r, out);
        weights(a, r, out);
        buffer_text(out, "\n");
        frames(r, out);
        accuracy("the bar's estimate", &r->estimated, out);
        accuracy("the model's foresight", &r->foreseen, out);
        findings(r, out);
    }
}
