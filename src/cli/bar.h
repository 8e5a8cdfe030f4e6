// SPDX-License-Identifier: GPL-3.0-or-later
// bar.h — the progress bar in the terminal, or plain lines where there is none.
//
// bar_render() makes the text of one moment and is pure, so tests can look at it. struct bar
// puts it on standard error: on a terminal it redraws two lines in place, at most as wide as
// the window; elsewhere it prints one line whenever there is something new to say (another
// phase, ten more percent, ten seconds of silence).
// Threads: one owner.
#pragma once

#include "base/buffer.h"
#include "progress/tracker.h"
#include "sys/terminal.h"

// What one moment looks like. Texts are borrowed.
struct bar_view {
    const struct snapshot *snapshot;
    const char *message; // "Upscaling frame 41/100"
    const char *eta;     // "about 20 s left"; "" when unknown
    const char *notice;  // a warning to show with it; "" for none
};

// Appends the lines (each ended by "\n") to `out`: two on a terminal, one otherwise.
void bar_render(const struct bar_view *view, const struct terminal *terminal, struct buffer *out);

struct bar {
    int fd;
    int lines_drawn;   // on the terminal, to be drawn over
    int shown_percent; // of the last plain line, -1 before it
    enum phase shown_phase;
    int64_t shown_ns;
};

void bar_init(struct bar *bar, int fd);
// Shows the moment; now_ns decides about plain lines.
void bar_show(struct bar *bar, const struct bar_view *view, int64_t now_ns);
// Takes the bar off the terminal, so that other text can be printed.
void bar_clear(struct bar *bar);
