// SPDX-License-Identifier: GPL-3.0-or-later
// page_cache.h — what of a file the system holds in memory: look, fill, drop.
//
// For measuring how a job runs cold and warm. Dropping is a request: pages that others have
// mapped or that live in memory alone (tmpfs) stay, so ask page_cache_share() what came of it.
// Threads: any. Errors name the path.
#pragma once

#include "base/error.h"

// The share of the file's pages that are in memory, in [0, 1]; 1 for an empty file.
MUST_USE enum status page_cache_share(const char *path, double *ret, struct error *err);
// Reads all of it.
MUST_USE enum status page_cache_fill(const char *path, struct error *err);
// Writes out what is not on the disk yet, then asks the system to forget the rest.
MUST_USE enum status page_cache_drop(const char *path, struct error *err);
