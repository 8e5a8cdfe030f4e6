// SPDX-License-Identifier: GPL-3.0-or-later
// read_plan.h — which blocks of an object to fetch next, before a reader asks for them. Pure.
//
// Readers come in streams: each read goes on near where one before it ended, or begins a new
// stream. What lies ahead of a stream is wanted as far as its window. Where the reader's owner has
// said what will be read (expectations, in the order of the reading), the window is
// READ_PLAN_WINDOW bytes of that and nothing beyond, so no byte is fetched in vain; past the end of
// one expectation it goes on at the next. Elsewhere the window is a quarter of what the stream has
// read without a jump: what turns out to be sequential is read ahead, and a jump costs little.
//
// Units: bytes and blocks of READ_PLAN_BLOCK bytes.
// Threads: one at a time.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    READ_PLAN_BLOCK = 64 * 1024,
    READ_PLAN_WINDOW = 6 << 20,
    READ_PLAN_NEAR = 1 << 20, // a read this near to a stream belongs to it
    READ_PLAN_STREAMS = 4,
    READ_PLAN_MAX_EXPECTED = 4096,
    READ_PLAN_LEAST_SPAN = (256 << 10) / READ_PLAN_BLOCK,         // blocks
    READ_PLAN_MOST_SPAN = READ_PLAN_WINDOW / 4 / READ_PLAN_BLOCK, // so that a window has several
    READ_PLAN_SPAN_MS = 500,
};

struct read_stream {
    int64_t next;  // where the last read ended
    int64_t run;   // bytes read on end
    uint64_t used; // when it was read last; 0: no such stream
};

struct read_range {
    int64_t from, to;
};

struct read_plan {
    int64_t size_bytes;
    struct read_stream streams[READ_PLAN_STREAMS];
    uint64_t reads;
    struct read_range *expected; // in the order of the reading
    size_t expected_count;
};

// How to fetch: requests of so many blocks, so many at a time.
struct read_pace {
    int64_t span_blocks;
    int requests;
};

// For a line on which `count` blocks took `ms`, while `flying` requests shared it. A request lasts
// about READ_PLAN_SPAN_MS. On a slow line few short ones bring the bytes nearly in the order in
// which they are read; two at least, if `most` allows, as a store may slow down single connections.
// Nothing is known yet: count 0.
struct read_pace read_plan_pace(int64_t count, int flying, double ms, int most);

// Blocks [first, first + count).
struct read_span {
    int64_t first, count;
};

void read_plan_init(struct read_plan *p, int64_t size_bytes);
void read_plan_done(struct read_plan *p);

// A reader has asked for n bytes at `offset`.
void read_plan_read(struct read_plan *p, int64_t offset, size_t n);
// [from, to) will be read, after what was expected before. Beyond READ_PLAN_MAX_EXPECTED:
// forgotten.
void read_plan_expect(struct read_plan *p, int64_t from, int64_t to);
// Begins a stream at the first expectation, unless there is one near.
void read_plan_begin(struct read_plan *p);

// The next blocks that are wanted and that `is_here` does not know, at most `most`. Fewer than that
// only where the wanted ones end, so that requests stay large. False: nothing is wanted now.
bool read_plan_next(const struct read_plan *p, int64_t most,
                    bool (*is_here)(const void *context, int64_t block), const void *context,
                    struct read_span *ret);
