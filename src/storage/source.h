// SPDX-License-Identifier: GPL-3.0-or-later
// source.h — read an object by ranges, counting each byte once.
//
// A source is opened by name (storage/location.h) and read through its struct byte_source.
// Several readers of one object (picture and sound) share one source: read_at may be called
// from several threads. source_bytes_read() counts distinct bytes, at a granularity of 64 KiB,
// however often and in whatever order they are read.
// Threads: all but open and free any.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/byte_io.h"
#include "base/memory.h"
#include "storage/storage.h"
#include "sys/cancel.h"

struct source;

// Opens the object `where`. ERR_NOT_FOUND, ERR_PERMISSION, ERR_INVALID (a folder, say) or ERR_IO
// name it. `cancel` may be NULL and outlives the source.
MUST_USE enum status source_open(struct storage *storage, const char *where, struct cancel *cancel,
                                 struct source **ret, struct error *err);
void source_free(struct source *source);
AUTO_DEFINE(struct source, source_free)

// The door for readers; lives as long as the source.
struct byte_source *source_bytes(struct source *source);
uint64_t source_bytes_read(const struct source *source);
// Of them, those that no call before was told: for a count over several sources.
uint64_t source_bytes_new(struct source *source);
// Do `source` and the object `where` share their bytes (the same file under any name)?
bool source_is_same(const struct source *source, const char *where);
