// SPDX-License-Identifier: GPL-3.0-or-later
// status.h — the one list of ways an operation can end, and what each means outside.
//
// Pure values. A function that can fail returns `enum status` and fills a
// `struct error` (base/error.h). One table here maps a status to the exit code of
// the program, the HTTP code of the server and a stable wire name; nobody else
// keeps such a mapping.
#pragma once

#include <stdbool.h>

// In front of every function whose status must be looked at.
#define MUST_USE __attribute__((warn_unused_result))

enum status {
    OK = 0,
    ERR_USAGE,       // the command line itself is wrong
    ERR_INVALID,     // a value in a spec or message is wrong: names field and expectation
    ERR_NOT_FOUND,   // a named thing does not exist
    ERR_PERMISSION,  // exists, but not for us
    ERR_CONFLICT,    // a guarded transition or precondition did not hold
    ERR_MEDIA,       // the input is not the video (or audio) that it should be
    ERR_MODEL,       // model weights missing, damaged or of an unknown shape
    ERR_IO,          // reading or writing failed
    ERR_NO_SPACE,    // the disk or quota is full
    ERR_TIMEOUT,     // no progress within the limit
    ERR_UNAVAILABLE, // a service or device that may be back later
    ERR_LIMIT,       // larger than a limit allows
    ERR_MEMORY,      // an allocation sized by the input failed
    ERR_CANCELLED,   // asked to stop, and stopped
    ERR_WORKER,      // the worker process died without saying why
    ERR_INTERNAL,    // our own bug, noticed
    STATUS_COUNT
};

struct status_info {
    const char *name; // stable wire name ("invalid"), the `code` of an error line
    int exit_code;    // of the process
    int http_code;    // of an answer
    bool retryable;   // default; the place that knows better overrides it in struct error
    const char *text; // what it means, for people, without a full stop
};

// The row of `status`. Never NULL; an out-of-range value asserts.
const struct status_info *status_info(enum status status);

// The status whose wire name is `name`, or ERR_INTERNAL when there is none.
enum status status_from_name(const char *name);
