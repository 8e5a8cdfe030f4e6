// SPDX-License-Identifier: GPL-3.0-or-later
// object.h — objects as a whole, in either store: look, list, remove, put, copy, give access.
//
// `where` and `prefix` as in location.h; `storage` may be NULL for local files. Errors name the
// object: ERR_NOT_FOUND, ERR_PERMISSION, ERR_CONFLICT, ERR_UNAVAILABLE, … Everything may block and
// stops within a second when `cancel` (may be NULL) fires.
// Threads: any.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/storage.h"
#include "sys/cancel.h"

enum { OBJECT_MAX_TAG = 136, OBJECT_MAX_PRESIGN_S = 604800 };

struct object_info {
    uint64_t size_bytes;
    int64_t modified_ms;      // since 1970; 0: not told
    char tag[OBJECT_MAX_TAG]; // changes with the content; an ETag without quotes
};

MUST_USE enum status object_head(struct storage *storage, const char *where, struct cancel *cancel,
                                 struct object_info *ret, struct error *err);

// Called for each object, in the order of the names; `name` is what follows the prefix (of a
// folder: the path below it). False ends the listing, which is OK.
typedef bool object_listener(void *context, const char *name, const struct object_info *info);

// All objects that begin with the S3 location `prefix`, or all files in the folder `prefix` and
// below.
MUST_USE enum status object_list(struct storage *storage, const char *prefix, struct cancel *cancel,
                                 object_listener *listener, void *context, struct error *err);

// OK also where there was none.
MUST_USE enum status object_remove(struct storage *storage, const char *where,
                                   struct cancel *cancel, struct error *err);

// Stores n bytes as a whole.
MUST_USE enum status object_put(struct storage *storage, const char *where, const void *bytes,
                                size_t n, struct cancel *cancel, struct error *err);

// The object `to` gets the bytes of `from`; either may be in either store. Bytes that come from S3
// whole are compared with their checksum where the tag is one.
MUST_USE enum status object_copy(struct storage *storage, const char *from, const char *to,
                                 struct cancel *cancel, struct error *err);

// A URL that lets anybody `method` ("GET", "PUT", "HEAD") the object for so many seconds, at most
// OBJECT_MAX_PRESIGN_S. free() it, and log it nowhere. ERR_INVALID: local files have none.
MUST_USE enum status object_presign(struct storage *storage, const char *where, const char *method,
                                    int64_t seconds, char **ret, struct error *err);

struct object_upload {
    const char *name, *id; // what follows the prefix; the store's name of the upload
    int64_t begun_ms;      // since 1970; 0: not told
};

// Multipart uploads below an S3 prefix that were begun and never ended. Local files have none.
MUST_USE enum status object_uploads(struct storage *storage, const char *prefix,
                                    struct cancel *cancel,
                                    bool (*listener)(void *context,
                                                     const struct object_upload *upload),
                                    void *context, struct error *err);
// Removes those among them that were begun more than `older_s` ago; *ret_count says how many.
MUST_USE enum status object_abort_uploads(struct storage *storage, const char *prefix,
                                          int64_t older_s, struct cancel *cancel, size_t *ret_count,
                                          struct error *err);
