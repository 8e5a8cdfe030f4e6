// SPDX-License-Identifier: GPL-3.0-or-later
// runnable.c — see runnable.h.
//
// The load averages beside it are means of minutes: they still tell of a program that has ended,
// and not yet of one that has just begun.
#include "sys/runnable.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sys/file.h"

// Those that compute are in every reading; who only woke, or has just started us, makes some of
// them larger. Of 200 jobs beside none to four loops the third smallest of nine was right 199
// times, the middle one 194, the middle one of seven 179.
enum { READINGS = 9, TAKEN = 2, MOST_BYTES = 256 };
static const struct timespec between = {.tv_nsec = 1000000};

bool runnable_parse(const char *text, uint64_t *ret)
{
    enum { FIELDS_BEFORE = 3 };
    for (int i = 0; i < FIELDS_BEFORE; i++) {
        text = strchr(text, ' ');
        if (text == NULL)
            return false;
        text++;
    }
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9 || text[digits] != '/')
        return false;
    *ret = strtoull(text, NULL, 10);
    return *ret > 0;
}

static bool read_others(uint64_t *ret)
{
    struct error err;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, MOST_BYTES);
    if (file_read("/proc/loadavg", &text, &err) != OK || !runnable_parse(buffer_string(&text), ret))
        return false;
    *ret -= 1;
    return true;
}

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

bool runnable_others(uint64_t *ret)
{
    uint64_t readings[READINGS];
    size_t n = 0, alone = 0;
    while (n < READINGS && alone <= TAKEN) { // there is nothing smaller to come
        if (n > 0)
            (void)nanosleep(&between, NULL);
        if (!read_others(&readings[n]))
            return false;
        alone += readings[n++] == 0;
    }
    qsort(readings, n, sizeof(readings[0]), by_size);
    *ret = readings[TAKEN];
    return true;
}

bool runnable_processors(uint64_t *ret)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    *ret = n > 0 ? (uint64_t)n : 0;
    return n > 0;
}
