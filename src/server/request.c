// SPDX-License-Identifier: GPL-3.0-or-later
// request.c — see request.h.
#include "server/request.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char *const names[] = {
    [METHOD_GET] = "GET", [METHOD_HEAD] = "HEAD",     [METHOD_POST] = "POST",
    [METHOD_PUT] = "PUT", [METHOD_DELETE] = "DELETE", [METHOD_OTHER] = "another",
};
static_assert(sizeof(names) / sizeof(names[0]) == METHOD_COUNT, "a name for every method");

const char *method_name(enum method method)
{
    assert((unsigned)method < METHOD_COUNT);
    return names[method];
}

const char *request_header(const struct request *r, enum request_header header)
{
    return r->has_header[header] ? r->headers[header] : NULL;
}

const char *request_argument(const struct request *r, const char *name)
{
    size_t n = strlen(name);
    for (int i = 0; i < r->argument_count; i++) {
        const char *argument = r->arguments[i];
        if (strncmp(argument, name, n) == 0 && argument[n] == '=')
            return argument + n + 1;
    }
    return NULL;
}

// All of the text is one whole number.
static bool read_integer(const char *text, int64_t *ret)
{
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    bool has_digits = text[0] == '-' ? strspn(text + 1, "0123456789") > 0
                                     : strspn(text, "0123456789") > 0;
    *ret = value;
    return has_digits && *end == '\0' && errno == 0;
}

enum status request_integer(const struct request *r, const char *name, int64_t min, int64_t max,
                            int64_t *ret, struct error *err)
{
    const char *text = request_argument(r, name);
    int64_t value = 0;
    if (!text)
        return OK;
    if (!read_integer(text, &value) || value < min || value > max)
        return error_set(err, ERR_INVALID, "%s: expected a whole number from %lld to %lld, got %s",
                         name, (long long)min, (long long)max, text);
    *ret = value;
    return OK;
}

enum status request_check(struct request *r, struct error *err)
{
    const char *length = request_header(r, HEADER_CONTENT_LENGTH);
    if (request_header(r, HEADER_TRANSFER_ENCODING))
        return error_set(err, ERR_USAGE,
                         "Transfer-Encoding: expected a body whose Content-Length is said");
    if (!length)
        return OK;
    r->has_length = true;
    if (length[0] == '-' || !read_integer(length, &r->length))
        return error_set(err, ERR_INVALID, "Content-Length: expected a number of bytes");
    return OK;
}
