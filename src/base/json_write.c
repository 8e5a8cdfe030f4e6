// SPDX-License-Identifier: GPL-3.0-or-later
// json_write.c — see json_write.h.
#include "base/json_write.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

void jw_init(struct json_writer *w, struct buffer *out)
{
    *w = (struct json_writer){.out = out};
}

// Every value begins here: the comma before it, if one is due.
static void begin_value(struct json_writer *w)
{
    if (w->need_comma)
        buffer_text(w->out, ",");
    w->need_comma = true;
}

static void open_with(struct json_writer *w, const char *bracket)
{
    begin_value(w);
    buffer_text(w->out, bracket);
    w->need_comma = false;
}

static void close_with(struct json_writer *w, const char *bracket)
{
    buffer_text(w->out, bracket);
    w->need_comma = true;
}

void jw_object_begin(struct json_writer *w)
{
    open_with(w, "{");
}

void jw_object_end(struct json_writer *w)
{
    close_with(w, "}");
}

void jw_array_begin(struct json_writer *w)
{
    open_with(w, "[");
}

void jw_array_end(struct json_writer *w)
{
    close_with(w, "]");
}

// The escape of one ASCII character, or NULL when it stands for itself.
static const char *escape_of(unsigned char c, char room[static 8])
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        if (c >= 0x20 && c != 0x7F)
            return NULL;
        (void)snprintf(room, 8, "\\u%04x", c);
        return room;
    }
}

// Bytes of the character at p: 1 for ASCII, 0 when it is not well-formed.
static size_t character_length(const char *p, size_t left)
{
    for (size_t n = 1; n <= 4 && n <= left; n++) {
        if (text_utf8_valid(p, n))
            return n;
    }
    return 0;
}

static void append_quoted(struct buffer *out, const char *text)
{
    buffer_text(out, "\"");
    size_t left = strlen(text);
    while (left > 0) {
        char room[8];
        const char *escape = escape_of((unsigned char)*text, room);
        size_t n = escape ? 1 : character_length(text, left);
        if (escape)
            buffer_text(out, escape);
        else if (n == 0)
            buffer_text(out, "\xEF\xBF\xBD"); // U+FFFD, the replacement character
        else
            buffer_append(out, text, n);
        text += n ? n : 1;
        left -= n ? n : 1;
    }
    buffer_text(out, "\"");
}

void jw_key(struct json_writer *w, const char *key)
{
    begin_value(w);
    append_quoted(w->out, key);
    buffer_text(w->out, ":");
    w->need_comma = false;
}

void jw_string(struct json_writer *w, const char *text)
{
    if (!text) {
        jw_null(w);
        return;
    }
    begin_value(w);
    append_quoted(w->out, text);
}

void jw_bool(struct json_writer *w, bool value)
{
    begin_value(w);
    buffer_text(w->out, value ? "true" : "false");
}

void jw_null(struct json_writer *w)
{
    begin_value(w);
    buffer_text(w->out, "null");
}

void jw_int(struct json_writer *w, int64_t value)
{
    begin_value(w);
    buffer_printf(w->out, "%" PRId64, value);
}

void jw_uint(struct json_writer *w, uint64_t value)
{
    begin_value(w);
    buffer_printf(w->out, "%" PRIu64, value);
}

void jw_number(struct json_writer *w, double value, int decimals)
{
    assert(isfinite(value) && decimals >= 0 && decimals <= 17);
    char digits[400]; // the largest double has 309 digits before the point
    int n = snprintf(digits, sizeof(digits), "%.*f", decimals, value);
    if (strchr(digits, '.')) {
        while (digits[n - 1] == '0')
            n--;
        if (digits[n - 1] == '.')
            n--;
        digits[n] = '\0';
    }
    begin_value(w);
    buffer_text(w->out, strcmp(digits, "-0") == 0 ? "0" : digits);
}

void jw_raw(struct json_writer *w, const char *json)
{
    begin_value(w);
    buffer_text(w->out, json);
}

void jw_key_string(struct json_writer *w, const char *key, const char *text)
{
    jw_key(w, key);
    jw_string(w, text);
}

void jw_key_bool(struct json_writer *w, const char *key, bool value)
{
    jw_key(w, key);
    jw_bool(w, value);
}

void jw_key_int(struct json_writer *w, const char *key, int64_t value)
{
    jw_key(w, key);
    jw_int(w, value);
}

void jw_key_uint(struct json_writer *w, const char *key, uint64_t value)
{
    jw_key(w, key);
    jw_uint(w, value);
}

void jw_key_number(struct json_writer *w, const char *key, double value, int decimals)
{
    jw_key(w, key);
    jw_number(w, value, decimals);
}
