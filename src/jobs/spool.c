// SPDX-License-Identifier: GPL-3.0-or-later
// spool.c — see spool.h.
#include "jobs/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/file.h"

static const char *const endings[SPOOL_KIND_COUNT] = {
    [SPOOL_LINES] = ".lines", [SPOOL_LOG] = ".log"};

char *spool_path(const char *dir, const char *job, uint32_t attempt, enum spool_kind kind)
{
    struct buffer path BUFFER_AUTO;
    buffer_init(&path, 8192);
    buffer_printf(&path, "%s/%s.%u%s", dir, job, attempt, endings[kind]);
    return buffer_take(&path);
}

enum status spool_make(const char *dir, struct error *err)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "make the folder %s", dir);
    return OK;
}

void spool_remove(const char *dir, const char *job, uint32_t attempt)
{
    for (int kind = 0; kind < SPOOL_KIND_COUNT; kind++) {
        char *path AUTO(mem_free) = spool_path(dir, job, attempt, (enum spool_kind)kind);
        (void)unlink(path);
    }
}

// "JOB.ATTEMPT.lines" in its parts; false when it is no such name.
static bool parse_name(const char *name, char job[static 64], uint32_t *ret_attempt)
{
    const char *dot = strchr(name, '.');
    char *end = NULL;
    if (!dot || dot == name || dot - name > 63 || dot[1] < '0' || dot[1] > '9')
        return false;
    memcpy(job, name, (size_t)(dot - name));
    job[dot - name] = '\0';
    *ret_attempt = (uint32_t)strtoul(dot + 1, &end, 10);
    for (int kind = 0; kind < SPOOL_KIND_COUNT; kind++) {
        if (strcmp(end, endings[kind]) == 0)
            return true;
    }
    return false;
}

int spool_sweep(const char *dir, bool (*wanted)(void *context, const char *job, uint32_t attempt),
                void *context)
{
    DIR *folder = opendir(dir);
    int removed = 0;
    if (!folder)
        return 0;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char job[64];
        uint32_t attempt;
        bool ours = parse_name(entry->d_name, job, &attempt);
        if (entry->d_name[0] != '.' && !(ours && wanted(context, job, attempt)))
            removed += unlinkat(dirfd(folder), entry->d_name, 0) == 0;
    }
    (void)closedir(folder);
    return removed;
}

// The last `size` bytes of a file.
static void read_tail(const char *path, char *dst, size_t size)
{
    struct stat st;
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0) {
        off_t from = st.st_size > (off_t)size - 1 ? st.st_size - ((off_t)size - 1) : 0;
        n = pread(fd, dst, size - 1, from);
    }
    if (fd >= 0)
        (void)close(fd);
    dst[n > 0 ? n : 0] = '\0';
}

void spool_last_words(const char *dir, const char *job, uint32_t attempt, char *dst, size_t size)
{
    char tail[4096];
    char *path AUTO(mem_free) = spool_path(dir, job, attempt, SPOOL_LOG);
    read_tail(path, tail, sizeof(tail));
    size_t n = strlen(tail);
    while (n > 0 && (unsigned char)tail[n - 1] <= ' ')
        tail[--n] = '\0';
    const char *line = strrchr(tail, '\n');
    line = line ? line + 1 : tail;
    (void)text_copy(dst, size, text_utf8_valid(line, strlen(line)) ? line : "");
}

enum status spool_append(const char *dir, const char *job, uint32_t attempt, const char *lines,
                         size_t n, struct error *err)
{
    char *path AUTO(mem_free) = spool_path(dir, job, attempt, SPOOL_LINES);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(err, errno, "open %s", path);
    enum status status = file_write_fd(fd, path, lines, n, err);
    if (status == OK && n > 0 && lines[n - 1] != '\n')
        status = file_write_fd(fd, path, "\n", 1, err);
    (void)close(fd);
    return status;
}
