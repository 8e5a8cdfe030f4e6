// SPDX-License-Identifier: GPL-3.0-or-later
// corpus.h — recorded jobs from files, for the commands that replay them.
//
// A path is a file of traces (job/trace.h), "-" for standard input, or a folder whose files
// *.ndjson are read in the order of their names. What could not be used in a file is told once on
// standard error and does no further harm.
// Ownership: a struct corpus owns its texts and traces. Threads: one owner.
#pragma once

#include <stddef.h>

#include "base/buffer.h"
#include "job/trace.h"

enum { CORPUS_MAX_BYTES = 1 << 30 }; // of one file

struct corpus {
    struct trace *traces;
    size_t count;
    struct buffer **texts; // that the traces borrow
    size_t text_count;
};

// Adds the traces of a path. ERR_INVALID when a file holds something else than traces.
MUST_USE enum status corpus_add(struct corpus *corpus, const char *path, struct error *err);
// Brings the traces into the order of their submits; equal ones, and those that do not tell, keep
// their place. A trace that does not tell when it was submitted is taken to come a second after
// the end of the one before it.
void corpus_sort(struct corpus *corpus);
void corpus_done(struct corpus *corpus);
#define CORPUS_AUTO __attribute__((cleanup(corpus_done))) = {0}
