// SPDX-License-Identifier: GPL-3.0-or-later
// buffer.h — a growing run of bytes with a maximum.
//
// A buffer never grows past `max`: an append that would is dropped whole and sets
// `overflow`, which the owner checks once at the end. The bytes are always followed
// by a NUL that is not counted, so text in it can be used as a C string.
// Threads: one owner at a time.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"

struct buffer {
    char *data; // NULL while nothing was ever appended
    size_t size;
    size_t capacity;
    size_t max;
    bool overflow; // something did not fit and was dropped
};

// An empty buffer in the caller's storage; at most `max` bytes.
void buffer_init(struct buffer *b, size_t max);
// Releases the bytes; the buffer is empty and usable again. NULL is allowed.
void buffer_done(struct buffer *b);

void buffer_append(struct buffer *b, const void *bytes, size_t n);
void buffer_text(struct buffer *b, const char *text);
void buffer_printf(struct buffer *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
// Forgets the contents (and the overflow), keeps the memory.
void buffer_clear(struct buffer *b);
// Removes the first n bytes.
void buffer_consume(struct buffer *b, size_t n);
// The contents as a C string; "" when empty. Valid until the next change.
const char *buffer_string(const struct buffer *b);
// Hands the bytes (NUL behind) to the caller, who frees them; the buffer is empty again.
char *buffer_take(struct buffer *b);

// For locals held by value: struct buffer b BUFFER_AUTO;
#define BUFFER_AUTO __attribute__((cleanup(buffer_done)))
