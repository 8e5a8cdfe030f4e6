// SPDX-License-Identifier: GPL-3.0-or-later
// text.h — small questions about strings. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The largest position ≤ n at which the UTF-8 text may be cut without splitting a character.
size_t text_utf8_floor(const char *text, size_t n);

// Is all of it well-formed UTF-8 (no surrogates, no overlong forms)?
bool text_utf8_valid(const char *text, size_t n);

bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);

// Copies `src` into dst[size], cut at a character, always terminated. Returns false when cut.
bool text_copy(char *dst, size_t size, const char *src);

// "845 bytes", "45.2 MB": decimal units, as people read them. dst needs 16 bytes. Returns dst.
char *text_bytes(char dst[static 16], uint64_t bytes);

// "2026-11-27T08:15:00Z" from milliseconds since 1970 UTC, of the years 0 to 9999 (others are cut
// to those). Returns dst.
enum { TEXT_TIME = 21 };
char *text_time(char dst[static TEXT_TIME], int64_t ms);
