// SPDX-License-Identifier: GPL-3.0-or-later
// text.c — see text.h.
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

size_t text_utf8_floor(const char *text, size_t n)
{
    size_t start = n;
    while (start > 0 && n - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return n;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t need = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return n - (start - 1) >= need ? n : start - 1;
}

// Length of the well-formed character at p (of `left` bytes), or 0. Table 3-7 of the Unicode
// standard.
static size_t utf8_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || left < n)
        return 0;
    unsigned char low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    }
    return n;
}

bool text_utf8_valid(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    for (size_t i = 0; i < n;) {
        size_t step = utf8_length(p + i, n - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

bool text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
    size_t n = strlen(text);
    size_t m = strlen(suffix);
    return n >= m && memcmp(text + n - m, suffix, m) == 0;
}

bool text_copy(char *dst, size_t size, const char *src)
{
    assert(size > 0);
    size_t n = strlen(src);
    bool fits = n < size;
    if (!fits)
        n = text_utf8_floor(src, size - 1);
    memcpy(dst, src, n);
    dst[n] = '\0';
    return fits;
}

char *text_bytes(char dst[static 16], uint64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) {
        (void)snprintf(dst, 16, "%u byte%s", (unsigned)bytes, bytes == 1 ? "" : "s");
        return dst;
    }
    double value = (double)bytes / 1000;
    size_t unit = 0;
    while (value >= 999.95 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        value /= 1000;
        unit++;
    }
    (void)snprintf(dst, 16, "%.1f %s", value, units[unit]);
    return dst;
}

// Days since 1970 as a date of the Gregorian calendar: Howard Hinnant, "chrono-compatible
// low-level date algorithms", civil_from_days.
static void civil(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day = days - era * 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t of_year = day - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    *ret_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year + era * 400 + (*ret_month <= 2));
}

char *text_time(char dst[static TEXT_TIME], int64_t ms)
{
    static const int64_t first_s = -INT64_C(62167219200); // 0000-01-01
    static const int64_t last_s = INT64_C(253402300799);  // 9999-12-31 23:59:59
    int year, month, day;
    int64_t s = ms / 1000 - (ms % 1000 < 0);
    s = s < first_s ? first_s : s > last_s ? last_s : s;
    int64_t days = s / 86400 - (s % 86400 < 0);
    int of_day = (int)(s - days * 86400);
    civil(days, &year, &month, &day);
    (void)snprintf(dst, TEXT_TIME, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000,
                   (unsigned)month % 100, (unsigned)day % 100, (unsigned)(of_day / 3600) % 100,
                   (unsigned)(of_day / 60 % 60), (unsigned)(of_day % 60));
    return dst;
}
