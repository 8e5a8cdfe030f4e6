// SPDX-License-Identifier: GPL-3.0-or-later
// summary.c — see summary.h.
#include "cli/summary.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

static void format_units(const struct phase_view *view, enum unit unit, char *dst, size_t size)
{
    char bytes[16];
    dst[0] = '\0';
    if (unit == UNIT_BYTES)
        (void)snprintf(dst, size, "%s", text_bytes(bytes, view->done_units));
    else if (unit != UNIT_NONE)
        (void)snprintf(dst, size, "%" PRIu64 " %s", view->done_units, unit_name(unit));
}

static void format_rate(const struct phase_view *view, enum unit unit, double busy_s, char *dst,
                        size_t size)
{
    char bytes[16];
    double rate = busy_s >= 0.0005 ? (double)view->done_units / busy_s : 0;
    dst[0] = '\0';
    if (rate <= 0)
        return;
    if (unit == UNIT_BYTES)
        (void)snprintf(dst, size, "%s/s", text_bytes(bytes, (uint64_t)rate));
    else if (unit != UNIT_NONE)
        (void)snprintf(dst, size, "%.*f %s/s", rate < 10 ? 2 : 0, rate, unit_name(unit));
}

static void phase_rows(const struct summary *s, struct buffer *out)
{
    buffer_printf(out, "   %-14s %14s %10s   %s\n", "Phase", "Done", "Busy", "Pace");
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct record_phase *timing = &s->timings[k];
        if (!timing->present)
            continue;
        const struct phase_info *info = phase_info((enum phase)k);
        const struct phase_view *view = &s->snapshot->progress.phases[k];
        char units[32];
        char rate[40];
        format_units(view, info->unit, units, sizeof(units));
        format_rate(view, info->unit, timing->busy_s, rate, sizeof(rate));
        buffer_printf(out, "   %-14s %14s %8.2f s   %s\n", info->label, units, timing->busy_s,
                      rate);
    }
}

// "50 frames, 2.50 s, " of a film; nothing of an answer that is none.
static void format_film(const struct snapshot_result *result, char *dst, size_t size)
{
    dst[0] = '\0';
    if (result->duration_s > 0)
        (void)snprintf(dst, size, "%" PRIu64 " %s, %.2f s, ", result->frames,
                       result->frames == 1 ? "frame" : "frames", result->duration_s);
}

void summary_render(const struct summary *s, const struct terminal *t, struct buffer *out)
{
    const struct snapshot_result *result = &s->snapshot->result;
    char bytes[16];
    char film[64];
    const char *bold = t->colour ? "\x1b[1m" : "";
    const char *green = t->colour ? "\x1b[32m" : "";
    const char *dim = t->colour ? "\x1b[2m" : "";
    const char *reset = t->colour ? "\x1b[0m" : "";
    const char *mark = t->utf8 ? "✓" : "OK";
    double total_s = (double)s->total_ns / 1e9;
    format_film(result, film, sizeof(film));
    buffer_printf(out, " %s%s%s %s%s%s  %s%s, made in %.1f s\n\n", green, mark, reset, bold,
                  result->output, reset, film, text_bytes(bytes, result->bytes), total_s);
    phase_rows(s, out);
    double mean = 0;
    double worst = 0;
    honesty_errors(s->honesty, s->total_ns, &mean, &worst);
    buffer_printf(
        out, "\n   %sPhases overlap. The bar was off by %.1f %% on average, %.1f %% at most.%s\n",
        dim, mean * 100, worst * 100, reset);
}
