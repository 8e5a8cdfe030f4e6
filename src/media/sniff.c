// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/sniff.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct signature {
    const char *bytes;
    size_t size;
    const char *kind;
} signatures[] = {
    {"\x89PNG", 4, "a PNG picture"},
    {"\xff\xd8\xff", 3, "a JPEG picture"},
    {"GIF8", 4, "a GIF picture"},
    {"%PDF", 4, "a PDF document"},
    {"PK\x03\x04", 4, "a ZIP archive or an office document"},
    {"\x1f\x8b", 2, "a gzip archive"},
    {"7z\xbc\xaf", 4, "a 7z archive"},
    {"\x7f"
     "ELF",
     4, "a program"},
    {"<!DOCTYPE html", 14, "a web page"},
    {"<html", 5, "a web page"},
    {"#EXTM3U", 7, "a playlist, not the video itself"},
};

static bool is_text(const uint8_t *head, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (head[i] < 0x20 && head[i] != '\n' && head[i] != '\r' && head[i] != '\t')
            return false;
    }
    return text_utf8_valid((const char *)head, text_utf8_floor((const char *)head, n));
}

char *sniff_phrase(const uint8_t *head, size_t n, char *dst, size_t size)
{
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        if (n >= signatures[i].size && !memcmp(head, signatures[i].bytes, signatures[i].size)) {
            snprintf(dst, size, "it looks like %s", signatures[i].kind);
            return dst;
        }
    }
    if (is_text(head, n)) {
        snprintf(dst, size, "it looks like text");
        return dst;
    }
    char hex[8 * 3 + 1] = "";
    for (size_t i = 0; i < n && i < 8; i++)
        snprintf(hex + 3 * i, 4, " %02x", head[i]);
    snprintf(dst, size, "it begins with the bytes%s", hex);
    return dst;
}
