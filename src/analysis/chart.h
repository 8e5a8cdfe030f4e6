// SPDX-License-Identifier: GPL-3.0-or-later
// chart.h — shapes and axes of a plot, written as inline SVG.
//
// Positions are in units of the drawing, which scales with the page; colours are classes that the
// page's style sheet fills. Texts are escaped here. A tooltip (may be NULL) is what a pointer
// over the shape, or a screen reader, gets.
// Pure.
#pragma once

#include <stdbool.h>

#include "base/buffer.h"

struct chart {
    struct buffer *out;
    double width, height;
};

enum anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END, ANCHOR_COUNT };

// Text as it may stand between tags and in attributes.
void chart_escape(struct buffer *out, const char *text);

// `title` names the plot, `description` says in words what it shows.
void chart_begin(struct chart *c, struct buffer *out, double width, double height,
                 const char *title, const char *description);
void chart_end(struct chart *c);

struct box {
    double x, y, width, height;
};

void chart_rect(struct chart *c, const struct box *box, const char *class, const char *tooltip);
void chart_line(struct chart *c, double x1, double y1, double x2, double y2, const char *class);
void chart_dot(struct chart *c, double x, double y, double radius, const char *class,
               const char *tooltip);
void chart_label(struct chart *c, double x, double y, enum anchor anchor, const char *class,
                 const char *text);

// Values from..to lie on start..end of the drawing.
struct axis {
    double from, to;
    double start, end;
    bool logarithmic; // then from > 0
};

enum { AXIS_TICKS = 16 };

// Where a value lies; values outside are moved to the nearer end.
double axis_at(const struct axis *a, double value);
// Round values inside the axis: 1, 2 or 5 times a power of ten, or the powers alone where those are
// too many. Returns how many, at most AXIS_TICKS.
int axis_ticks(const struct axis *a, double ticks[static AXIS_TICKS]);
// "0.05", "20", "1500": a tick as people write it.
void axis_tick_text(double value, char dst[static 16]);
