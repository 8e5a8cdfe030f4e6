// SPDX-License-Identifier: GPL-3.0-or-later
// source.c — see source.h.
#include "storage/source.h"

#include "storage/store.h"

static void sweep(struct byte_source *door)
{
    atomic_store(&((struct source *)door)->swept, true);
}

enum status source_open(struct storage *storage, const char *where, struct cancel *cancel,
                        struct source **ret, struct error *err)
{
    *ret = NULL;
    struct location at LOCATION_AUTO = {0};
    enum status status = location_parse(where, &at, err);
    const struct store_call call = {storage, where, &at, cancel, 0};
    if (status == OK)
        status = store_of(&at)->open_source(&call, ret, err);
    if (status == OK)
        (*ret)->door.sweep = sweep;
    return status;
}

void source_free(struct source *s)
{
    if (s)
        s->class->release(s);
}

struct byte_source *source_bytes(struct source *s)
{
    return &s->door;
}

uint64_t source_bytes_read(const struct source *s)
{
    return byte_count_all(&s->count);
}

uint64_t source_bytes_new(struct source *s)
{
    return byte_count_fresh(&s->count);
}

bool source_is_swept(const struct source *s)
{
    return atomic_load(&s->swept);
}

void source_watch(struct source *s, struct transfer_watch *watch)
{
    s->watch = watch;
}

void source_ahead(struct source *s)
{
    if (s->class->ahead)
        s->class->ahead(s);
}

bool source_sated(struct source *s)
{
    return !s->class->sated || s->class->sated(s);
}

void source_rest(struct source *s)
{
    if (s->class->rest)
        s->class->rest(s);
}

bool source_is_same(const struct source *s, const char *where)
{
    struct location at LOCATION_AUTO = {0};
    return location_parse(where, &at, NULL) == OK && s->class->is_at(s, &at);
}

enum status source_check(const struct source *s, const char *md5, struct error *err)
{
    return s->class->check ? s->class->check(s, md5, err) : OK;
}
