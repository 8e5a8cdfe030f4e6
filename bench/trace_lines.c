// SPDX-License-Identifier: GPL-3.0-or-later
#include "trace_lines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void lines_add(struct lines *lines, double at_s, const struct trace_line *line)
{
    if (lines->count == lines->room) {
        lines->room = lines->room > 0 ? 2 * lines->room : 256;
        lines->list = mem_resize(lines->list, lines->room, sizeof(lines->list[0]));
    }
    lines->list[lines->count] = (struct line){at_s, (int)lines->count, *line};
    lines->count++;
}

void lines_add_server(struct lines *lines, double at_s, enum trace_word word, enum phase phase,
                      uint32_t attempt)
{
    struct trace_line line = {.kind = TRACE_SERVER,
                              .server = {.word = word, .phase = phase, .attempt = attempt}};
    lines_add(lines, at_s, &line);
}

static int by_time(const void *a, const void *b)
{
    const struct line *x = a;
    const struct line *y = b;
    if (x->at_s < y->at_s || x->at_s > y->at_s)
        return x->at_s < y->at_s ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

void lines_print(struct lines *lines)
{
    struct buffer text;
    uint64_t seq = 0;
    uint32_t attempt = 1;
    buffer_init(&text, (size_t)1 << 28);
    qsort(lines->list, lines->count, sizeof(lines->list[0]), by_time);
    bool over = false; // what a worker that failed would have said later is not said
    for (size_t i = 0; i < lines->count && !over; i++) {
        struct trace_line *line = &lines->list[i].line;
        over = line->kind == TRACE_END;
        line->at_ns = llround(lines->list[i].at_s * 1e6) * 1000;
        if (line->kind == TRACE_EVENT) {
            seq = line->event.attempt == attempt ? seq : 0;
            attempt = line->event.attempt;
            line->event.seq = seq++;
        }
        if (trace_line_write(line, &text, NULL) != OK)
            abort();
    }
    (void)fwrite(text.data, 1, text.size, stdout);
    buffer_done(&text);
}
