// SPDX-License-Identifier: GPL-3.0-or-later
// sink.h — write an object so that it appears whole or not at all.
//
// Bytes are written through the struct byte_sink; nothing is visible under the object's name
// until sink_commit(), which makes them durable first. A sink that is freed without a commit,
// or whose process dies, leaves nothing behind: the bytes live in an unnamed file where the
// file system has those, else in a temporary one beside the target, which is removed.
// Threads: write_at and commit one; sink_bytes_written() any.
#pragma once

#include <stdint.h>

#include "base/byte_io.h"
#include "base/memory.h"
#include "storage/storage.h"
#include "sys/cancel.h"

struct sink;

// Prepares to write the object `where`; its folder must exist. ERR_NOT_FOUND (the folder),
// ERR_PERMISSION, ERR_INVALID (a folder, say), ERR_NO_SPACE name it.
MUST_USE enum status sink_open(struct storage *storage, const char *where, struct cancel *cancel,
                               struct sink **ret, struct error *err);
// Discards what was not committed.
void sink_free(struct sink *sink);
AUTO_DEFINE(struct sink, sink_free)

// The door for the writer; lives as long as the sink.
struct byte_sink *sink_bytes(struct sink *sink);
// Bytes accepted so far by the store.
uint64_t sink_bytes_written(const struct sink *sink);
// Makes the object durable and visible under its name, replacing an older one. *ret_size is its
// size. Nothing may be written afterwards. On failure nothing is visible.
MUST_USE enum status sink_commit(struct sink *sink, uint64_t *ret_size, struct error *err);

// The size of the object `where` as a reader would find it now, or ERR_NOT_FOUND.
MUST_USE enum status object_size(struct storage *storage, const char *where, uint64_t *ret_size,
                                 struct error *err);
