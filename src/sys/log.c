// SPDX-License-Identifier: GPL-3.0-or-later
// log.c — see log.h.
#include "sys/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"

static const char *const prefixes[] = {
    [LOG_ERROR] = "error: ",
    [LOG_WARN] = "warning: ",
    [LOG_INFO] = "",
    [LOG_DEBUG] = "debug: ",
};
_Static_assert(sizeof(prefixes) / sizeof(prefixes[0]) == LOG_LEVEL_COUNT, "a prefix per level");

static atomic_int max_level = LOG_WARN; // the log sink: the one mutable global

void log_set_level(enum log_level level)
{
    atomic_store(&max_level, (int)level);
}

bool log_wants(enum log_level level)
{
    return (int)level <= atomic_load(&max_level);
}

// A log that cannot be written has nowhere to say so: a failed write is dropped.
static void write_out(const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t written = write(STDERR_FILENO, bytes, n);
        if (written <= 0)
            return;
        bytes += written;
        n -= (size_t)written;
    }
}

void log_line(enum log_level level, const char *fmt, ...)
{
    if (!log_wants(level))
        return;
    char text[4096];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (n >= (int)sizeof(text))
        text[text_utf8_floor(text, sizeof(text) - 1)] = '\0';
    struct buffer line BUFFER_AUTO;
    buffer_init(&line, sizeof(text) + 64);
    buffer_printf(&line, "headway: %s%s\n", prefixes[level], text);
    write_out(buffer_string(&line), line.size);
}

void log_record(const char *line)
{
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, strlen(line) + 1);
    buffer_printf(&out, "%s\n", line);
    write_out(buffer_string(&out), out.size);
}
