// SPDX-License-Identifier: GPL-3.0-or-later
// object_key.c — see object_key.h. Keys are refused, never repaired: a repaired key would be a
// second name of the same object.
#include "job/object_key.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

static bool has_control(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7f || *p == '\\')
            return true;
    }
    return false;
}

// The parts between the slashes. An empty last part ends at the NUL.
static enum status check_parts(const char *key, struct error *err)
{
    for (const char *part = key;;) {
        size_t n = strcspn(part, "/");
        if (n == 0)
            return error_set(err, ERR_INVALID,
                             "key: expected parts between single slashes, as in games/a.mp4");
        if (part[0] == '.')
            return error_set(err, ERR_INVALID, "key: no part may begin with a dot");
        if (n > OBJECT_KEY_PART_MAX)
            return error_set(err, ERR_INVALID, "key: expected at most %d bytes between slashes",
                             OBJECT_KEY_PART_MAX);
        if (part[n] == '\0')
            return OK;
        part += n + 1;
    }
}

enum status object_key_check(const char *key, struct error *err)
{
    size_t n = strlen(key);
    if (n == 0 || n > OBJECT_KEY_MAX)
        return error_set(err, ERR_INVALID, "key: expected 1 to %d bytes, got %zu", OBJECT_KEY_MAX,
                         n);
    if (!text_utf8_valid(key, n))
        return error_set(err, ERR_INVALID, "key: expected UTF-8");
    if (has_control(key))
        return error_set(err, ERR_INVALID,
                         "key: no control characters and no backslash are allowed");
    return check_parts(key, err);
}

static bool in_user_name(char c, bool first)
{
    bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    return alphanumeric || (!first && (c == '-' || c == '_'));
}

enum status user_name_check(const char *user, struct error *err)
{
    size_t n = strlen(user);
    bool right = n > 0 && n <= USER_NAME_MAX;
    for (size_t i = 0; i < n && right; i++)
        right = in_user_name(user[i], i == 0);
    if (right)
        return OK;
    return error_set(err, ERR_INVALID,
                     "user: expected 1 to %d of a-z, 0-9, - and _, a letter or digit first",
                     USER_NAME_MAX);
}

enum status object_key_location(const char *root, const char *user, const char *key, char **ret,
                                struct error *err)
{
    *ret = NULL;
    enum status status = user_name_check(user, err);
    if (status == OK)
        status = object_key_check(key, err);
    if (status != OK)
        return status;
    struct buffer where BUFFER_AUTO;
    buffer_init(&where, strlen(root) + USER_NAME_MAX + OBJECT_KEY_MAX + 2);
    buffer_printf(&where, "%s/%s/%s", root, user, key);
    *ret = buffer_take(&where);
    return OK;
}
