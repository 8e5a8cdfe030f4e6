// SPDX-License-Identifier: GPL-3.0-or-later
// metered_io.h — meters that sources and sinks of storage tell of themselves: download and upload.
//
// A download counts the distinct bytes that have come from the store, those of several sources on
// one meter together; an upload the bytes that the store has acknowledged. Both take the time in
// which something was under way. They borrow the storage objects and the meters: a meter outlives
// its source or sink.
#pragma once

#include "export/meter.h"
#include "storage/sink.h"
#include "storage/source.h"

struct metered_source {
    struct transfer_watch watch;
    struct source *source;
    struct meter *meter;
};

struct metered_sink {
    struct transfer_watch watch;
    struct sink *sink;
    struct meter *meter;
};

// From now on the meter is told; also of bytes that came before.
void metered_source_init(struct metered_source *m, struct source *source, struct meter *meter);
// The download in all when, beside what came to learn what is in the source, `needed` bytes will be
// read: no more than there are.
uint64_t metered_source_total(const struct metered_source *m, uint64_t needed);
void metered_sink_init(struct metered_sink *m, struct sink *sink, struct meter *meter);
