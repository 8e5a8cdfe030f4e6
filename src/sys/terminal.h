// SPDX-License-Identifier: GPL-3.0-or-later
// terminal.h — what the terminal behind a descriptor can do.
#pragma once

#include <stdbool.h>

struct terminal {
    bool interactive; // a terminal that can redraw a line
    bool colour;      // interactive, and NO_COLOR (no-color.org) not set
    bool utf8;        // the locale's character set is UTF-8
    int columns;      // width now; 80 when unknown
};

// Asks again each time: a window may be resized. Call setlocale(LC_CTYPE, "") once before.
struct terminal terminal_look(int fd);

// Columns that a UTF-8 text takes on the screen, escape sequences not counted.
int terminal_width(const char *text);
