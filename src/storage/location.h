// SPDX-License-Identifier: GPL-3.0-or-later
// location.h — where an object is: a path, a file:// URL or s3://bucket/key. Pure.
//
// A path is taken as it is. In a file:// URL %XX stands for a byte (RFC 8089). In s3://bucket/key
// all behind the bucket's slash is the key itself, as the usual S3 tools have it: "100%.mp4",
// "a?b#c" and "a//b" are keys, nothing is decoded; what the request needs escaped is escaped there.
#pragma once

#include "base/error.h"
#include "base/memory.h"

enum place { PLACE_FILE, PLACE_S3 };

struct location {
    enum place place;
    char *path;   // PLACE_FILE
    char *bucket; // PLACE_S3
    char *key;    // PLACE_S3: 1 to LOCATION_MAX_KEY bytes of UTF-8; "" only where a prefix may be
};

enum { LOCATION_MAX_KEY = 1024 };

// Any other scheme, a host in a file:// URL, a bad escape, an empty path or key, a bucket that
// cannot be one and a key that is not UTF-8 or has control characters are ERR_INVALID.
MUST_USE enum status location_parse(const char *where, struct location *ret, struct error *err);
// The same, but the key may be empty: what all objects of a bucket begin with.
MUST_USE enum status location_parse_prefix(const char *where, struct location *ret,
                                           struct error *err);
void location_done(struct location *location);
// For locals held by value: struct location at LOCATION_AUTO = {0};
#define LOCATION_AUTO __attribute__((cleanup(location_done)))

// How to name `where` to people: without what follows a '?', which may be a signature, unless it
// is an S3 location, whose key it belongs to. Valid as long as the buffer.
const char *location_name(const char *where, char *buffer, size_t size);

// `name` below the folder, bucket or prefix `base`: "file:///data", "a b" → "file:///data/a%20b".
// The caller has looked at what `name` may be ("..", say).
char *location_below(const char *base, const char *name);
