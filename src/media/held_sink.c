// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/held_sink.h"

#include <string.h>

// The sink is the first member, so a door is its owner.
static enum status write_held(struct byte_sink *self, int64_t offset, const void *src, size_t n,
                              struct error *err)
{
    struct held_sink *held = (struct held_sink *)self;
    size_t inside = 0;
    if (offset < (int64_t)held->capacity) {
        size_t at = (size_t)offset;
        inside = held->capacity - at < n ? held->capacity - at : n;
        memcpy(held->head + at, src, inside);
        if (at + inside > held->size)
            held->size = at + inside;
    }
    if (inside == n)
        return OK;
    return held->inner->write_at(held->inner, offset + (int64_t)inside,
                                 (const uint8_t *)src + inside, n - inside, err);
}

enum status held_sink_init(struct held_sink *held, struct byte_sink *inner, size_t capacity,
                           struct error *err)
{
    *held = (struct held_sink){.sink = {.write_at = write_held}, .inner = inner};
    held->head = mem_try_array(capacity, 1);
    if (!held->head)
        return error_set(err, ERR_MEMORY, "no memory for the film's index (%zu bytes)", capacity);
    memset(held->head, 0, capacity);
    held->capacity = capacity;
    if (inner->expect_head)
        inner->expect_head(inner, (int64_t)capacity);
    return OK;
}

void held_sink_done(struct held_sink *held)
{
    free(held->head);
    *held = (struct held_sink){0};
}

enum status held_sink_release(struct held_sink *held, struct error *err)
{
    return held->inner->write_at(held->inner, 0, held->head, held->size, err);
}
