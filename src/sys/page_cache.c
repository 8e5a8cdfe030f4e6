// SPDX-License-Identifier: GPL-3.0-or-later
// page_cache.c — see page_cache.h.
#include "sys/page_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

static int open_file(const char *path, size_t *ret_bytes, struct error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0) {
        *ret_bytes = (size_t)st.st_size;
        return fd;
    }
    (void)error_set_errno(err, errno, "open %s", path);
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static enum status count_pages(int fd, const char *path, size_t bytes, double *ret,
                               struct error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t pages = (bytes + page - 1) / page;
    size_t held = 0;
    void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return error_set_errno(err, errno, "look at %s", path);
    unsigned char *in_memory = mem_zeroed(pages, 1);
    int rc = mincore(map, bytes, in_memory);
    int errno_value = errno;
    for (size_t i = 0; i < pages; i++)
        held += in_memory[i] & 1;
    free(in_memory);
    (void)munmap(map, bytes);
    if (rc != 0)
        return error_set_errno(err, errno_value, "look at %s", path);
    *ret = (double)held / (double)pages;
    return OK;
}

enum status page_cache_share(const char *path, double *ret, struct error *err)
{
    size_t bytes;
    int fd = open_file(path, &bytes, err);
    if (fd < 0)
        return err ? err->status : ERR_IO;
    *ret = 1;
    enum status status = bytes > 0 ? count_pages(fd, path, bytes, ret, err) : OK;
    (void)close(fd);
    return status;
}

enum status page_cache_fill(const char *path, struct error *err)
{
    char chunk[65536];
    size_t bytes;
    ssize_t n;
    int fd = open_file(path, &bytes, err);
    if (fd < 0)
        return err ? err->status : ERR_IO;
    do {
        n = read(fd, chunk, sizeof(chunk));
    } while (n > 0 || (n < 0 && errno == EINTR));
    enum status status = n < 0 ? error_set_errno(err, errno, "read %s", path) : OK;
    (void)close(fd);
    return status;
}

enum status page_cache_drop(const char *path, struct error *err)
{
    size_t bytes;
    int fd = open_file(path, &bytes, err);
    if (fd < 0)
        return err ? err->status : ERR_IO;
    (void)fdatasync(fd); // only what is on the disk can be forgotten; not all files can be synced
    int rc = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    (void)close(fd);
    return rc == 0 ? OK : error_set_errno(err, rc, "drop %s from memory", path);
}
