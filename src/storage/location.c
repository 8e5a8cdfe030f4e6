// SPDX-License-Identifier: GPL-3.0-or-later
// location.c — see location.h. File URLs follow RFC 8089.
#include "storage/location.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

enum { MIN_BUCKET = 3, MAX_BUCKET = 63 };

static const char letters_and_digits[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

// Length of "scheme" when `where` begins with "scheme://" (RFC 3986, section 3.1), else 0.
static size_t scheme_length(const char *where)
{
    size_t n = strspn(where, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    return strncmp(where + n, "://", 3) == 0 ? n : 0;
}

static bool has_scheme(const char *where, const char *scheme)
{
    size_t n = scheme_length(where);
    return n == strlen(scheme) && strncmp(where, scheme, n) == 0;
}

const char *location_name(const char *where, char *buffer, size_t size)
{
    size_t n = scheme_length(where) == 0 || has_scheme(where, "s3") ? strlen(where)
                                                                    : strcspn(where, "?");
    (void)snprintf(buffer, size, "%.*s", (int)n, where);
    buffer[text_utf8_floor(buffer, strlen(buffer))] = '\0';
    return buffer;
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

static enum status parse_file_url(const char *where, struct location *ret, struct error *err)
{
    const char *path = where + strlen("file://");
    if (text_starts(path, "localhost/"))
        path += strlen("localhost");
    if (path[0] != '/')
        return error_set(err, ERR_INVALID, "%s: expected file:/// and an absolute path", where);
    ret->path = mem_strdup(path);
    return percent_decode(ret->path)
               ? OK
               : error_set(err, ERR_INVALID, "%s: expected %%XX with two hexadecimal digits",
                           where);
}

static bool is_bucket(const char *name, size_t n)
{
    static const char inside[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return n >= MIN_BUCKET && n <= MAX_BUCKET && strspn(name, inside) >= n &&
           strchr(letters_and_digits, name[0]) && strchr(letters_and_digits, name[n - 1]);
}

static bool has_control(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            return true;
    }
    return false;
}

static enum status parse_s3(const char *where, bool prefix, struct location *ret, struct error *err)
{
    const char *bucket = where + strlen("s3://");
    size_t n = strcspn(bucket, "/");
    const char *key = bucket[n] == '/' ? bucket + n + 1 : bucket + n;
    if (!is_bucket(bucket, n))
        return error_set(err, ERR_INVALID,
                         "%s: expected s3://bucket/key, the bucket being 3 to 63 letters, digits, "
                         "'-', '.' or '_'",
                         where);
    if (key[0] == '\0' && !prefix)
        return error_set(err, ERR_INVALID, "%s: expected a key behind the bucket, s3://bucket/key",
                         where);
    if (strlen(key) > LOCATION_MAX_KEY)
        return error_set(err, ERR_INVALID, "%.80s…: expected a key of at most %d bytes, got %zu",
                         where, LOCATION_MAX_KEY, strlen(key));
    if (!text_utf8_valid(key, strlen(key)) || has_control(key))
        return error_set(err, ERR_INVALID,
                         "s3://%.*s/…: expected a key in UTF-8 without control characters", (int)n,
                         bucket);
    ret->place = PLACE_S3;
    ret->bucket = mem_strndup(bucket, n);
    ret->key = mem_strdup(key);
    return OK;
}

static enum status parse(const char *where, bool prefix, struct location *ret, struct error *err)
{
    char name[256];
    *ret = (struct location){.place = PLACE_FILE};
    if (where[0] == '\0')
        return error_set(err, ERR_INVALID,
                         "expected a path, a file:// URL or s3://bucket/key, got nothing");
    if (has_scheme(where, "s3"))
        return parse_s3(where, prefix, ret, err);
    if (has_scheme(where, "file"))
        return parse_file_url(where, ret, err);
    if (scheme_length(where) > 0)
        return error_set(err, ERR_INVALID,
                         "%s: expected a path, a file:// URL or s3://bucket/key, got %.*s://",
                         location_name(where, name, sizeof name), (int)scheme_length(where), where);
    ret->path = mem_strdup(where);
    return OK;
}

enum status location_parse(const char *where, struct location *ret, struct error *err)
{
    enum status status = parse(where, false, ret, err);
    if (status != OK)
        location_done(ret);
    return status;
}

enum status location_parse_prefix(const char *where, struct location *ret, struct error *err)
{
    enum status status = parse(where, true, ret, err);
    if (status != OK)
        location_done(ret);
    return status;
}

void location_done(struct location *l)
{
    free(l->path);
    free(l->bucket);
    free(l->key);
    *l = (struct location){.place = PLACE_FILE};
}

char *location_below(const char *base, const char *name)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, strlen(base) + 3 * strlen(name) + 2);
    buffer_text(&text, base);
    if (!text_ends(base, "/"))
        buffer_text(&text, "/");
    bool escape = has_scheme(base, "file");
    for (; *name; name++) {
        if (escape && *name != '/' && !strchr(letters_and_digits, *name) && !strchr("-._~", *name))
            buffer_printf(&text, "%%%02X", (unsigned char)*name);
        else
            buffer_append(&text, name, 1);
    }
    return buffer_take(&text);
}
