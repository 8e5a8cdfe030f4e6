// SPDX-License-Identifier: GPL-3.0-or-later
// report_plots.c — see report_plots.h.
#include "analysis/report_plots.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/chart.h"
#include "base/text.h"

enum { WIDTH = 760, LEFT = 170, RIGHT = 740, ROW = 40, BAR = 24, LEGEND = 8 };

static const char *type_name(const struct type_report *r)
{
    return export_info(r->type)->name;
}

static void figure_end(struct chart *c, const char *caption)
{
    chart_end(c);
    buffer_printf(c->out, "<figcaption>%s</figcaption></figure>\n", caption);
}

// Ticks, their lines and labels below a plot whose inside is top..bottom.
static void draw_x_axis(struct chart *c, const struct axis *x, double top, double bottom,
                        const char *unit)
{
    double ticks[AXIS_TICKS];
    int n = axis_ticks(x, ticks);
    for (int i = 0; i < n; i++) {
        char text[16];
        double at = axis_at(x, ticks[i]);
        axis_tick_text(ticks[i], text);
        chart_line(c, at, top, at, bottom, "grid");
        chart_label(c, at, bottom + 16, ANCHOR_MIDDLE, "tick", text);
    }
    chart_label(c, x->end, bottom + 33, ANCHOR_END, "unit", unit);
}

static void draw_y_axis(struct chart *c, const struct axis *y, double left, double right,
                        const char *unit)
{
    double ticks[AXIS_TICKS];
    int n = axis_ticks(y, ticks);
    for (int i = 0; i < n; i++) {
        char text[16];
        double at = axis_at(y, ticks[i]);
        axis_tick_text(ticks[i], text);
        chart_line(c, left, at, right, at, "grid");
        chart_label(c, left - 8, at + 4, ANCHOR_END, "tick", text);
    }
    chart_label(c, left - 8, fmin(y->start, y->end) - 12, ANCHOR_END, "unit", unit);
}

// ---- stacked bars of shares ----

// One bar of the shares, `scale` long in all. Segments that are wide enough say their percent.
static void draw_bar(struct chart *c, const struct shares *shares, double top, double scale)
{
    double at = LEFT;
    for (int k = 0; k < PHASE_COUNT; k++) {
        double width = shares->mean[k] * scale;
        if (shares->mean[k] <= 0)
            continue;
        const struct phase_info *info = phase_info((enum phase)k);
        char class[32];
        char label_class[32];
        char text[96];
        (void)snprintf(class, sizeof(class), "seg p-%s", info->name);
        (void)snprintf(label_class, sizeof(label_class), "on p-%s", info->name);
        (void)snprintf(text, sizeof(text), "%s: %.1f %% ± %.1f", info->label, 100 * shares->mean[k],
                       100 * shares_spread(shares, (enum phase)k));
        chart_rect(c, &(struct box){at, top, width, BAR}, class, text);
        (void)snprintf(text, sizeof(text), "%.0f %%", 100 * shares->mean[k]);
        if (width >= 36)
            chart_label(c, at + width / 2, top + 16.5, ANCHOR_MIDDLE, label_class, text);
        at += width;
    }
}

// The phases that are in any of the bars, as coloured squares with their names.
static void draw_legend(struct chart *c, uint32_t phases, double top)
{
    double at = LEGEND;
    for (int k = 0; k < PHASE_COUNT; k++) {
        if ((phases >> k & 1) == 0)
            continue;
        const struct phase_info *info = phase_info((enum phase)k);
        char class[32];
        (void)snprintf(class, sizeof(class), "p-%s", info->name);
        chart_rect(c, &(struct box){at, top, 11, 11}, class, NULL);
        chart_label(c, at + 16, top + 10, ANCHOR_START, "tick", info->name);
        at += 34 + 6.4 * (double)strlen(info->name);
    }
}

static uint32_t phases_in(const struct shares *s)
{
    uint32_t set = 0;
    for (int k = 0; k < PHASE_COUNT; k++)
        set |= s->mean[k] > 0 ? 1u << k : 0;
    return set;
}

bool plot_shares(const struct analysis *a, struct buffer *out)
{
    struct chart c;
    int rows = 0;
    uint32_t phases = 0;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        rows += a->types[type].shares.records > 0;
        phases |= phases_in(&a->types[type].shares);
    }
    if (rows == 0)
        return false;
    buffer_text(out, "<figure>");
    chart_begin(&c, out, WIDTH, 40 + rows * ROW, "Where the work is",
                "Stacked bars: the mean share of each phase in the work of each export type.");
    draw_legend(&c, phases, 4);
    double top = 36;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        const struct type_report *r = &a->types[type];
        char n[48];
        if (r->shares.records == 0)
            continue;
        chart_label(&c, LEFT - 10, top + 10, ANCHOR_END, "name", type_name(r));
        (void)snprintf(n, sizeof(n), "%llu record%s", (unsigned long long)r->shares.records,
                       r->shares.records == 1 ? "" : "s");
        chart_label(&c, LEFT - 10, top + 25, ANCHOR_END, "tick", n);
        draw_bar(&c, &r->shares, top, RIGHT - LEFT);
        top += ROW;
    }
    figure_end(&c,
               "Mean share of each phase in the work. Phases overlap, so these are parts of the "
               "work, not of the clock. Point at a part for its spread.");
    return true;
}

// ---- seconds per frame ----

// A range from p10 to p90 with its median.
static void draw_range(struct chart *c, const struct axis *x, double top, const struct spread *s,
                       const char *name, const char *class)
{
    char text[128];
    char ranged[48];
    double from = axis_at(x, s->low);
    double to = axis_at(x, s->high);
    (void)snprintf(ranged, sizeof(ranged), "range %s", class);
    (void)snprintf(text, sizeof(text), "%s: median %.3g s, 8 in 10 from %.3g to %.3g s, %zu runs",
                   name, s->median, s->low, s->high, s->n);
    chart_label(c, LEFT - 10, top + 15, ANCHOR_END, "name", name);
    chart_rect(c, &(struct box){from - 2, top + 6, to - from + 4, 10}, ranged, text);
    chart_dot(c, axis_at(x, s->median), top + 11, 6, class, text);
    (void)snprintf(text, sizeof(text), "%.3g", s->median);
    bool room = to + 60 < RIGHT;
    chart_label(c, room ? to + 12 : from - 12, top + 15, room ? ANCHOR_START : ANCHOR_END, "value",
                text);
}

struct extent {
    double low, high;
};

static void extend(struct extent *e, double low, double high)
{
    if (!(low > 0) || !isfinite(high))
        return;
    e->low = e->low > 0 ? fmin(e->low, low) : low;
    e->high = fmax(e->high, high);
}

// A logarithmic axis with some room at both ends.
static struct axis log_axis(const struct extent *e, double start, double end)
{
    return (struct axis){e->low / 1.35, e->high * 1.35, start, end, true};
}

bool plot_frames(const struct analysis *a, struct buffer *out)
{
    struct chart c;
    struct extent e = {0};
    int rows = 0;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        const struct spread *s = &a->types[type].frame;
        rows += s->n > 0;
        if (s->n > 0)
            extend(&e, s->low, s->high);
    }
    if (rows == 0 || !(e.low > 0))
        return false;
    double bottom = 10 + rows * 30;
    struct axis x = log_axis(&e, LEFT, RIGHT);
    buffer_text(out, "<figure>");
    chart_begin(&c, out, WIDTH, bottom + 40, "Seconds per frame",
                "For each export type the median and the middle eight tenths of the seconds that a "
                "frame takes.");
    draw_x_axis(&c, &x, 4, bottom, "seconds per frame, logarithmic");
    double top = 6;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        const struct type_report *r = &a->types[type];
        char class[40];
        if (r->frame.n == 0)
            continue;
        (void)snprintf(class, sizeof(class), "t-%s", type_name(r));
        draw_range(&c, &x, top, &r->frame, type_name(r), class);
        top += 30;
    }
    figure_end(&c, "Dot: median. Bar: 8 of 10 runs. Frames are those that the network sees, else "
                   "those of the film; the whole job counts, start included.");
    return true;
}

// ---- expected against actual ----

static void draw_types(struct chart *c, const struct analysis *a, double top)
{
    double at = 70;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        const struct type_report *r = &a->types[type];
        char class[40];
        if (r->usable == 0)
            continue;
        (void)snprintf(class, sizeof(class), "t-%s", type_name(r));
        chart_dot(c, at, top, 5, class, NULL);
        chart_label(c, at + 10, top + 4, ANCHOR_START, "tick", type_name(r));
        at += 34 + 6.6 * (double)strlen(type_name(r));
    }
}

// Calls for each usable sample with foresight.
static void extend_by_foresight(const struct analysis *a, struct extent *e)
{
    for (size_t i = 0; i < a->samples->count; i++) {
        const struct sample *s = &a->samples->all[i];
        if (!sample_usable(s) || !s->has_foresight || !(s->foresight_s > 0))
            continue;
        extend(e, fmin(s->foresight_s, s->b.record.total_s),
               fmax(s->foresight_s, s->b.record.total_s));
    }
}

static void draw_estimate(struct chart *c, const struct axis *x, const struct axis *y,
                          const struct sample *s)
{
    const struct record *r = &s->b.record;
    char class[48];
    char text[160];
    (void)snprintf(class, sizeof(class), "dot t-%s", export_info(r->type)->name);
    (void)snprintf(text, sizeof(text), "%s%s%s: expected %.3g s (%.3g to %.3g), took %.3g s",
                   export_info(r->type)->name, s->b.job[0] ? " " : "", s->b.job, s->foresight_s,
                   s->foresight_low_s, s->foresight_high_s, r->total_s);
    chart_dot(c, axis_at(x, s->foresight_s), axis_at(y, r->total_s), 4.5, class, text);
}

bool plot_estimates(const struct analysis *a, struct buffer *out)
{
    enum { HEIGHT = 420, TOP = 40, BOTTOM = 370, X = 70 };
    struct chart c;
    struct extent e = {0};
    extend_by_foresight(a, &e);
    if (!(e.low > 0))
        return false;
    struct axis x = log_axis(&e, X, RIGHT);
    struct axis y = log_axis(&e, BOTTOM, TOP);
    buffer_text(out, "<figure>");
    chart_begin(&c, out, WIDTH, HEIGHT, "Expected against actual",
                "Each dot is a run: the seconds expected before it began against the seconds it "
                "took. On the diagonal both are equal.");
    draw_types(&c, a, 12);
    draw_x_axis(&c, &x, TOP, BOTTOM, "seconds expected before the run");
    draw_y_axis(&c, &y, X, RIGHT, "took");
    chart_line(&c, axis_at(&x, x.from), axis_at(&y, x.from), axis_at(&x, x.to), axis_at(&y, x.to),
               "diagonal");
    for (int i = -1; i <= 1; i += 2) { // a factor of 1.5 to either side
        double factor = i < 0 ? 1 / 1.5 : 1.5;
        double from = fmax(x.from, x.from / factor);
        double to = fmin(x.to, x.to / factor);
        chart_line(&c, axis_at(&x, from), axis_at(&y, from * factor), axis_at(&x, to),
                   axis_at(&y, to * factor), "aside");
    }
    for (size_t i = 0; i < a->samples->count; i++) {
        const struct sample *s = &a->samples->all[i];
        if (sample_usable(s) && s->has_foresight && s->foresight_s > 0)
            draw_estimate(&c, &x, &y, s);
    }
    figure_end(&c,
               "Each run was foretold by what the runs before it had taught. Solid line: exactly "
               "right. Dashed: off by a factor of 1.5.");
    return true;
}

// ---- drift ----

enum { DRIFT_HEIGHT = 104, DRIFT_LEAST = 3 };

static size_t drift_points(const struct type_report *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        n += sample_usable(&r->samples[i]) && r->samples[i].has_foresight &&
             r->samples[i].foresight_s > 0;
    return n;
}

static void draw_ratio(struct chart *c, const struct sample *s, double x, const struct axis *y)
{
    char class[48];
    char text[160];
    char moment[TEXT_TIME];
    double ratio = s->b.record.total_s / s->foresight_s;
    (void)snprintf(class, sizeof(class), "dot t-%s", export_info(s->b.record.type)->name);
    (void)snprintf(text, sizeof(text), "%s %s: %.2f times the time expected",
                   s->b.record.at_ms ? text_time(moment, s->b.record.at_ms) : "", s->b.job, ratio);
    chart_line(c, x, axis_at(y, 1), x, axis_at(y, ratio), "stem");
    chart_dot(c, x, axis_at(y, ratio), 3.5, class, text);
}

static void draw_mark(struct chart *c, const struct drift *d, double x, double top, double bottom)
{
    char text[64];
    bool right = x < RIGHT - 120;
    (void)snprintf(text, sizeof(text), "%s ×%.2f", phase_info(d->phase)->name, d->factor);
    chart_line(c, x, top, x, bottom, "mark");
    chart_label(c, right ? x + 5 : x - 5, top + 9, right ? ANCHOR_START : ANCHOR_END, "alarm",
                text);
}

// One type: its runs from left to right, actual over expected.
static void draw_drift(struct chart *c, const struct type_report *r, double top)
{
    size_t n = drift_points(r);
    struct axis y = {1 / 4.0, 4, top + DRIFT_HEIGHT - 26, top + 8, true};
    double step = (RIGHT - LEFT) / (double)(n + 1);
    double at = LEFT;
    int marked = 0;
    static const double lines[] = {0.5, 1, 2};
    chart_label(c, LEFT - 8, top + 12, ANCHOR_END, "name", type_name(r)); // above the ticks
    for (int i = 0; i < 3; i++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "×%g", lines[i]);
        chart_line(c, LEFT, axis_at(&y, lines[i]), RIGHT, axis_at(&y, lines[i]),
                   lines[i] == 1 ? "diagonal" : "grid");
        chart_label(c, LEFT - 8, axis_at(&y, lines[i]) + 4, ANCHOR_END, "tick", text);
    }
    for (size_t i = 0; i < r->count; i++) {
        const struct sample *s = &r->samples[i];
        if (!sample_usable(s) || !s->has_foresight || !(s->foresight_s > 0))
            continue;
        at += step;
        for (; marked < r->drifts->count && s->b.record.at_ms >= r->drifts->all[marked].since_ms;
             marked++)
            draw_mark(c, &r->drifts->all[marked], at - step / 2, top + 6 + 13 * marked, y.start);
        draw_ratio(c, s, at, &y);
    }
}

bool plot_drift(const struct analysis *a, struct buffer *out)
{
    struct chart c;
    int rows = 0;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++)
        rows += drift_points(&a->types[type]) >= DRIFT_LEAST;
    if (rows == 0)
        return false;
    buffer_text(out, "<figure>");
    chart_begin(&c, out, WIDTH, rows * DRIFT_HEIGHT + 8, "Drift over time",
                "For each export type, run after run, the actual time over the time expected from "
                "the runs before.");
    double top = 0;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        if (drift_points(&a->types[type]) < DRIFT_LEAST)
            continue;
        draw_drift(&c, &a->types[type], top);
        top += DRIFT_HEIGHT;
    }
    figure_end(&c, "Runs from left to right, oldest first: actual time over the time expected from "
                   "the runs before. Around ×1 the model holds; what is beyond ×4 "
                   "stands at the edge. A red line marks the first run of "
                   "a drift, with the phase and its factor.");
    return true;
}

// ---- cold against warm ----

static bool has_both(const struct type_report *r)
{
    return r->cold_shares.records > 0 && r->warm_shares.records > 0;
}

// Seconds per frame where frames are known; 0: not known.
static void draw_start(struct chart *c, const struct shares *s, double frame_s, double most_s,
                       double top, const char *name)
{
    char text[64];
    double scale = (RIGHT - LEFT - 70) * (most_s > 0 ? frame_s / most_s : 1);
    (void)snprintf(text, sizeof(text), "%s (%llu)", name, (unsigned long long)s->records);
    chart_label(c, LEFT - 10, top + 15, ANCHOR_END, "tick", text);
    draw_bar(c, s, top, scale);
    (void)snprintf(text, sizeof(text), "%.3g s", frame_s);
    if (most_s > 0)
        chart_label(c, LEFT + scale + 8, top + 15, ANCHOR_START, "value", text);
}

bool plot_cold(const struct analysis *a, struct buffer *out)
{
    struct chart c;
    int rows = 0;
    uint32_t phases = 0;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        const struct type_report *r = &a->types[type];
        rows += has_both(r);
        if (has_both(r))
            phases |= phases_in(&r->cold_shares) | phases_in(&r->warm_shares);
    }
    if (rows == 0)
        return false;
    buffer_text(out, "<figure>");
    chart_begin(&c, out, WIDTH, 30 + rows * 84, "Cold against warm",
                "For each export type two bars: the work of a frame in cold and in warm runs, by "
                "phase.");
    draw_legend(&c, phases, 4);
    double top = 30;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        const struct type_report *r = &a->types[type];
        if (!has_both(r))
            continue;
        bool framed = r->cold_frame.n > 0 && r->warm_frame.n > 0;
        double cold_s = framed ? r->cold_frame.median : 0;
        double warm_s = framed ? r->warm_frame.median : 0;
        double most_s = fmax(cold_s, warm_s);
        chart_label(&c, LEFT - 10, top + 14, ANCHOR_END, "name", type_name(r));
        draw_start(&c, &r->cold_shares, cold_s, most_s, top + 20, "cold");
        draw_start(&c, &r->warm_shares, warm_s, most_s, top + 46, "warm");
        top += 84;
    }
    figure_end(&c, "Length: median seconds per frame of the whole job. Colours: mean share of each "
                   "phase in its work.");
    return true;
}
