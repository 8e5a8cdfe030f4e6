// SPDX-License-Identifier: GPL-3.0-or-later
// doctor_store.h — does a store do all that exports need of it? Each thing is done, not asked.
//
// Writes two objects of a name of its own below the place, 5 MiB in all, and removes them.
// Threads: one.
#pragma once

#include "cli/finding.h"
#include "storage/storage.h"

enum store_check {
    STORE_KEYS,
    STORE_REACH,
    STORE_LIST,
    STORE_WRITE,
    STORE_READ,
    STORE_RANGE,
    STORE_PARTS,
    STORE_DELETE,
    STORE_LEFTOVERS, // uploads that died a day ago and more
    STORE_CHECK_COUNT
};

struct store_check_info {
    const char *name, *label; // on the wire, for people
};

// The row of a check.
const struct store_check_info *store_check_info(enum store_check check);

// Tries `where`, a folder or s3://bucket/prefix. What makes no sense after a failure is not tried,
// and says so. With `clean` the leftovers are removed.
void doctor_store(struct storage *storage, const char *where, bool clean,
                  struct finding ret[static STORE_CHECK_COUNT]);
