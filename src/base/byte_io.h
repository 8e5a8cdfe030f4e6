// SPDX-License-Identifier: GPL-3.0-or-later
// byte_io.h — the two doors between storage and media: bytes in by range, bytes out by offset.
//
// Interfaces only: storage implements them, media calls them, export introduces the two.
// Every call may block and honours the cancel token that its implementation was made with
// (then ERR_CANCELLED). Threads: one caller at a time per object, except size_bytes, which
// never changes. Ownership: whoever made the object frees it through its own destructor;
// a user of the interface never does.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct byte_source {
    int64_t size_bytes; // of the whole object
    // Reads up to n bytes at `offset` into `dst`. *ret_n = 0 means the end of the object.
    enum status (*read_at)(struct byte_source *self, int64_t offset, void *dst, size_t n,
                           size_t *ret_n, struct error *err);
    // Bytes [from, to) will be read, after those that were announced before: a store may fetch them
    // ahead, and need not fetch what lies beyond. NULL where that is of no use.
    void (*expect)(struct byte_source *self, int64_t from, int64_t to);
    // All of it is about to be read in order: it has no index. NULL where that is of no use.
    void (*sweep)(struct byte_source *self);
};

struct byte_sink {
    // Writes all n bytes at `offset` (gaps read as zeros until written; earlier bytes may be
    // overwritten, which only the first part of a film is).
    enum status (*write_at)(struct byte_sink *self, int64_t offset, const void *src, size_t n,
                            struct error *err);
    // Before the first write: behind the first n bytes every write follows the one before it; those
    // may be written last, or again. NULL where that is of no use.
    void (*expect_head)(struct byte_sink *self, int64_t n);
};
