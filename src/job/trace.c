// SPDX-License-Identifier: GPL-3.0-or-later
// trace.c — see trace.h.
//
// A parsed line takes some 4 KB and its text a hundred bytes, so a trace keeps the places of its
// lines and reads them again when they are wanted.
#include "job/trace.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void trace_reader_init(struct trace_reader *reader, const char *text, size_t n)
{
    *reader = (struct trace_reader){.text = text, .n = n, .line = 1};
}

void trace_done(struct trace *trace)
{
    free(trace->entries);
    trace->entries = NULL;
    trace->count = 0;
}

// The line at the reader's place, without its end; false at the end of the text.
static bool look(const struct trace_reader *reader, const char **ret, size_t *ret_n)
{
    if (reader->at >= reader->n)
        return false;
    const char *line = reader->text + reader->at;
    size_t left = reader->n - reader->at;
    const char *end = memchr(line, '\n', left);
    *ret = line;
    *ret_n = end ? (size_t)(end - line) : left;
    return true;
}

static void pass(struct trace_reader *reader, size_t line_bytes)
{
    reader->at += line_bytes + 1;
    reader->line++;
}

static bool blank(const char *line, size_t n)
{
    return n == 0 || (n == 1 && line[0] == '\r');
}

static bool parse(struct trace_reader *reader, const char *text, size_t n, struct trace_line *ret)
{
    if (trace_line_parse(text, n, ret, &reader->last_broken) == OK)
        return true;
    (void)error_wrap(&reader->last_broken, "line %zu", reader->line);
    reader->counts.broken++;
    return false;
}

// Finds the submit. What stands between an end and the next submit is stray; nothing may stand
// before the first.
static enum status find_submit(struct trace_reader *reader, struct trace *ret, bool *ret_found,
                               struct error *err)
{
    const char *text;
    size_t n;
    struct trace_line line;
    for (; look(reader, &text, &n); pass(reader, n)) {
        if (blank(text, n))
            continue;
        bool good = parse(reader, text, n, &line);
        if (good && line.kind == TRACE_SUBMIT) {
            *ret_found = true;
            ret->submit = line.submit;
            pass(reader, n);
            return OK;
        }
        if (reader->traces == 0 && !good)
            return error_set(err, reader->last_broken.status, "expected a trace, but %s",
                             reader->last_broken.text);
        if (reader->traces == 0)
            return error_set(err, ERR_INVALID,
                             "line %zu: expected the submit line that begins a trace",
                             reader->line);
        reader->counts.stray += good;
    }
    return OK;
}

static void add(struct trace *trace, size_t *room, struct trace_entry entry)
{
    if (trace->count == *room) {
        *room = *room > 0 ? 2 * *room : 64;
        trace->entries = mem_resize(trace->entries, *room, sizeof(trace->entries[0]));
    }
    trace->entries[trace->count++] = entry;
}

// Takes the line into the trace; true when it was the last.
static bool take(struct trace_reader *reader, struct trace *trace, size_t *room,
                 const struct trace_line *line, size_t bytes)
{
    int64_t at_ns = line->at_ns;
    if (at_ns < trace_last_ns(trace)) {
        reader->counts.backwards++;
        at_ns = trace_last_ns(trace);
    }
    switch (line->kind) {
    case TRACE_SERVER:
        trace->tells_server = true;
        __attribute__((fallthrough));
    case TRACE_EVENT:
        add(trace, room, (struct trace_entry){at_ns, reader->at, bytes});
        return false;
    case TRACE_END:
        trace->ended = true;
        trace->outcome = line->end;
        trace->end_ns = at_ns;
        return true;
    default:
        reader->counts.unknown++;
        return false;
    }
}

enum status trace_next(struct trace_reader *reader, struct trace *ret, bool *ret_found,
                       struct error *err)
{
    const char *text;
    size_t n;
    size_t room = 0;
    *ret = (struct trace){.text = reader->text};
    *ret_found = false;
    enum status status = find_submit(reader, ret, ret_found, err);
    if (status != OK || !*ret_found)
        return status;
    reader->traces++;
    if (ret->submit.id[0] == '\0')
        (void)snprintf(ret->submit.id, sizeof(ret->submit.id), "trace-%zu", reader->traces);
    for (bool last = false; !last && look(reader, &text, &n); pass(reader, n)) {
        struct trace_line line;
        if (blank(text, n) || !parse(reader, text, n, &line))
            continue;
        if (line.kind == TRACE_SUBMIT)
            return OK; // censored; the next trace begins here
        last = take(reader, ret, &room, &line, n);
    }
    return OK;
}

void trace_at(const struct trace *trace, size_t i, struct trace_line *ret)
{
    assert(i < trace->count);
    const struct trace_entry *entry = &trace->entries[i];
    enum status status = trace_line_parse(trace->text + entry->offset, entry->bytes, ret, NULL);
    assert(status == OK); // it was read before
    (void)status;
    ret->at_ns = entry->at_ns;
}

int64_t trace_last_ns(const struct trace *trace)
{
    if (trace->ended)
        return trace->end_ns;
    return trace->count > 0 ? trace->entries[trace->count - 1].at_ns : 0;
}
