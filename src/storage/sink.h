// SPDX-License-Identifier: GPL-3.0-or-later
// sink.h — write an object so that it appears whole or not at all.
//
// Bytes are written through the struct byte_sink; nothing is visible under the object's name
// until sink_commit(), which makes them durable first. A sink that is freed without a commit leaves
// nothing behind. Of a process that dies, a file leaves nothing where the file system has unnamed
// files; an S3 upload leaves its parts, invisible, until object_abort_uploads() or the store's
// lifecycle rule removes them.
//
// An S3 object is uploaded in equal parts while it is written (s3_sink.c). Only its head may be
// written twice: sink_expect() says how long that is.
// Threads: write_at, expect and commit one; sink_bytes_written() any.
#pragma once

#include <stdint.h>

#include "base/byte_io.h"
#include "base/memory.h"
#include "storage/storage.h"
#include "storage/watch.h"
#include "sys/cancel.h"

struct sink;

// What is known before the first byte; 0: not known.
struct sink_expectation {
    int64_t head_bytes; // behind these, every write follows the one before it
    int64_t most_bytes; // of the whole object
};

// Prepares to write the object `where`; its folder or bucket must exist. ERR_NOT_FOUND (the
// folder), ERR_PERMISSION, ERR_INVALID (a folder, say), ERR_NO_SPACE name it. `storage` and
// `cancel` may be NULL and outlive the sink.
MUST_USE enum status sink_open(struct storage *storage, const char *where, struct cancel *cancel,
                               struct sink **ret, struct error *err);
// Discards what was not committed; an S3 store has MULTIPART_ABORT_MS (multipart.h) to take that
// in.
void sink_free(struct sink *sink);
AUTO_DEFINE(struct sink, sink_free)

void sink_expect(struct sink *sink, const struct sink_expectation *expectation);
// Tells `watch` (which outlives the sink; NULL: nobody) from now on. Before the first write.
void sink_watch(struct sink *sink, struct transfer_watch *watch);
// The door for the writer; lives as long as the sink.
struct byte_sink *sink_bytes(struct sink *sink);
// Bytes that the store has: its system acknowledged them, and of what it has not answered for yet
// the last byte is left out. Never goes down.
uint64_t sink_bytes_written(const struct sink *sink);
// Makes the object durable and visible under its name, replacing an older one. *ret_size is its
// size. Nothing may be written afterwards. On failure nothing is visible, but when a cancel comes
// as an S3 store has completed the object: then it is whole.
MUST_USE enum status sink_commit(struct sink *sink, uint64_t *ret_size, struct error *err);

// The size of the object `where` as a reader would find it now, or ERR_NOT_FOUND. Given up when
// `cancel` (NULL: none) fires, and at `deadline_ns` on the monotonic clock (0: as the settings
// say).
MUST_USE enum status object_size(struct storage *storage, const char *where, int64_t deadline_ns,
                                 struct cancel *cancel, uint64_t *ret_size, struct error *err);
