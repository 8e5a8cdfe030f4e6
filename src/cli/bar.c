// SPDX-License-Identifier: GPL-3.0-or-later
// bar.c — see bar.h.
#include "cli/bar.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

// The bar in eighths of a column; what follows is the track.
static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

enum { BAR_MIN = 10, BAR_MAX = 60, PLAIN_SILENCE_S = 10, PLAIN_STEP = 10 };

struct style {
    const char *fill, *track, *bold, *dim, *warn, *reset;
};

static const struct style plain_style = {"", "", "", "", "", ""};
static const struct style colour_style = {
    "\x1b[36m", "\x1b[2m", "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m",
};

static void repeat(struct buffer *out, const char *text, int n)
{
    for (int i = 0; i < n; i++)
        buffer_text(out, text);
}

static void draw_utf8(struct buffer *out, const struct style *style, double fraction, int columns)
{
    int steps = (int)floor(fraction * columns * 8);
    int whole = steps / 8;
    const char *part = eighths[steps % 8];
    buffer_text(out, style->fill);
    repeat(out, "█", whole);
    buffer_text(out, part);
    buffer_printf(out, "%s%s", style->reset, style->track);
    repeat(out, "░", columns - whole - (*part ? 1 : 0));
    buffer_text(out, style->reset);
}

static void draw_ascii(struct buffer *out, double fraction, int columns)
{
    int whole = (int)floor(fraction * columns);
    buffer_text(out, "[");
    repeat(out, "#", whole);
    repeat(out, "-", columns - whole);
    buffer_text(out, "]");
}

static const char *health_text(enum health health)
{
    static const char *const texts[] = {
        [HEALTH_OK] = "",
        [HEALTH_SLOW] = "slower than expected",
        [HEALTH_STALLED] = "no progress for longer than expected",
        [HEALTH_UNKNOWN] = "no news from the worker",
    };
    return texts[health];
}

// A text cut to `columns` of the screen.
static void put_cut(struct buffer *out, const char *text, int columns)
{
    char room[512];
    (void)text_copy(room, sizeof(room), text);
    size_t n = strlen(room);
    while (terminal_width(room) > columns && n > 0) {
        n = text_utf8_floor(room, n - 1);
        room[n] = '\0';
    }
    buffer_text(out, room);
}

static void append_part(struct buffer *out, const char *separator, const char *text)
{
    if (*text)
        buffer_printf(out, "%s%s", out->size ? separator : "", text);
}

// Message, speed, health and notice in one line.
static void details(const struct bar_view *view, const char *separator, struct buffer *out)
{
    append_part(out, separator, view->message);
    const struct snapshot *s = view->snapshot;
    if (s->units_per_second > 0 && phase_info(s->phase)->unit == UNIT_FRAMES) {
        char speed[32];
        const char *format = s->units_per_second < 10 ? "%.2f frames/s" : "%.0f frames/s";
        (void)snprintf(speed, sizeof(speed), format, s->units_per_second);
        append_part(out, separator, speed);
    }
    append_part(out, separator, health_text(s->health));
    append_part(out, separator, view->notice);
}

static void render_terminal(const struct bar_view *view, const struct terminal *t,
                            struct buffer *out)
{
    const struct style *style = t->colour ? &colour_style : &plain_style;
    const struct snapshot *s = view->snapshot;
    int beside = 9 + (*view->eta ? 2 + terminal_width(view->eta) : 0); // "  62.4 %  eta"
    int columns = t->columns - 3 - beside;
    columns = columns > BAR_MAX ? BAR_MAX : columns;
    buffer_text(out, " ");
    if (columns >= BAR_MIN && t->utf8)
        draw_utf8(out, style, s->fraction, columns);
    else if (columns >= BAR_MIN)
        draw_ascii(out, s->fraction, columns - 2);
    double percent = floor(s->fraction * 1000) / 10; // 100.0 is for what is complete
    buffer_printf(out, "  %s%5.1f %%%s", style->bold, percent, style->reset);
    if (*view->eta && columns >= BAR_MIN)
        buffer_printf(out, "  %s", view->eta);
    buffer_text(out, "\n");

    struct buffer line BUFFER_AUTO;
    buffer_init(&line, 1024);
    details(view, t->utf8 ? " · " : ", ", &line);
    bool warn = s->health == HEALTH_SLOW || s->health == HEALTH_STALLED;
    buffer_printf(out, " %s", warn ? style->warn : style->dim);
    put_cut(out, buffer_string(&line), t->columns - 2);
    buffer_printf(out, "%s\n", style->reset);
}

void bar_render(const struct bar_view *view, const struct terminal *terminal, struct buffer *out)
{
    if (terminal->interactive) {
        render_terminal(view, terminal, out);
        return;
    }
    struct buffer line BUFFER_AUTO;
    buffer_init(&line, 1024);
    details(view, ", ", &line);
    append_part(&line, ", ", view->eta);
    buffer_printf(out, "%3.0f %%  %s\n", floor(view->snapshot->fraction * 100),
                  buffer_string(&line));
}

void bar_init(struct bar *bar, int fd)
{
    *bar = (struct bar){.fd = fd, .shown_percent = -1};
}

static void put(const struct bar *bar, const struct buffer *text)
{
    // A terminal that is gone is no reason to stop the export.
    ssize_t written = write(bar->fd, buffer_string(text), text->size);
    (void)written;
}

// Moves back to the first drawn line and empties everything from there.
static void erase(struct bar *bar, struct buffer *out)
{
    if (bar->lines_drawn > 0)
        buffer_printf(out, "\x1b[%dA\r\x1b[J", bar->lines_drawn);
    bar->lines_drawn = 0;
}

static bool plain_line_due(const struct bar *bar, const struct snapshot *s, int64_t now_ns)
{
    int percent = (int)(s->fraction * 100);
    return bar->shown_percent < 0 || (percent == 100 && bar->shown_percent < 100) ||
           percent >= bar->shown_percent + PLAIN_STEP ||
           (s->phase != bar->shown_phase && percent > bar->shown_percent) ||
           now_ns - bar->shown_ns >= (int64_t)PLAIN_SILENCE_S * 1000000000;
}

void bar_show(struct bar *bar, const struct bar_view *view, int64_t now_ns)
{
    struct terminal terminal = terminal_look(bar->fd);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 8192);
    if (!terminal.interactive) {
        if (!plain_line_due(bar, view->snapshot, now_ns))
            return;
        bar->shown_percent = (int)(view->snapshot->fraction * 100);
        bar->shown_phase = view->snapshot->phase;
        bar->shown_ns = now_ns;
    }
    erase(bar, &out);
    bar_render(view, &terminal, &out);
    if (terminal.interactive)
        bar->lines_drawn = 2;
    put(bar, &out);
}

void bar_clear(struct bar *bar)
{
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 64);
    erase(bar, &out);
    put(bar, &out);
}
