// SPDX-License-Identifier: GPL-3.0-or-later
// buffer.c — see buffer.h.
#include "base/buffer.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void buffer_init(struct buffer *b, size_t max)
{
    assert(max < SIZE_MAX / 4); // so that doubling the capacity cannot overflow
    *b = (struct buffer){.max = max};
}

void buffer_done(struct buffer *b)
{
    if (!b)
        return;
    free(b->data);
    *b = (struct buffer){.max = b->max};
}

// Makes room for n more bytes and the NUL. False, and overflow, when that is over the maximum.
static bool reserve(struct buffer *b, size_t n)
{
    if (n > b->max || b->size > b->max - n) {
        b->overflow = true;
        return false;
    }
    size_t need = b->size + n + 1;
    if (need <= b->capacity)
        return true;
    size_t capacity = b->capacity ? b->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    b->data = mem_resize(b->data, capacity, 1);
    b->capacity = capacity;
    return true;
}

void buffer_append(struct buffer *b, const void *bytes, size_t n)
{
    if (!reserve(b, n))
        return;
    if (n)
        memcpy(b->data + b->size, bytes, n);
    b->size += n;
    b->data[b->size] = '\0';
}

void buffer_text(struct buffer *b, const char *text)
{
    buffer_append(b, text, strlen(text));
}

void buffer_printf(struct buffer *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    assert(n >= 0);
    if (!reserve(b, (size_t)n))
        return;
    va_start(args, fmt);
    (void)vsnprintf(b->data + b->size, (size_t)n + 1, fmt, args);
    va_end(args);
    b->size += (size_t)n;
}

void buffer_clear(struct buffer *b)
{
    b->size = 0;
    b->overflow = false;
    if (b->data)
        b->data[0] = '\0';
}

void buffer_consume(struct buffer *b, size_t n)
{
    assert(n <= b->size);
    if (n == 0)
        return;
    memmove(b->data, b->data + n, b->size - n);
    b->size -= n;
    b->data[b->size] = '\0';
}

const char *buffer_string(const struct buffer *b)
{
    return b->data ? b->data : "";
}

char *buffer_take(struct buffer *b)
{
    char *data = b->data ? b->data : mem_strdup("");
    *b = (struct buffer){.max = b->max};
    return data;
}
