// SPDX-License-Identifier: GPL-3.0-or-later
// block_cache.c — see block_cache.h. A few hundred places: a search is faster than a table would be
// worth.
#include "storage/block_cache.h"

#include <assert.h>

#include "base/memory.h"

void block_cache_init(struct block_cache *c, size_t block_bytes, size_t capacity)
{
    *c = (struct block_cache){.block_bytes = block_bytes, .capacity = capacity};
    c->places = mem_zeroed(capacity, sizeof *c->places);
}

void block_cache_done(struct block_cache *c)
{
    for (size_t i = 0; i < c->capacity; i++)
        free(c->places[i].bytes);
    free(c->places);
    *c = (struct block_cache){0};
}

static struct block_place *find(const struct block_cache *c, int64_t block)
{
    for (size_t i = 0; i < c->capacity; i++) {
        if (c->places[i].taken && c->places[i].block == block)
            return &c->places[i];
    }
    return NULL;
}

const uint8_t *block_cache_find(struct block_cache *c, int64_t block)
{
    struct block_place *p = find(c, block);
    if (!p || !p->here)
        return NULL;
    p->used = ++c->now;
    return p->bytes;
}

bool block_cache_has(const struct block_cache *c, int64_t block)
{
    return find(c, block) != NULL;
}

bool block_cache_is_here(const struct block_cache *c, int64_t block)
{
    const struct block_place *p = find(c, block);
    return p && p->here;
}

// An empty place with memory, else an empty one, else the one whose block was not used for longest.
static struct block_place *choose(const struct block_cache *c)
{
    struct block_place *oldest = NULL;
    struct block_place *empty = NULL;
    for (size_t i = 0; i < c->capacity; i++) {
        struct block_place *p = &c->places[i];
        if (!p->taken && (!empty || (p->bytes && !empty->bytes)))
            empty = p;
        if (p->here && (!oldest || p->used < oldest->used))
            oldest = p;
    }
    return empty ? empty : oldest;
}

uint8_t *block_cache_begin(struct block_cache *c, int64_t block)
{
    struct block_place *p = choose(c);
    assert(!find(c, block));
    if (p && !p->bytes)
        p->bytes = mem_try_array(c->block_bytes, 1);
    if (!p || !p->bytes)
        return NULL;
    p->block = block;
    p->taken = true;
    p->here = false;
    c->on_their_way++;
    return p->bytes;
}

void block_cache_end(struct block_cache *c, int64_t block, bool here)
{
    struct block_place *p = find(c, block);
    assert(p && !p->here);
    p->here = here;
    p->taken = here;
    p->used = ++c->now;
    c->on_their_way--;
}

uint8_t *block_cache_room(const struct block_cache *c, int64_t block)
{
    struct block_place *p = find(c, block);
    assert(p && !p->here);
    return p->bytes;
}

void block_cache_clear(struct block_cache *c)
{
    for (size_t i = 0; i < c->capacity; i++) {
        struct block_place *p = &c->places[i];
        if (p->taken && !p->here)
            continue;
        free(p->bytes);
        *p = (struct block_place){0};
    }
}
