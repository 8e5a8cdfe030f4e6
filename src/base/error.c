// SPDX-License-Identifier: GPL-3.0-or-later
// error.c — see error.h.
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void print_cut(char *dst, size_t size, const char *fmt, va_list args)
{
    dst[0] = '\0';
    int n = vsnprintf(dst, size, fmt, args);
    if (n >= 0 && (size_t)n >= size)
        dst[text_utf8_floor(dst, size - 1)] = '\0';
}

enum status error_set(struct error *err, enum status status, const char *fmt, ...)
{
    if (!err)
        return status;
    struct error fresh = {.status = status, .retryable = status_info(status)->retryable};
    va_list args;
    va_start(args, fmt);
    print_cut(fresh.text, sizeof(fresh.text), fmt, args);
    va_end(args);
    *err = fresh; // only now: the arguments may point into the old one
    return status;
}

static enum status status_of_errno(int value)
{
    switch (value) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_PERMISSION;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERR_NO_SPACE;
    case ENOMEM:
        return ERR_MEMORY;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    case EEXIST:
        return ERR_CONFLICT;
    case EINVAL:
    case ENAMETOOLONG:
    case EISDIR:
        return ERR_INVALID;
    default:
        return ERR_IO;
    }
}

enum status error_set_errno(struct error *err, int errno_value, const char *fmt, ...)
{
    enum status status = status_of_errno(errno_value);
    if (!err)
        return status;
    char what[sizeof(err->text)];
    va_list args;
    va_start(args, fmt);
    print_cut(what, sizeof(what), fmt, args);
    va_end(args);
    return error_set(err, status, "%s: %s", what, strerror(errno_value));
}

enum status error_wrap(struct error *err, const char *fmt, ...)
{
    if (!err)
        return ERR_INTERNAL;
    char inner[sizeof(err->text)];
    memcpy(inner, err->text, sizeof(inner));
    char outer[sizeof(err->text)];
    va_list args;
    va_start(args, fmt);
    print_cut(outer, sizeof(outer), fmt, args);
    va_end(args);
    int n = snprintf(err->text, sizeof(err->text), "%s: %s", outer, inner);
    if (n >= 0 && (size_t)n >= sizeof(err->text))
        err->text[text_utf8_floor(err->text, sizeof(err->text) - 1)] = '\0';
    return err->status;
}

void error_detail(struct error *err, const char *fmt, ...)
{
    if (!err)
        return;
    char detail[sizeof(err->detail)];
    va_list args;
    va_start(args, fmt);
    print_cut(detail, sizeof(detail), fmt, args);
    va_end(args);
    memcpy(err->detail, detail, sizeof(detail));
}
