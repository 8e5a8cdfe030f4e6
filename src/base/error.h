// SPDX-License-Identifier: GPL-3.0-or-later
// error.h — what went wrong, in a sentence for people, set once where it is known.
//
// Usage:   enum status x(..., struct error *err) sets *err exactly when it returns
//          something other than OK. A caller that adds a fact wraps once:
//              return error_wrap(err, "read part %d", part);
//          which turns "connection reset" into "read part 3: connection reset".
// Values:  a struct error is a plain value (copy freely, no destructor); texts are
//          cut at the end of their arrays, never in the middle of a UTF-8 character.
// Threads: none of its own.
// NULL:    `err` may be NULL everywhere: then only the status is returned.
#pragma once

#include "base/status.h"

struct error {
    enum status status;
    bool retryable;   // can the same thing work on a second try?
    char text[384];   // one sentence, names the thing and the cause
    char detail[384]; // for logs: foreign codes and messages; may be empty
};

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

// Fills *err with `status`, its default retryability and the text. Returns `status`.
__attribute__((cold)) enum status error_set(struct error *err, enum status status, const char *fmt,
                                            ...) PRINTF_LIKE(3, 4);

// As error_set, from the C library's `errno_value`: picks the status (ENOSPC → ERR_NO_SPACE,
// ENOENT → ERR_NOT_FOUND, …) and appends ": No such file or directory". Returns the status.
__attribute__((cold)) enum status error_set_errno(struct error *err, int errno_value,
                                                  const char *fmt, ...) PRINTF_LIKE(3, 4);

// Puts "fmt: " in front of the text. Returns err->status (ERR_INTERNAL when err is NULL).
__attribute__((cold)) enum status error_wrap(struct error *err, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

// Replaces the detail for logs.
void error_detail(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
