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
