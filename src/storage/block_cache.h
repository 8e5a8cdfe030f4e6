// SPDX-License-Identifier: GPL-3.0-or-later
// block_cache.h — the blocks of an object that are here or on their way, in bounded memory.
//
// A block is absent, on its way (somebody fetches it) or here. When all places are taken, the block
// that is here and was not used for longest makes room; one on its way never does.
// Memory is allocated as blocks come, up to the capacity.
// Threads: one at a time; the bytes of a block on its way belong to who fetches it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct block_place {
    int64_t block;
    uint64_t used; // when last; meaningless while on its way
    bool taken, here;
    uint8_t *bytes; // kept when the place is empty
};

struct block_cache {
    size_t block_bytes;
    struct block_place *places;
    size_t capacity;
    size_t on_their_way;
    uint64_t now; // counts uses
};

void block_cache_init(struct block_cache *c, size_t block_bytes, size_t capacity);
void block_cache_done(struct block_cache *c);

// The block's bytes when it is here (and a use of it), else NULL.
const uint8_t *block_cache_find(struct block_cache *c, int64_t block);
// Is it here or on its way?
bool block_cache_has(const struct block_cache *c, int64_t block);
bool block_cache_is_here(const struct block_cache *c, int64_t block);

// Makes an absent block one that is on its way; where to put its bytes. NULL: all places are on
// their way, or there is no memory.
uint8_t *block_cache_begin(struct block_cache *c, int64_t block);
// A block on its way has come, or will not.
void block_cache_end(struct block_cache *c, int64_t block, bool here);
// Where the bytes of a block on its way go.
uint8_t *block_cache_room(const struct block_cache *c, int64_t block);
// Forgets all blocks that are here and gives their memory back.
void block_cache_clear(struct block_cache *c);
