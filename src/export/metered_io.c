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

static void source_moved(struct transfer_watch *watch)
{
    struct metered_source *m = (struct metered_source *)watch;
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
