// SPDX-License-Identifier: GPL-3.0-or-later
// source.c — see source.h. A local file read with pread(), so threads share one descriptor.
#include "storage/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/location.h"

enum { BLOCK_BYTES = 64 * 1024 };

struct source {
    struct byte_source door; // first member: of_door() relies on it
    struct cancel *cancel;
    char *name; // as the caller said it, for messages
    int fd;
    dev_t device;
    ino_t inode;
    atomic_uint_fast64_t bytes_read;
    atomic_uint_fast64_t bytes_new; // of them, not told yet
    atomic_uchar *seen;             // one bit a block: some of it was read
};

static struct source *of_door(struct byte_source *door)
{
    return (struct source *)door;
}

// Counts the blocks of [offset, offset + n) that were not touched before.
static void count(struct source *s, int64_t offset, size_t n)
{
    if (n == 0)
        return;
    int64_t last = (offset + (int64_t)n - 1) / BLOCK_BYTES;
    for (int64_t block = offset / BLOCK_BYTES; block <= last; block++) {
        unsigned char bit = (unsigned char)(1U << (block % 8));
        if (atomic_fetch_or(&s->seen[block / 8], bit) & bit)
            continue;
        int64_t left = s->door.size_bytes - block * BLOCK_BYTES;
        uint64_t bytes = (uint64_t)(left < BLOCK_BYTES ? left : BLOCK_BYTES);
        atomic_fetch_add(&s->bytes_read, bytes);
        atomic_fetch_add(&s->bytes_new, bytes);
    }
}

static enum status read_file(struct byte_source *door, int64_t offset, void *dst, size_t n,
                             size_t *ret_n, struct error *err)
{
    struct source *s = of_door(door);
    *ret_n = 0;
    if (cancel_check(s->cancel, err) != OK)
        return ERR_CANCELLED;
    if (offset >= door->size_bytes)
        return OK;
    if ((int64_t)n > door->size_bytes - offset)
        n = (size_t)(door->size_bytes - offset);
    ssize_t got = 0;
    do {
        got = pread(s->fd, dst, n, offset);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set_errno(err, errno, "read %s at byte %lld", s->name, (long long)offset);
    count(s, offset, (size_t)got);
    *ret_n = (size_t)got;
    return OK;
}

static enum status check_file(struct source *s, struct error *err)
{
    struct stat st;
    if (fstat(s->fd, &st) != 0)
        return error_set_errno(err, errno, "open %s", s->name);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERR_INVALID, "%s: expected a regular file, got %s", s->name,
                         S_ISDIR(st.st_mode) ? "a folder" : "a device or pipe");
    s->door.size_bytes = st.st_size;
    s->device = st.st_dev;
    s->inode = st.st_ino;
    return OK;
}

enum status source_open(struct storage *storage, const char *where, struct cancel *cancel,
                        struct source **ret, struct error *err)
{
    (void)storage;
    *ret = NULL;
    char *path AUTO(mem_free) = NULL;
    if (location_path(where, &path, err) != OK)
        return err ? err->status : ERR_INVALID;
    struct source *s = mem_new(struct source);
    s->name = mem_strdup(where);
    s->cancel = cancel;
    s->door.read_at = read_file;
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a FIFO must not hang us
    enum status status = OK;
    if (s->fd < 0)
        status = error_set_errno(err, errno, "open %s", where);
    else
        status = check_file(s, err);
    if (status != OK) {
        source_free(s);
        return status;
    }
    s->seen = mem_zeroed((size_t)(s->door.size_bytes / BLOCK_BYTES / 8 + 1), sizeof(*s->seen));
    *ret = s;
    return OK;
}

void source_free(struct source *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        (void)close(s->fd);
    free(s->seen);
    free(s->name);
    free(s);
}

struct byte_source *source_bytes(struct source *s)
{
    return &s->door;
}

uint64_t source_bytes_read(const struct source *s)
{
    return atomic_load(&s->bytes_read);
}

uint64_t source_bytes_new(struct source *s)
{
    return atomic_exchange(&s->bytes_new, 0);
}

bool source_is_same(const struct source *s, const char *where)
{
    char *path AUTO(mem_free) = NULL;
    struct stat st;
    return location_path(where, &path, NULL) == OK && stat(path, &st) == 0 &&
           st.st_dev == s->device && st.st_ino == s->inode;
}
