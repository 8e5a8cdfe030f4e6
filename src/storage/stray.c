// SPDX-License-Identifier: GPL-3.0-or-later
// stray.c — see stray.h. The names are those that file_sink.c gives: ".NAME.PID.part".
#include "storage/stray.h"

#include <dirent.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "storage/location.h"

static int remove_ending(const char *folder, const char *ending)
{
    DIR *dir = opendir(folder);
    int removed = 0;
    if (!dir)
        return 0;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.' && text_ends(entry->d_name, ending))
            removed += unlinkat(dirfd(dir), entry->d_name, 0) == 0;
    }
    (void)closedir(dir);
    return removed;
}

int stray_remove(const char *where, pid_t pid)
{
    struct location at LOCATION_AUTO = {0};
    char ending[32];
    if (pid <= 0 || kill(pid, 0) == 0 || location_parse(where, &at, NULL) != OK ||
        at.place != PLACE_FILE)
        return 0;
    (void)snprintf(ending, sizeof(ending), ".%ld.part", (long)pid);
    char *copy AUTO(mem_free) = mem_strdup(at.path);
    return remove_ending(dirname(copy), ending);
}
