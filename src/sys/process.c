// SPDX-License-Identifier: GPL-3.0-or-later
// process.c — see process.h. What /proc/PID/stat holds is in proc(5).
#include "sys/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

// Reads a small file of /proc whole; false when it is not there.
static bool read_small(const char *path, char *dst, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, dst, size - 1);
    (void)close(fd);
    dst[n > 0 ? n : 0] = '\0';
    return n > 0;
}

// Fields 3 (state) and 22 (start time). The name before them may hold spaces and brackets, so the
// count begins behind the last bracket.
static bool read_stat(pid_t pid, char *ret_state, uint64_t *ret_start_ticks)
{
    char path[48];
    char text[1024];
    (void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
    if (!read_small(path, text, sizeof(text)))
        return false;
    enum { STATE = 3, START = 22 };
    const char *field = strrchr(text, ')');
    for (int i = STATE; field && i <= START; i++) {
        field = strchr(field + 1, ' ');
        if (field && i == STATE)
            *ret_state = field[1];
    }
    *ret_start_ticks = field ? strtoull(field + 1, NULL, 10) : 0;
    return field != NULL;
}

enum process_state process_state(pid_t pid)
{
    char state;
    uint64_t start_ticks;
    if (!read_stat(pid, &state, &start_ticks) || strchr("ZXx", state))
        return PROCESS_GONE;
    return state == 'T' || state == 't' ? PROCESS_STOPPED : PROCESS_RUNNING;
}

bool process_identify(pid_t pid, struct process_id *ret)
{
    char state;
    *ret = (struct process_id){.pid = pid};
    if (!read_stat(pid, &state, &ret->start_ticks) || strchr("ZXx", state) ||
        !read_small("/proc/sys/kernel/random/boot_id", ret->boot, sizeof(ret->boot)))
        return false;
    ret->boot[strcspn(ret->boot, "\n")] = '\0';
    return true;
}

int process_open(const struct process_id *id)
{
    struct process_id now;
    int fd = id->pid > 0 ? pidfd_open(id->pid, 0) : -1;
    // The descriptor is taken first: it holds on to whatever process the question is then about.
    if (fd >= 0 && process_identify(id->pid, &now) && now.start_ticks == id->start_ticks &&
        strcmp(now.boot, id->boot) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}
