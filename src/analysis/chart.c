// SPDX-License-Identifier: GPL-3.0-or-later
// chart.c — see chart.h.
#include "analysis/chart.h"

#include <math.h>
#include <stdio.h>

void chart_escape(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<':
            buffer_text(out, "&lt;");
            break;
        case '>':
            buffer_text(out, "&gt;");
            break;
        case '&':
            buffer_text(out, "&amp;");
            break;
        case '"':
            buffer_text(out, "&quot;");
            break;
        default:
            if ((unsigned char)*text >= ' ') // no control character may stand in XML
                buffer_append(out, text, 1);
        }
    }
}

static void element(struct buffer *out, const char *name, const char *text)
{
    buffer_printf(out, "<%s>", name);
    chart_escape(out, text);
    buffer_printf(out, "</%s>", name);
}

void chart_begin(struct chart *c, struct buffer *out, double width, double height,
                 const char *title, const char *description)
{
    *c = (struct chart){out, width, height};
    buffer_printf(out, "<svg role=\"img\" viewBox=\"0 0 %g %g\">", width, height);
    element(out, "title", title);
    element(out, "desc", description);
    buffer_text(out, "\n");
}

void chart_end(struct chart *c)
{
    buffer_text(c->out, "</svg>\n");
}

// Ends the tag that is open.
static void close_shape(struct chart *c, const char *name, const char *tooltip)
{
    if (!tooltip) {
        buffer_text(c->out, "/>\n");
        return;
    }
    buffer_text(c->out, ">");
    element(c->out, "title", tooltip);
    buffer_printf(c->out, "</%s>\n", name);
}

void chart_rect(struct chart *c, const struct box *box, const char *class, const char *tooltip)
{
    buffer_printf(c->out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
                  class, box->x, box->y, fmax(box->width, 0), fmax(box->height, 0));
    close_shape(c, "rect", tooltip);
}

void chart_line(struct chart *c, double x1, double y1, double x2, double y2, const char *class)
{
    buffer_printf(c->out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"",
                  class, x1, y1, x2, y2);
    close_shape(c, "line", NULL);
}

void chart_dot(struct chart *c, double x, double y, double radius, const char *class,
               const char *tooltip)
{
    buffer_printf(c->out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"", class, x, y,
                  radius);
    close_shape(c, "circle", tooltip);
}

void chart_label(struct chart *c, double x, double y, enum anchor anchor, const char *class,
                 const char *text)
{
    static const char *const anchors[ANCHOR_COUNT] = {"start", "middle", "end"};
    buffer_printf(c->out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", class, x,
                  y, anchors[anchor]);
    chart_escape(c->out, text);
    buffer_text(c->out, "</text>\n");
}

// ---- axes ----

double axis_at(const struct axis *a, double value)
{
    double from = a->logarithmic ? log(a->from) : a->from;
    double to = a->logarithmic ? log(a->to) : a->to;
    double at = a->logarithmic ? log(fmax(value, a->from)) : value;
    double part = to > from ? (at - from) / (to - from) : 0;
    return a->start + fmin(fmax(part, 0), 1) * (a->end - a->start);
}

// Adds the multiples of every power of ten in the axis; false when they are too many.
static bool try_ticks(const struct axis *a, const double *multiples, int n,
                      double ticks[static AXIS_TICKS], int *ret)
{
    static const double slack = 1e-9;
    *ret = 0;
    for (int power = (int)floor(log10(a->from)); power <= (int)ceil(log10(a->to)); power++) {
        for (int i = 0; i < n; i++) {
            double value = multiples[i] * pow(10, power);
            if (value < a->from * (1 - slack) || value > a->to * (1 + slack))
                continue;
            if (*ret == AXIS_TICKS / 2)
                return false;
            ticks[(*ret)++] = value;
        }
    }
    return true;
}

static int log_ticks(const struct axis *a, double ticks[static AXIS_TICKS])
{
    static const double dense[] = {1, 2, 5};
    static const double sparse[] = {1};
    int n;
    if (!try_ticks(a, dense, 3, ticks, &n))
        (void)try_ticks(a, sparse, 1, ticks, &n);
    return n;
}

static int linear_ticks(const struct axis *a, double ticks[static AXIS_TICKS])
{
    static const double steps[] = {1, 2, 5, 10};
    double span = a->to - a->from;
    if (!(span > 0))
        return 0;
    double power = pow(10, floor(log10(span / 5)));
    int chosen = 0;
    while (chosen < 3 && span / (steps[chosen] * power) > 6)
        chosen++;
    double step = steps[chosen] * power;
    double first = ceil(a->from / step - 1e-9);
    int n = (int)(floor(a->to / step + 1e-9) - first) + 1;
    n = n < AXIS_TICKS ? n : AXIS_TICKS;
    for (int i = 0; i < n; i++)
        ticks[i] = (first + i) * step;
    return n;
}

int axis_ticks(const struct axis *a, double ticks[static AXIS_TICKS])
{
    return a->logarithmic ? log_ticks(a, ticks) : linear_ticks(a, ticks);
}

void axis_tick_text(double value, char dst[static 16])
{
    bool plain = fabs(value) < 1e6 && (value == 0 || fabs(value) >= 1e-4);
    (void)snprintf(dst, 16, plain ? "%.6g" : "%.0e", value);
}
