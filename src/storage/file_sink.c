// SPDX-License-Identifier: GPL-3.0-or-later
// file_sink.c — a local file that appears whole or not at all.
//
// O_TMPFILE gives a file without a name, so a crash leaves nothing. Such a file gets its name
// with linkat(), which cannot replace an existing one: it is linked beside the target and
// renamed over it. Where O_TMPFILE is not to be had, the temporary file has that name from
// the start.
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/file_store.h"

struct file_sink {
    struct sink base; // first member: a door and a sink are its file_sink
    struct cancel *cancel;
    char *name; // as the caller said it, for messages
    char *path;
    char *temporary; // beside the target
    bool has_name;   // the temporary path exists
    int fd;
};

static enum status write_all(struct file_sink *s, int64_t offset, const void *src, size_t n,
                             struct error *err)
{
    const char *from = src;
    while (n > 0) {
        if (cancel_check(s->cancel, err) != OK)
            return ERR_CANCELLED;
        ssize_t written = pwrite(s->fd, from, n, offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set_errno(err, errno, "write %s", s->name);
        from += written;
        offset += written;
        n -= (size_t)written;
        atomic_fetch_add(&s->base.bytes_written, (uint64_t)written);
    }
    return OK;
}

static enum status write_file(struct byte_sink *door, int64_t offset, const void *src, size_t n,
                              struct error *err)
{
    struct file_sink *s = (struct file_sink *)door;
    watch_work(s->base.watch);
    enum status status = write_all(s, offset, src, n, err);
    watch_rest(s->base.watch);
    watch_moved(s->base.watch);
    return status;
}

static char *folder_of(const char *path)
{
    char *copy AUTO(mem_free) = mem_strdup(path);
    return mem_strdup(dirname(copy));
}

static char *temporary_of(const char *path)
{
    char *folder AUTO(mem_free) = folder_of(path);
    char *copy AUTO(mem_free) = mem_strdup(path);
    char *temporary = NULL;
    if (asprintf(&temporary, "%s/.%.180s.%ld.part", folder, basename(copy), (long)getpid()) < 0)
        abort();
    return temporary;
}

static enum status open_file(struct file_sink *s, struct error *err)
{
    struct stat st;
    if (stat(s->path, &st) == 0 && !S_ISREG(st.st_mode))
        return error_set(err, ERR_INVALID, "%s: expected a file to write, got %s", s->name,
                         S_ISDIR(st.st_mode) ? "a folder" : "a device or pipe");
    char *folder AUTO(mem_free) = folder_of(s->path);
    s->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (s->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        s->fd = open(s->temporary, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0666);
        s->has_name = s->fd >= 0;
    }
    if (s->fd < 0 && errno == ENOENT)
        return error_set(err, ERR_NOT_FOUND, "write %s: the folder %s does not exist", s->name,
                         folder);
    if (s->fd < 0)
        return error_set_errno(err, errno, "write %s", s->name);
    return OK;
}

// Gives the unnamed file its temporary name.
static int name_file(struct file_sink *s)
{
    if (s->has_name)
        return 0;
    char self[64];
    (void)snprintf(self, sizeof(self), "/proc/self/fd/%d", s->fd);
    (void)unlink(s->temporary);
    int rc = linkat(AT_FDCWD, self, AT_FDCWD, s->temporary, AT_SYMLINK_FOLLOW);
    s->has_name = rc == 0;
    return rc;
}

// A rename is durable once the folder is. Nothing more can be done in a folder that we may write
// but not read, nor on a file system that does not know how to sync one.
static int sync_folder(const char *path)
{
    char *folder AUTO(mem_free) = folder_of(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES ? 0 : -1;
    int rc = fsync(fd);
    if (rc != 0 && (errno == EINVAL || errno == EOPNOTSUPP))
        rc = 0;
    (void)close(fd);
    return rc;
}

static enum status make_durable(struct file_sink *s, uint64_t *ret_size, struct error *err)
{
    struct stat st;
    if (fsync(s->fd) != 0 || fstat(s->fd, &st) != 0 || name_file(s) != 0 ||
        rename(s->temporary, s->path) != 0)
        return error_set_errno(err, errno, "write %s", s->name);
    s->has_name = false;
    if (sync_folder(s->path) != 0)
        return error_set_errno(err, errno, "make %s durable", s->name);
    *ret_size = (uint64_t)st.st_size;
    return OK;
}

static enum status commit(struct sink *self, uint64_t *ret_size, struct error *err)
{
    struct file_sink *s = (struct file_sink *)self;
    if (cancel_check(s->cancel, err) != OK)
        return ERR_CANCELLED;
    watch_work(s->base.watch);
    enum status status = make_durable(s, ret_size, err);
    watch_rest(s->base.watch);
    return status;
}

static void release(struct sink *self)
{
    struct file_sink *s = (struct file_sink *)self;
    if (s->has_name)
        (void)unlink(s->temporary);
    if (s->fd >= 0)
        (void)close(s->fd);
    free(s->temporary);
    free(s->path);
    free(s->name);
    free(s);
}

enum status file_sink_open(const struct store_call *call, struct sink **ret, struct error *err)
{
    static const struct sink_class class = {.commit = commit, .release = release};
    struct file_sink *s = mem_new(struct file_sink);
    s->base.class = &class;
    s->base.door.write_at = write_file;
    s->fd = -1;
    s->cancel = call->cancel;
    s->name = mem_strdup(call->where);
    s->path = mem_strdup(call->at->path);
    s->temporary = temporary_of(s->path);
    enum status status = open_file(s, err);
    if (status != OK) {
        release(&s->base);
        return status;
    }
    *ret = &s->base;
    return OK;
}
