// SPDX-License-Identifier: GPL-3.0-or-later
// folder.h — a temporary folder that the group's tests run in, removed with all it holds.
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

static inline int folder_enter(void **state)
{
    char name[] = "/tmp/headway-test-XXXXXX";
    if (!mkdtemp(name) || chdir(name) != 0)
        return -1;
    *state = strdup(name);
    return 0;
}

static inline int folder_leave(void **state)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
    free(*state);
    return chdir("/") != 0 || system(command) != 0;
}

// How many entries the current folder has, "." and ".." left out.
static inline int folder_entries(void)
{
    DIR *dir = opendir(".");
    assert_non_null(dir);
    int n = 0;
    for (const struct dirent *entry; (entry = readdir(dir));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return n;
}

// Writes a file of n bytes, byte i being (unsigned char)(i * 7).
static inline void folder_file(const char *name, size_t n)
{
    FILE *f = fopen(name, "wb");
    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        assert_int_not_equal(fputc((int)(unsigned char)(i * 7), f), EOF);
    assert_int_equal(fclose(f), 0);
}
