// SPDX-License-Identifier: GPL-3.0-or-later
// sink.c — see sink.h.
#include "storage/sink.h"

#include "storage/store.h"

enum status sink_open(struct storage *storage, const char *where, struct cancel *cancel,
                      struct sink **ret, struct error *err)
{
    *ret = NULL;
    struct location at LOCATION_AUTO = {0};
    enum status status = location_parse(where, &at, err);
    const struct store_call call = {storage, where, &at, cancel, 0};
    return status == OK ? store_of(&at)->open_sink(&call, ret, err) : status;
}

void sink_free(struct sink *s)
{
    if (s)
        s->class->release(s);
}

void sink_expect(struct sink *s, const struct sink_expectation *expectation)
{
    s->expectation = *expectation;
}

void sink_watch(struct sink *s, struct transfer_watch *watch)
{
    s->watch = watch;
}

struct byte_sink *sink_bytes(struct sink *s)
{
    return &s->door;
}

uint64_t sink_bytes_written(const struct sink *s)
{
    return atomic_load(&s->bytes_written);
}

enum status sink_commit(struct sink *s, uint64_t *ret_size, struct error *err)
{
    return s->class->commit(s, ret_size, err);
}

enum status object_size(struct storage *storage, const char *where, int64_t deadline_ns,
                        struct cancel *cancel, uint64_t *ret_size, struct error *err)
{
    struct location at LOCATION_AUTO = {0};
    const struct store_call call = {storage, where, &at, cancel, deadline_ns};
    struct object_info info;
    if (location_parse(where, &at, err) != OK)
        return ERR_INVALID;
    enum status status = store_of(&at)->head(&call, &info, err);
    if (status == OK)
        *ret_size = info.size_bytes;
    return status;
}
