// SPDX-License-Identifier: GPL-3.0-or-later
// memory.c — see memory.h.
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

__attribute__((cold)) static _Noreturn void out_of_memory(size_t bytes)
{
    (void)fprintf(stderr, "headway: out of memory (%zu bytes asked for)\n", bytes);
    abort();
}

void *mem_zeroed(size_t n, size_t size)
{
    void *block = calloc(n ? n : 1, size);
    if (!block)
        out_of_memory(n * size);
    return block;
}

void *mem_resize(void *block, size_t n, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(n, size, &bytes))
        out_of_memory(SIZE_MAX);
    void *grown = realloc(block, bytes ? bytes : 1);
    if (!grown)
        out_of_memory(bytes);
    return grown;
}

char *mem_strdup(const char *text)
{
    return text ? mem_strndup(text, strlen(text)) : NULL;
}

char *mem_strndup(const char *text, size_t n)
{
    char *copy = mem_zeroed(n + 1, 1);
    if (n)
        memcpy(copy, text, n);
    return copy;
}

void *mem_try_array(size_t n, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX - 63)
        return NULL;
    bytes = (bytes + 63) / 64 * 64;
    return aligned_alloc(64, bytes ? bytes : 64);
}
