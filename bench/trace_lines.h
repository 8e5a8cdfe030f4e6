// SPDX-License-Identifier: GPL-3.0-or-later
// trace_lines.h — the lines of one trace, collected in any order and printed in that of their
// times.
#pragma once

#include <stddef.h>

#include "job/trace_line.h"

struct line {
    double at_s;
    int order;
    struct trace_line line;
};

struct lines {
    struct line *list;
    size_t count, room;
};

// A line at `at_s` since the submit; of two at the same time the first added comes first.
void lines_add(struct lines *lines, double at_s, const struct trace_line *line);
void lines_add_server(struct lines *lines, double at_s, enum trace_word word, enum phase phase,
                      uint32_t attempt);
// To standard output, up to the end of the job, with the sequence numbers of each attempt.
void lines_print(struct lines *lines);
