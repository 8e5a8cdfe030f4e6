// SPDX-License-Identifier: GPL-3.0-or-later
// tfjs_attribute.c — see tfjs_attribute.h.
#include "vision/tfjs_attribute.h"

#include <string.h>

enum { TEXT_BYTES = 64 };

bool tfjs_attribute(const struct jr *node, const char *name, struct jr *ret_attr, struct jr *ret)
{
    return jr_get(node, "attr", ret_attr) && jr_get(ret_attr, name, ret);
}

bool tfjs_text_is(const struct jr *node, const char *name, const char *base64)
{
    struct jr all, one;
    const char *value = NULL;
    return tfjs_attribute(node, name, &all, &one) &&
           jr_get_string(&one, "s", TEXT_BYTES, &value, NULL) == OK && value &&
           strcmp(value, base64) == 0;
}

bool tfjs_flag_is(const struct jr *node, const char *name, bool wanted)
{
    struct jr all, one;
    bool value = !wanted;
    return tfjs_attribute(node, name, &all, &one) && jr_get_bool(&one, "b", &value, NULL) == OK &&
           value == wanted;
}

int tfjs_square(const struct jr *node, const char *name)
{
    struct jr all, one, list, numbers;
    int v[4] = {0};
    if (!tfjs_attribute(node, name, &all, &one) || !jr_get(&one, "list", &list) ||
        !jr_get(&list, "i", &numbers) || jr_array(&numbers, 4, 4, NULL) != OK)
        return 0;
    for (size_t i = 0; i < 4; i++) {
        struct jr number = jr_at(&numbers, i);
        const char *text = NULL;
        if (jr_string(&number, 1, &text, NULL) != OK || *text < '1' || *text > '9')
            return 0;
        v[i] = *text - '0';
    }
    return v[0] == 1 && v[3] == 1 && v[1] == v[2] ? v[1] : 0;
}
