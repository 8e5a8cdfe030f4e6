// SPDX-License-Identifier: GPL-3.0-or-later
// storage.h — the stores that objects live in, and what is needed to reach them.
//
// One is made by each program from its options and environment and handed to everything that opens
// an object: source.h reads, sink.h writes, object.h looks at, lists and removes. NULL wherever a
// storage is asked for means local files alone. What an object's name may be: location.h.
// Threads: all functions any; storage_free() when nobody uses it any more.
#pragma once

#include "base/error.h"
#include "base/memory.h"

struct storage;

enum storage_setting_id {
    STORAGE_ENDPOINT,
    STORAGE_REGION,
    STORAGE_PROFILE,
    STORAGE_ADDRESSING,
    STORAGE_PART,
    STORAGE_CONNECTIONS,
    STORAGE_STALL,
    STORAGE_ATTEMPTS,
    STORAGE_ACCESS_KEY,
    STORAGE_SECRET_KEY,
    STORAGE_SESSION_TOKEN,
    STORAGE_KEY_FILE,
    STORAGE_CA_FILE,
    STORAGE_SETTING_COUNT
};

struct storage_setting {
    const char *flag, *argument; // of a command: "--s3-region NAME"; NULL: none, it is a secret
    const char *variable;        // of the environment, which a child process inherits
    const char *also[2];         // what AWS's own tools call it
    const char *help;            // NULL for a secret
};

// The row of a setting.
const struct storage_setting *storage_setting(enum storage_setting_id id);

// What is NULL here comes from the environment, from the file of keys, else has a default.
struct storage_options {
    const char *values[STORAGE_SETTING_COUNT];
};

// `options` may be NULL and is copied. Nothing is connected yet, and that keys are missing is an
// error only of who needs them. ERR_INVALID names the option or variable that cannot be used.
MUST_USE enum status storage_new(const struct storage_options *options, struct storage **ret,
                                 struct error *err);
void storage_free(struct storage *storage);
AUTO_DEFINE(struct storage, storage_free)
