// SPDX-License-Identifier: GPL-3.0-or-later
// bars.h — the bars of several jobs under one another, redrawn in place; or plain lines.
//
// Each stands under its name; one job alone stands without. In a window that is too low for all of
// them those are left out that have ended, then the last. Threads: one owner.
#pragma once

#include <stddef.h>

#include "cli/bar.h"

struct bars {
    int fd;
    int lines_drawn;   // on the terminal, to be drawn over
    struct bar *plain; // one for each job: what was printed of it last
    size_t count;
};

struct bars_row {
    const char *name;
    struct bar_view view;
};

void bars_init(struct bars *bars, int fd, size_t count);
void bars_done(struct bars *bars);
// Appends the lines of all rows, at most `max_lines` of them, for a terminal. Returns how many.
int bars_render(const struct bars_row *rows, size_t count, const struct terminal *terminal,
                int max_lines, struct buffer *out);
// rows[i] is always the same job; `count` of bars_init() many.
void bars_show(struct bars *bars, const struct bars_row *rows, int64_t now_ns);
void bars_clear(struct bars *bars);
