// SPDX-License-Identifier: GPL-3.0-or-later
// export.h — runs one export from its spec to its stored output.
//
// The listener hears the plan before any frame is touched, then counts as they happen; the
// result is returned. Whatever fails, nothing of the output is left.
// Threads: blocks its caller; works with threads of its own; cancel from any thread stops it
// within a second.
#pragma once

#include "export/listener.h"
#include "job/event.h"
#include "job/spec.h"
#include "storage/storage.h"
#include "sys/cancel.h"

struct export_options {
    const struct spec *spec;
    const char *model_dir;   // where the networks are; NULL: the usual places
    int threads;             // 0: one for each core
    struct storage *storage; // where input and output are; NULL: local files alone
    struct listener *listener;
    struct cancel *cancel; // fired by the export itself when one of its stages fails
};

struct export_result {
    uint64_t bytes;            // of the output object
    int64_t frames;            // of the output film
    double duration_s;         // likewise
    char data[EVENT_MAX_DATA]; // one JSON value for the result line; "" for none
};

// True when this build can run exports of that type.
bool export_supported(enum export_type type);

MUST_USE enum status export_run(const struct export_options *options, struct export_result *ret,
                                struct error *err);
