// SPDX-License-Identifier: GPL-3.0-or-later
// bars.c — see bars.h.
#include "cli/bars.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NAME_LINES = 1, BAR_LINES = 2, USUAL_LINES = 24 };

void bars_init(struct bars *bars, int fd, size_t count)
{
    *bars = (struct bars){.fd = fd, .count = count};
    bars->plain = mem_zeroed(count, sizeof(struct bar));
    for (size_t i = 0; i < count; i++)
        bar_init(&bars->plain[i], fd);
}

void bars_done(struct bars *bars)
{
    free(bars->plain);
    bars->plain = NULL;
}

static void render_row(const struct bars_row *row, bool named, const struct terminal *terminal,
                       struct buffer *out)
{
    if (named && terminal->columns > 1)
        buffer_printf(out, " %.*s\n", terminal->columns - 1, row->name);
    else if (named)
        buffer_text(out, "\n");
    bar_render(&row->view, terminal, out);
}

int bars_render(const struct bars_row *rows, size_t count, const struct terminal *terminal,
                int max_lines, struct buffer *out)
{
    bool named = count > 1;
    int each = BAR_LINES + (named ? NAME_LINES : 0);
    int room = max_lines / each;
    int running = 0;
    int drawn = 0;
    for (size_t i = 0; i < count; i++)
        running += !rows[i].view.snapshot->ended;
    int ended_room = room - running; // for those that are only looked back at
    for (size_t i = 0; i < count && drawn < room; i++) {
        if (rows[i].view.snapshot->ended && ended_room-- <= 0)
            continue;
        render_row(&rows[i], named, terminal, out);
        drawn++;
    }
    return drawn * each;
}

static int window_lines(int fd)
{
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : USUAL_LINES;
}

static void put(const struct bars *bars, const struct buffer *text)
{
    ssize_t written = write(bars->fd, buffer_string(text), text->size);
    (void)written;
}

static void erase(struct bars *bars, struct buffer *out)
{
    if (bars->lines_drawn > 0)
        buffer_printf(out, "\x1b[%dA\r\x1b[J", bars->lines_drawn);
    bars->lines_drawn = 0;
}

// Without a terminal each job prints lines of its own, when there is something to say.
static void show_plain(struct bars *bars, const struct bars_row *rows, int64_t now_ns)
{
    for (size_t i = 0; i < bars->count; i++) {
        char message[256];
        struct bar_view view = rows[i].view;
        if (view.message[0] == '\0')
            continue; // nothing is known of it yet
        (void)snprintf(message, sizeof(message), "%s: %s", rows[i].name, view.message);
        if (bars->count > 1)
            view.message = message;
        bar_show(&bars->plain[i], &view, now_ns);
    }
}

void bars_show(struct bars *bars, const struct bars_row *rows, int64_t now_ns)
{
    struct terminal terminal = terminal_look(bars->fd);
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 1 << 20);
    if (!terminal.interactive) {
        show_plain(bars, rows, now_ns);
        return;
    }
    erase(bars, &out);
    bars->lines_drawn = bars_render(rows, bars->count, &terminal, window_lines(bars->fd) - 1, &out);
    put(bars, &out);
}

void bars_clear(struct bars *bars)
{
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 64);
    erase(bars, &out);
    put(bars, &out);
}
