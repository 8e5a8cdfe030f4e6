// SPDX-License-Identifier: GPL-3.0-or-later
// sse.c — see sse.h.
#include "client/sse.h"

#include <string.h>

void sse_init(struct sse *sse, size_t max,
              bool (*on_data)(void *context, const char *data, size_t n), void *context)
{
    *sse = (struct sse){.on_data = on_data, .context = context};
    buffer_init(&sse->line, max);
    buffer_init(&sse->data, max);
}

void sse_done(struct sse *sse)
{
    buffer_done(&sse->line);
    buffer_done(&sse->data);
}

void sse_restart(struct sse *sse)
{
    buffer_clear(&sse->line);
    buffer_clear(&sse->data);
    sse->after_cr = false;
}

// An empty line ends the event.
static bool dispatch(struct sse *sse)
{
    bool more = true;
    if (sse->data.size > 0 && !sse->data.overflow)
        more = sse->on_data(sse->context, buffer_string(&sse->data), sse->data.size);
    buffer_clear(&sse->data);
    return more;
}

static bool take_line(struct sse *sse)
{
    static const char field[] = "data:";
    const char *line = buffer_string(&sse->line);
    size_t n = sse->line.size;
    bool more = true;
    if (n == 0 && !sse->line.overflow) {
        more = dispatch(sse);
    } else if (sse->line.overflow) {
        sse->data.overflow = true; // of this event nothing is of use
    } else if (n >= sizeof(field) - 1 && memcmp(line, field, sizeof(field) - 1) == 0) {
        size_t from = sizeof(field) - 1;
        from += from < n && line[from] == ' ';
        if (sse->data.size > 0)
            buffer_text(&sse->data, "\n");
        buffer_append(&sse->data, line + from, n - from);
    }
    buffer_clear(&sse->line);
    return more;
}

bool sse_bytes(struct sse *sse, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = bytes[i];
        bool second_of_two = c == '\n' && sse->after_cr;
        sse->after_cr = c == '\r';
        if (second_of_two)
            continue;
        if (c != '\n' && c != '\r')
            buffer_append(&sse->line, &c, 1);
        else if (!take_line(sse))
            return false;
    }
    return true;
}
