// SPDX-License-Identifier: GPL-3.0-or-later
// metered_io.c — see metered_io.h. The doors are first members, so a door is its owner.
#include "export/metered_io.h"

static enum status read_metered(struct byte_source *door, int64_t offset, void *dst, size_t n,
                                size_t *ret_n, struct error *err)
{
    struct metered_source *m = (struct metered_source *)door;
    struct byte_source *inner = source_bytes(m->source);
    meter_work(m->meter);
    enum status status = inner->read_at(inner, offset, dst, n, ret_n, err);
    meter_rest(m->meter);
    meter_add(m->meter, source_bytes_new(m->source));
    return status;
}

void metered_source_init(struct metered_source *m, struct source *source, struct meter *meter)
{
    *m = (struct metered_source){
        .door = {.size_bytes = source_bytes(source)->size_bytes, .read_at = read_metered},
        .source = source,
        .meter = meter,
    };
}

static enum status write_metered(struct byte_sink *door, int64_t offset, const void *src, size_t n,
                                 struct error *err)
{
    struct metered_sink *m = (struct metered_sink *)door;
    struct byte_sink *inner = sink_bytes(m->sink);
    meter_work(m->meter);
    enum status status = inner->write_at(inner, offset, src, n, err);
    meter_rest(m->meter);
    meter_set(m->meter, sink_bytes_written(m->sink));
    return status;
}

void metered_sink_init(struct metered_sink *m, struct sink *sink, struct meter *meter)
{
    *m = (struct metered_sink){
        .door = {.write_at = write_metered},
        .sink = sink,
        .meter = meter,
    };
}
