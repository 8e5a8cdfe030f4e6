// SPDX-License-Identifier: GPL-3.0-or-later
// metered_io.h — the doors of storage with a meter in them: download and upload.
//
// A metered source counts the distinct bytes read and the time spent reading, several of them on
// one meter count together; a metered sink the bytes that the store has accepted. Both pass errors
// through unchanged. They borrow the storage objects and the meters, which outlive them.
#pragma once

#include "export/meter.h"
#include "storage/sink.h"
#include "storage/source.h"

struct metered_source {
    struct byte_source door; // hand this to a reader
    struct source *source;
    struct meter *meter;
};

struct metered_sink {
    struct byte_sink door; // hand this to a writer
    struct sink *sink;
    struct meter *meter;
};

void metered_source_init(struct metered_source *m, struct source *source, struct meter *meter);
void metered_sink_init(struct metered_sink *m, struct sink *sink, struct meter *meter);
