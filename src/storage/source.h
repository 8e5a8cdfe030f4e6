// SPDX-License-Identifier: GPL-3.0-or-later
// source.h — read an object by ranges, counting each byte once.
//
// A source is opened by name (location.h) and read through its struct byte_source. Several readers
// of one object (picture and sound) share one source: read_at may be called from several threads.
// An S3 object is read ahead over several connections, within bounded memory (s3_source.c), and
// must not change meanwhile: then ERR_CONFLICT. Threads: all but open and free any.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/byte_io.h"
#include "base/memory.h"
#include "storage/storage.h"
#include "storage/watch.h"
#include "sys/cancel.h"

struct source;

// Opens the object `where`. ERR_NOT_FOUND, ERR_PERMISSION, ERR_INVALID (a folder, say) or ERR_IO
// name it. `storage` and `cancel` may be NULL and outlive the source.
MUST_USE enum status source_open(struct storage *storage, const char *where, struct cancel *cancel,
                                 struct source **ret, struct error *err);
void source_free(struct source *source);
AUTO_DEFINE(struct source, source_free)

// The door for readers; lives as long as the source.
struct byte_source *source_bytes(struct source *source);
// Distinct bytes that have come, in blocks of 64 KiB, however often they are read.
uint64_t source_bytes_read(const struct source *source);
// Of them, those that no call before was told: for a count over several sources.
uint64_t source_bytes_new(struct source *source);
// Has a reader said that all of it will be read?
bool source_is_swept(const struct source *source);
// Tells `watch` (which outlives the source; NULL: nobody) from now on. Before the first read.
void source_watch(struct source *source, struct transfer_watch *watch);
// Begins to fetch what byte_source.expect() has announced, before anybody reads it.
void source_ahead(struct source *source);
// Has all been asked for that is to be fetched ahead now? Then the line is free for another source.
// Of a file always.
bool source_sated(struct source *source);
// Gives back what is kept for readers; the next read fetches it anew.
void source_rest(struct source *source);
// Do `source` and the object `where` share their bytes (the same file under any name)?
bool source_is_same(const struct source *source, const char *where);
// All bytes of the object were read and have this MD5 (hexadecimal): is that what the store has?
// ERR_IO when not; OK also when the store does not tell.
MUST_USE enum status source_check(const struct source *source, const char *md5, struct error *err);
