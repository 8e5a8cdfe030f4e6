// SPDX-License-Identifier: GPL-3.0-or-later
// samples.c — see samples.h.
#include "analysis/samples.h"

#include <string.h>

#include "analysis/foresight.h"
#include "base/text.h"

void samples_init(struct samples *s)
{
    *s = (struct samples){0};
    buffer_init(&s->partial, SAMPLES_LINE);
}

void samples_done(struct samples *s)
{
    free(s->all);
    buffer_done(&s->partial);
    *s = (struct samples){0};
}

void samples_add(struct samples *s, const struct benchmark *b)
{
    if (s->count == SAMPLES_MAX) {
        s->left_out++;
        return;
    }
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 64;
        s->all = mem_resize(s->all, s->capacity, sizeof(s->all[0]));
    }
    s->all[s->count] = (struct sample){.b = *b, .order = s->count};
    s->count++;
}

// ---- lines ----

static void name_broken(struct samples *s, const char *why)
{
    if (s->broken < SAMPLES_BROKEN) {
        struct broken_line *line = &s->broken_lines[s->broken];
        line->line = s->line;
        (void)text_copy(line->source, sizeof(line->source), s->source);
        (void)text_copy(line->why, sizeof(line->why), why);
    }
    s->broken++;
}

static void take_line(struct samples *s, const char *line, size_t n)
{
    struct benchmark b;
    struct error err = {0};
    s->lines++;
    s->line++;
    if (!benchmark_marked(line, n))
        return;
    if (benchmark_parse_line(line, n, &b, &err) == OK)
        samples_add(s, &b);
    else
        name_broken(s, err.text);
}

// The line that is being collected has its end.
static void end_line(struct samples *s)
{
    if (s->skipping) {
        s->lines++;
        s->line++;
    } else {
        take_line(s, buffer_string(&s->partial), s->partial.size);
    }
    s->skipping = false;
    buffer_clear(&s->partial);
}

void samples_begin(struct samples *s, const char *source)
{
    s->line = 0;
    s->skipping = false;
    buffer_clear(&s->partial);
    (void)text_copy(s->source, sizeof(s->source), source);
}

void samples_bytes(struct samples *s, const char *bytes, size_t n)
{
    const char *end = bytes + n;
    while (bytes < end) {
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t take = (size_t)((stop ? stop : end) - bytes);
        if (!s->skipping)
            buffer_append(&s->partial, bytes, take);
        if (s->partial.overflow) { // far longer than any record
            s->skipping = true;
            buffer_clear(&s->partial);
        }
        if (!stop)
            return;
        end_line(s);
        bytes = stop + 1;
    }
}

void samples_end(struct samples *s)
{
    if (s->skipping || s->partial.size > 0)
        end_line(s);
}

// ---- order ----

static int by_end(const void *a, const void *b)
{
    const struct sample *x = a;
    const struct sample *y = b;
    if (x->b.record.at_ms != y->b.record.at_ms)
        return x->b.record.at_ms < y->b.record.at_ms ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static int by_type_and_end(const void *a, const void *b)
{
    const struct sample *x = a;
    const struct sample *y = b;
    if (x->b.record.type != y->b.record.type)
        return x->b.record.type < y->b.record.type ? -1 : 1;
    return by_end(a, b);
}

void samples_finish(struct samples *s)
{
    if (s->count == 0)
        return;
    qsort(s->all, s->count, sizeof(s->all[0]), by_end);
    foresight_fill(s->all, s->count, s->drifts);
    qsort(s->all, s->count, sizeof(s->all[0]), by_type_and_end);
}
