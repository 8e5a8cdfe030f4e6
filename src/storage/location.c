// SPDX-License-Identifier: GPL-3.0-or-later
// location.c — see location.h. File URLs follow RFC 8089.
#include "storage/location.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

// Length of "scheme" when `where` begins with "scheme://" (RFC 3986, section 3.1), else 0.
static size_t scheme_length(const char *where)
{
    size_t n = strspn(where, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    return strncmp(where + n, "://", 3) == 0 ? n : 0;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

// Decodes %XX in place. False on a bad escape or an encoded NUL.
static bool percent_decode(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        int high = hex_value(from[1]);
        int low = high < 0 ? -1 : hex_value(from[2]);
        if (low < 0 || high * 16 + low == 0)
            return false;
        *to++ = (char)(high * 16 + low);
        from += 2;
    }
    *to = '\0';
    return true;
}

enum status location_path(const char *where, char **ret, struct error *err)
{
    *ret = NULL;
    if (where[0] == '\0')
        return error_set(err, ERR_INVALID, "expected a path or a file:// URL, got nothing");
    size_t n = scheme_length(where);
    if (n == 0) {
        *ret = mem_strdup(where);
        return OK;
    }
    if (n != 4 || strncmp(where, "file", 4) != 0)
        return error_set(err, ERR_INVALID, "%s: expected a path or a file:// URL, got %.*s://",
                         where, (int)n, where);
    const char *path = where + strlen("file://");
    if (text_starts(path, "localhost/"))
        path += strlen("localhost");
    if (path[0] != '/')
        return error_set(err, ERR_INVALID, "%s: expected file:/// and an absolute path", where);
    *ret = mem_strdup(path);
    if (percent_decode(*ret))
        return OK;
    free(*ret);
    *ret = NULL;
    return error_set(err, ERR_INVALID, "%s: expected %%XX with two hexadecimal digits", where);
}
