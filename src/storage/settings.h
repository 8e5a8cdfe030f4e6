// SPDX-License-Identifier: GPL-3.0-or-later
// settings.h — how the S3 store is reached: from options, the environment and a file of keys.
//
// One table (settings.c) names every setting with its variables; help texts and documentation
// follow it. Values come from the first that has one: struct storage_options, HEADWAY_S3_…, the
// variable that AWS's own tools know, the default. Keys that neither gives come from the profile in
// ~/.aws/credentials. Reads the environment, so it is called before other threads may change that.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "storage/storage.h"

struct settings {
    bool has_endpoint; // else Amazon's
    char *scheme;      // "http" or "https"
    char *host;        // with the port where one was given
    bool path_style;   // https://host/bucket/key, else https://bucket.host/key
    char *region;
    bool has_keys; // the next three; else why_no_keys says where they were looked for
    char *access_key, *secret_key, *session_token;
    char *why_no_keys;
    char *ca_file;       // NULL: the system's
    uint64_t part_bytes; // of an upload
    int connections;     // at once, for one object
    int64_t stall_ns;    // without a byte, until a request is given up
    int attempts;        // of a request, the first included
};

// ERR_INVALID names the option or variable and what was expected. Free with settings_done().
MUST_USE enum status settings_read(const struct storage_options *options, struct settings *ret,
                                   struct error *err);
void settings_done(struct settings *settings);
