// SPDX-License-Identifier: GPL-3.0-or-later
// memory.h — allocation and release at the end of a scope.
//
// Small objects of fixed size come zeroed from mem_new() and never fail: a program
// that cannot get a few kilobytes ends with a message. Blocks whose size comes from
// input go through mem_try_array(), which checks the multiplication and may return
// NULL; the caller answers ERR_MEMORY.
//
// AUTO(fn) releases a local at the end of its scope: fn is a destructor `void fn(T *)`
// that accepts NULL, declared for AUTO once, beside the type, by AUTO_DEFINE(T, fn).
#pragma once

#include <stddef.h>
#include <stdlib.h>

// unused: a guard that only holds something to the end of its scope is no mistake, as clang has it.
#define AUTO(fn) __attribute__((cleanup(fn##_auto), unused))
#define AUTO_DEFINE(type, fn)                                                                      \
    __attribute__((unused)) static inline void fn##_auto(type **slot)                              \
    {                                                                                              \
        fn(*slot);                                                                                 \
    }

// A zeroed object; ends the process with a message when memory is exhausted. free() it.
#define mem_new(type) ((type *)mem_zeroed(1, sizeof(type)))

// n zeroed elements of `size` bytes; ends the process when memory is exhausted. free() it.
// n == 0 returns a valid pointer.
void *mem_zeroed(size_t n, size_t size);

// Like realloc for n elements, but ends the process on overflow or exhaustion.
void *mem_resize(void *block, size_t n, size_t size);

// A copy of `text` (NULL gives NULL). free() it.
char *mem_strdup(const char *text);
// A copy of the first n bytes of `text` with a NUL behind. free() it.
char *mem_strndup(const char *text, size_t n);

// n elements of `size` bytes, 64-byte aligned, not zeroed; NULL on overflow or exhaustion. free()
// it.
void *mem_try_array(size_t n, size_t size);

// free() for AUTO: char *x AUTO(mem_free) = …
static inline void mem_free_auto(void *slot)
{
    free(*(void **)slot);
}
