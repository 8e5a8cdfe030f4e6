// SPDX-License-Identifier: GPL-3.0-or-later
// byte_count.c — see byte_count.h.
#include "storage/byte_count.h"

#include "base/memory.h"

void byte_count_init(struct byte_count *c, int64_t size_bytes)
{
    *c = (struct byte_count){.size_bytes = size_bytes};
    c->seen = mem_zeroed((size_t)(size_bytes / BYTE_COUNT_BLOCK / 8 + 1), sizeof *c->seen);
}

void byte_count_done(struct byte_count *c)
{
    free(c->seen);
    c->seen = NULL;
}

void byte_count_add(struct byte_count *c, int64_t offset, size_t n)
{
    if (n == 0)
        return;
    int64_t last = (offset + (int64_t)n - 1) / BYTE_COUNT_BLOCK;
    for (int64_t block = offset / BYTE_COUNT_BLOCK; block <= last; block++) {
        unsigned char bit = (unsigned char)(1U << (block % 8));
        if (atomic_fetch_or(&c->seen[block / 8], bit) & bit)
            continue;
        int64_t left = c->size_bytes - block * BYTE_COUNT_BLOCK;
        uint64_t bytes = (uint64_t)(left < BYTE_COUNT_BLOCK ? left : BYTE_COUNT_BLOCK);
        atomic_fetch_add(&c->all, bytes);
        atomic_fetch_add(&c->fresh, bytes);
    }
}

uint64_t byte_count_all(const struct byte_count *c)
{
    return atomic_load(&c->all);
}

uint64_t byte_count_fresh(struct byte_count *c)
{
    return atomic_exchange(&c->fresh, 0);
}
