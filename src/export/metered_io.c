// SPDX-License-Identifier: GPL-3.0-or-later
// metered_io.c — see metered_io.h. The watches are first members, so a watch is its owner.
#include "export/metered_io.h"

static void source_works(struct transfer_watch *watch)
{
    meter_work(((struct metered_source *)watch)->meter);
}

static void source_rests(struct transfer_watch *watch)
{
    meter_rest(((struct metered_source *)watch)->meter);
}

static uint64_t size_of(const struct metered_source *m)
{
    return (uint64_t)source_bytes(m->source)->size_bytes;
}

static void source_moved(struct transfer_watch *watch)
{
    struct metered_source *m = (struct metered_source *)watch;
    if (source_is_swept(m->source))
        meter_expect(m->meter, size_of(m));
    meter_add(m->meter, source_bytes_new(m->source));
}

void metered_source_init(struct metered_source *m, struct source *source, struct meter *meter)
{
    *m = (struct metered_source){
        .watch = {.work = source_works, .rest = source_rests, .moved = source_moved},
        .source = source,
        .meter = meter,
    };
    source_watch(source, &m->watch);
}

uint64_t metered_source_total(const struct metered_source *m, uint64_t needed)
{
    uint64_t all = source_bytes_read(m->source) + needed;
    return all < size_of(m) ? all : size_of(m);
}

static void sink_works(struct transfer_watch *watch)
{
    meter_work(((struct metered_sink *)watch)->meter);
}

static void sink_rests(struct transfer_watch *watch)
{
    meter_rest(((struct metered_sink *)watch)->meter);
}

static void sink_moved(struct transfer_watch *watch)
{
    struct metered_sink *m = (struct metered_sink *)watch;
    meter_set(m->meter, sink_bytes_written(m->sink));
}

void metered_sink_init(struct metered_sink *m, struct sink *sink, struct meter *meter)
{
    *m = (struct metered_sink){
        .watch = {.work = sink_works, .rest = sink_rests, .moved = sink_moved},
        .sink = sink,
        .meter = meter,
    };
    sink_watch(sink, &m->watch);
}
