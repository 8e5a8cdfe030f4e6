// SPDX-License-Identifier: GPL-3.0-or-later
// storage.h — the stores that objects live in, and what is needed to reach them.
//
// One is made by each program from its options and environment and handed to everything that opens
// an object (source.h, sink.h). NULL wherever a storage is asked for means local files alone.
// Threads: all functions any; storage_free() when nobody uses it any more.
#pragma once

#include "base/error.h"
#include "base/memory.h"

struct storage;

// What is not set (NULL, 0) comes from the environment, else it has a default.
struct storage_options {
    const char *endpoint; // of the S3 service: "https://host" or "http://host:port"
    const char *region;
};

// `options` may be NULL and is copied. Nothing is connected yet. ERR_INVALID names the option or
// variable that cannot be used.
MUST_USE enum status storage_new(const struct storage_options *options, struct storage **ret,
                                 struct error *err);
void storage_free(struct storage *storage);
AUTO_DEFINE(struct storage, storage_free)
