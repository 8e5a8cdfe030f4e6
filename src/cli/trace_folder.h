// SPDX-License-Identifier: GPL-3.0-or-later
// trace_folder.h — the traces of a server's jobs, in a folder that stays small.
//
// traces.ndjson grows by a whole trace at a time; when the next one would make it larger than
// allowed it becomes traces-before.ndjson, in place of the one before. So the folder holds the
// newest jobs in at most twice that room, and `headway score DIR` and `headway replay DIR` read it
// as it is. Threads: one writer.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct trace_folder {
    const char *path;  // borrowed
    int64_t max_bytes; // of one file
};

// Makes the folder when it is not there. ERR_IO and the like: it cannot be written.
MUST_USE enum status trace_folder_make(const struct trace_folder *folder, struct error *err);
// Appends n bytes, which are one trace; makes the folder when it is not there. All of them are
// written, or none.
MUST_USE enum status trace_folder_add(const struct trace_folder *folder, const char *text, size_t n,
                                      struct error *err);
