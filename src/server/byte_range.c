// SPDX-License-Identifier: GPL-3.0-or-later
// byte_range.c — see byte_range.h. A header that is not well formed is ignored, as the RFC says.
#include "server/byte_range.h"

#include <string.h>
#include <strings.h>

// Digits up to the first other character. False when there are none. Too large a number becomes
// the largest one: behind the end of every object.
static bool take_number(const char **at, int64_t *ret)
{
    const char *p = *at;
    int64_t value = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (value > (INT64_MAX - 9) / 10)
            value = (INT64_MAX - 9) / 10;
        value = value * 10 + (*p - '0');
    }
    bool found = p != *at;
    *at = p;
    *ret = value;
    return found;
}

// first-last, first- or -suffix; false when it is none of them.
static bool take_range(const char *p, int64_t size, struct byte_range *ret)
{
    int64_t first = 0;
    int64_t last = size - 1;
    bool has_first = take_number(&p, &first);
    if (*p++ != '-')
        return false;
    bool has_last = take_number(&p, &last);
    if (*p != '\0' || (!has_first && !has_last) || (has_first && has_last && last < first))
        return false;
    if (!has_last)
        last = size - 1;
    if (!has_first) { // the last bytes of the object
        first = last < size ? size - last : 0;
        first = last == 0 ? size : first;
        last = size - 1;
    }
    if (last > size - 1)
        last = size - 1;
    ret->first = first;
    ret->count = first <= last ? last - first + 1 : 0;
    return true;
}

enum range_kind byte_range_parse(const char *header, int64_t size, struct byte_range *ret)
{
    static const char unit[] = "bytes=";
    struct byte_range range;
    *ret = (struct byte_range){0, size};
    if (!header || strncasecmp(header, unit, sizeof(unit) - 1) != 0)
        return RANGE_WHOLE;
    if (!take_range(header + sizeof(unit) - 1, size, &range))
        return RANGE_WHOLE;
    if (range.count == 0) {
        *ret = (struct byte_range){0, 0};
        return RANGE_UNSATISFIABLE;
    }
    *ret = range;
    return RANGE_PART;
}
