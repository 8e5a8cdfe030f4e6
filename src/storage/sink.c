// SPDX-License-Identifier: GPL-3.0-or-later
// sink.c — see sink.h.
//
// O_TMPFILE gives a file without a name, so a crash leaves nothing. Such a file gets its name
// with linkat(), which cannot replace an existing one: it is linked beside the target and
// renamed over it. Where O_TMPFILE is not to be had, the temporary file has that name from
// the start.
#include "storage/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/location.h"

struct sink {
    struct byte_sink door; // first member: of_door() relies on it
    struct cancel *cancel;
    char *name; // as the caller said it, for messages
    char *path;
    char *temporary; // beside the target
    bool has_name;   // the temporary path exists
    int fd;
    atomic_uint_fast64_t bytes_written;
};

static struct sink *of_door(struct byte_sink *door)
{
    return (struct sink *)door;
}

static enum status write_file(struct byte_sink *door, int64_t offset, const void *src, size_t n,
                              struct error *err)
{
    struct sink *s = of_door(door);
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
        atomic_fetch_add(&s->bytes_written, (uint64_t)written);
    }
    return OK;
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

static enum status open_file(struct sink *s, struct error *err)
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

enum status sink_open(struct storage *storage, const char *where, struct cancel *cancel,
                      struct sink **ret, struct error *err)
{
    (void)storage;
    *ret = NULL;
    struct sink *s = mem_new(struct sink);
    s->fd = -1;
    s->cancel = cancel;
    s->door.write_at = write_file;
    s->name = mem_strdup(where);
    enum status status = location_path(where, &s->path, err);
    if (status == OK) {
        s->temporary = temporary_of(s->path);
        status = open_file(s, err);
    }
    if (status != OK) {
        sink_free(s);
        return status;
    }
    *ret = s;
    return OK;
}

void sink_free(struct sink *s)
{
    if (!s)
        return;
    if (s->has_name)
        (void)unlink(s->temporary);
    if (s->fd >= 0)
        (void)close(s->fd);
    free(s->temporary);
    free(s->path);
    free(s->name);
    free(s);
}

struct byte_sink *sink_bytes(struct sink *s)
{
    return &s->door;
}

uint64_t sink_bytes_written(const struct sink *s)
{
    return atomic_load(&s->bytes_written);
}

// Gives the unnamed file its temporary name.
static int name_file(struct sink *s)
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

enum status sink_commit(struct sink *s, uint64_t *ret_size, struct error *err)
{
    struct stat st;
    if (cancel_check(s->cancel, err) != OK)
        return ERR_CANCELLED;
    if (fsync(s->fd) != 0 || fstat(s->fd, &st) != 0 || name_file(s) != 0 ||
        rename(s->temporary, s->path) != 0)
        return error_set_errno(err, errno, "write %s", s->name);
    s->has_name = false;
    if (sync_folder(s->path) != 0)
        return error_set_errno(err, errno, "make %s durable", s->name);
    *ret_size = (uint64_t)st.st_size;
    return OK;
}

enum status object_size(struct storage *storage, const char *where, uint64_t *ret_size,
                        struct error *err)
{
    (void)storage;
    char *path AUTO(mem_free) = NULL;
    struct stat st;
    if (location_path(where, &path, err) != OK)
        return err ? err->status : ERR_INVALID;
    if (stat(path, &st) != 0)
        return error_set_errno(err, errno, "look at %s", where);
    *ret_size = (uint64_t)st.st_size;
    return OK;
}
