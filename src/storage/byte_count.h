// SPDX-License-Identifier: GPL-3.0-or-later
// byte_count.h — how many distinct bytes of an object came, however often and in whatever order.
//
// Counts in blocks of BYTE_COUNT_BLOCK: a block counts whole once some of it was read.
// Threads: all but init and done any.
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { BYTE_COUNT_BLOCK = 64 * 1024 };

struct byte_count {
    int64_t size_bytes;
    atomic_uint_fast64_t all, fresh;
    atomic_uchar *seen; // one bit a block
};

void byte_count_init(struct byte_count *c, int64_t size_bytes);
void byte_count_done(struct byte_count *c);
// [offset, offset + n) was read; it lies within the object.
void byte_count_add(struct byte_count *c, int64_t offset, size_t n);
uint64_t byte_count_all(const struct byte_count *c);
// Those that no call before was told.
uint64_t byte_count_fresh(struct byte_count *c);
