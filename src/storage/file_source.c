// SPDX-License-Identifier: GPL-3.0-or-later
// file_source.c — a local file, read with pread(), so that threads share one descriptor.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/file_store.h"

struct file_source {
    struct source base; // first member: of_door() and of_source() rely on it
    struct cancel *cancel;
    char *name; // as the caller said it, for messages
    int fd;
    dev_t device;
    ino_t inode;
};

static ssize_t read_some(const struct file_source *s, int64_t offset, void *dst, size_t n)
{
    ssize_t got = 0;
    do {
        got = pread(s->fd, dst, n, offset);
    } while (got < 0 && errno == EINTR);
    return got;
}

static enum status read_file(struct byte_source *door, int64_t offset, void *dst, size_t n,
                             size_t *ret_n, struct error *err)
{
    struct file_source *s = (struct file_source *)door;
    *ret_n = 0;
    if (cancel_check(s->cancel, err) != OK)
        return ERR_CANCELLED;
    if (offset >= door->size_bytes)
        return OK;
    if ((int64_t)n > door->size_bytes - offset)
        n = (size_t)(door->size_bytes - offset);
    watch_work(s->base.watch);
    ssize_t got = read_some(s, offset, dst, n);
    int cause = errno;
    watch_rest(s->base.watch);
    if (got < 0)
        return error_set_errno(err, cause, "read %s at byte %lld", s->name, (long long)offset);
    byte_count_add(&s->base.count, offset, (size_t)got);
    watch_moved(s->base.watch);
    *ret_n = (size_t)got;
    return OK;
}

static enum status check_file(struct file_source *s, struct error *err)
{
    struct stat st;
    if (fstat(s->fd, &st) != 0)
        return error_set_errno(err, errno, "open %s", s->name);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERR_INVALID, "%s: expected a regular file, got %s", s->name,
                         S_ISDIR(st.st_mode) ? "a folder" : "a device or pipe");
    s->base.door.size_bytes = st.st_size;
    s->device = st.st_dev;
    s->inode = st.st_ino;
    return OK;
}

static void release(struct source *self)
{
    struct file_source *s = (struct file_source *)self;
    if (s->fd >= 0)
        (void)close(s->fd);
    byte_count_done(&s->base.count);
    free(s->name);
    free(s);
}

static bool is_at(const struct source *self, const struct location *at)
{
    const struct file_source *s = (const struct file_source *)self;
    struct stat st;
    return at->place == PLACE_FILE && stat(at->path, &st) == 0 && st.st_dev == s->device &&
           st.st_ino == s->inode;
}

enum status file_source_open(const struct store_call *call, struct source **ret, struct error *err)
{
    static const struct source_class class = {.release = release, .is_at = is_at};
    struct file_source *s = mem_new(struct file_source);
    s->base.class = &class;
    s->base.door.read_at = read_file;
    s->name = mem_strdup(call->where);
    s->cancel = call->cancel;
    s->fd = open(call->at->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a FIFO must not hang us
    enum status status = OK;
    if (s->fd < 0)
        status = error_set_errno(err, errno, "open %s", call->where);
    else
        status = check_file(s, err);
    if (status != OK) {
        release(&s->base);
        return status;
    }
    byte_count_init(&s->base.count, s->base.door.size_bytes);
    *ret = &s->base;
    return OK;
}
