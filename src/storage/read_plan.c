// SPDX-License-Identifier: GPL-3.0-or-later
// read_plan.c — see read_plan.h.
#include "storage/read_plan.h"

#include <stdlib.h>

#include "base/memory.h"

void read_plan_init(struct read_plan *p, int64_t size_bytes)
{
    *p = (struct read_plan){.size_bytes = size_bytes};
}

void read_plan_done(struct read_plan *p)
{
    free(p->expected);
    p->expected = NULL;
}

// The stream that a read at `offset` belongs to; NULL: none.
static struct read_stream *find_stream(struct read_plan *p, int64_t offset)
{
    struct read_stream *best = NULL;
    for (struct read_stream *s = p->streams; s < p->streams + READ_PLAN_STREAMS; s++) {
        int64_t away = llabs(offset - s->next);
        if (s->used > 0 && away <= READ_PLAN_NEAR && (!best || away < llabs(offset - best->next)))
            best = s;
    }
    return best;
}

static struct read_stream *oldest_stream(struct read_plan *p)
{
    struct read_stream *oldest = p->streams;
    for (struct read_stream *s = p->streams; s < p->streams + READ_PLAN_STREAMS; s++) {
        if (s->used < oldest->used)
            oldest = s;
    }
    return oldest;
}

// The expectation that a stream at `at` is in, or has just left, as readers take some more than
// they need; expected_count: none.
static size_t find_expected(const struct read_plan *p, int64_t at)
{
    size_t left = p->expected_count;
    for (size_t i = 0; i < p->expected_count; i++) {
        const struct read_range *r = &p->expected[i];
        if (r->from <= at && at < r->to)
            return i;
        if (r->to <= at && at - r->to <= READ_PLAN_NEAR && left == p->expected_count)
            left = i;
    }
    return left;
}

void read_plan_read(struct read_plan *p, int64_t offset, size_t n)
{
    struct read_stream *s = find_stream(p, offset);
    int64_t end = offset + (int64_t)n;
    if (!s) {
        s = oldest_stream(p);
        *s = (struct read_stream){.next = offset};
    }
    if (end > s->next)
        s->run += end - (offset > s->next ? offset : s->next);
    s->next = end;
    if (find_expected(p, end) < p->expected_count)
        s->run = 0; // what was expected tells nothing of what is not
    s->used = ++p->reads;
}

void read_plan_expect(struct read_plan *p, int64_t from, int64_t to)
{
    to = to < p->size_bytes ? to : p->size_bytes;
    if (from < 0 || from >= to || p->expected_count == READ_PLAN_MAX_EXPECTED)
        return;
    p->expected = mem_resize(p->expected, p->expected_count + 1, sizeof *p->expected);
    p->expected[p->expected_count++] = (struct read_range){from, to};
}

void read_plan_begin(struct read_plan *p)
{
    if (p->expected_count == 0 || find_stream(p, p->expected[0].from))
        return;
    *oldest_stream(p) = (struct read_stream){.next = p->expected[0].from, .used = ++p->reads};
}

// What a stream wants, piece by piece.
struct want {
    int64_t from, to; // bytes
};

// The wanted blocks of [from, to) that are not here: the first run of them.
static bool first_absent(const struct want *w, int64_t most,
                         bool (*is_here)(const void *context, int64_t block), const void *context,
                         struct read_span *ret)
{
    int64_t block = w->from / READ_PLAN_BLOCK;
    int64_t end = (w->to + READ_PLAN_BLOCK - 1) / READ_PLAN_BLOCK;
    while (block < end && is_here(context, block))
        block++;
    ret->first = block;
    while (block < end && block - ret->first < most && !is_here(context, block))
        block++;
    ret->count = block - ret->first;
    return ret->count > 0;
}

// A short run is worth a request only where nothing more can join it: at the hard end of what is
// wanted, or before something that is here.
static bool is_worth_it(const struct read_span *span, const struct want *w, int64_t most, bool hard)
{
    int64_t end = (w->to + READ_PLAN_BLOCK - 1) / READ_PLAN_BLOCK;
    return span->count == most || span->first + span->count < end || hard;
}

static bool next_expected(const struct read_plan *p, const struct read_stream *s, size_t i,
                          int64_t most, bool (*is_here)(const void *context, int64_t block),
                          const void *context, struct read_span *ret)
{
    int64_t left = READ_PLAN_WINDOW;
    int64_t at = s->next;
    while (i < p->expected_count && left > 0) {
        int64_t to = p->expected[i].to > at ? p->expected[i].to : at;
        bool hard = to - at <= left;
        const struct want w = {at, hard ? to : at + left};
        if (first_absent(&w, most, is_here, context, ret))
            return is_worth_it(ret, &w, most, hard);
        left -= w.to - w.from;
        i++;
        at = i < p->expected_count ? p->expected[i].from : at;
    }
    return false;
}

static bool next_sequential(const struct read_plan *p, const struct read_stream *s, int64_t most,
                            bool (*is_here)(const void *context, int64_t block),
                            const void *context, struct read_span *ret)
{
    int64_t window = s->run / 4 < READ_PLAN_WINDOW ? s->run / 4 : READ_PLAN_WINDOW;
    bool hard = p->size_bytes - s->next <= window;
    const struct want w = {s->next, hard ? p->size_bytes : s->next + window};
    int64_t enough = most < window / READ_PLAN_BLOCK / 2 ? most : window / READ_PLAN_BLOCK / 2;
    if (window < READ_PLAN_BLOCK || !first_absent(&w, most, is_here, context, ret))
        return false;
    return is_worth_it(ret, &w, enough, hard) || ret->count >= enough;
}

bool read_plan_next(const struct read_plan *p, int64_t most,
                    bool (*is_here)(const void *context, int64_t block), const void *context,
                    struct read_span *ret)
{
    // The stream that was read last first.
    uint64_t before = UINT64_MAX;
    for (int k = 0; k < READ_PLAN_STREAMS; k++) {
        const struct read_stream *s = NULL;
        for (const struct read_stream *x = p->streams; x < p->streams + READ_PLAN_STREAMS; x++) {
            if (x->used > 0 && x->used < before && (!s || x->used > s->used))
                s = x;
        }
        if (!s)
            return false;
        before = s->used;
        size_t i = find_expected(p, s->next);
        bool found = i < p->expected_count ? next_expected(p, s, i, most, is_here, context, ret)
                                           : next_sequential(p, s, most, is_here, context, ret);
        if (found)
            return true;
    }
    return false;
}

static double within(double least, double value, double most)
{
    return value < least ? least : value > most ? most : value;
}

struct read_pace read_plan_pace(int64_t count, int flying, double ms, int most)
{
    double fits = (double)count * READ_PLAN_SPAN_MS / ms;
    double worth = fits * flying / READ_PLAN_LEAST_SPAN;
    return (struct read_pace){
        .span_blocks = (int64_t)within(READ_PLAN_LEAST_SPAN, fits, READ_PLAN_MOST_SPAN),
        .requests = (int)within(most < 2 ? most : 2, worth, most),
    };
}
