// SPDX-License-Identifier: GPL-3.0-or-later
// trace_folder.c — see trace_folder.h.
//
// The file is opened for each trace: a job ends seldom, and whoever moves or empties the file in
// between does no harm.
#include "cli/trace_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "sys/file.h"

static char *path_in(const char *folder, const char *name)
{
    struct buffer path BUFFER_AUTO;
    buffer_init(&path, PATH_MAX);
    buffer_printf(&path, "%s/%s", folder, name);
    return path.overflow ? mem_strdup("") : buffer_take(&path); // "" cannot be opened
}

static enum status open_newest(const char *path, int *ret_fd, off_t *ret_size, struct error *err)
{
    struct stat st;
    *ret_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (*ret_fd < 0)
        return error_set_errno(err, errno, "open %s", path);
    if (fstat(*ret_fd, &st) != 0) {
        enum status status = error_set_errno(err, errno, "look at %s", path);
        (void)close(*ret_fd);
        return status;
    }
    *ret_size = st.st_size;
    return OK;
}

static enum status make_room(const char *folder, const char *path, int *fd, off_t *size,
                             struct error *err)
{
    char *before AUTO(mem_free) = path_in(folder, "traces-before.ndjson");
    (void)close(*fd);
    if (rename(path, before) != 0)
        return error_set_errno(err, errno, "rename %s to %s", path, before);
    return open_newest(path, fd, size, err);
}

enum status trace_folder_make(const struct trace_folder *folder, struct error *err)
{
    char *inside AUTO(mem_free) = path_in(folder->path, "."); // what is no folder has none
    if (mkdir(folder->path, 0777) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "make the folder %s", folder->path);
    if (faccessat(AT_FDCWD, inside, W_OK | X_OK, AT_EACCESS) != 0)
        return error_set_errno(err, errno, "write into the folder %s", folder->path);
    return OK;
}

enum status trace_folder_add(const struct trace_folder *folder, const char *text, size_t n,
                             struct error *err)
{
    char *path AUTO(mem_free) = path_in(folder->path, "traces.ndjson");
    int fd = -1;
    off_t size = 0;
    enum status status = trace_folder_make(folder, err);
    if (status == OK)
        status = open_newest(path, &fd, &size, err);
    if (status == OK && size > 0 && size + (off_t)n > folder->max_bytes)
        status = make_room(folder->path, path, &fd, &size, err);
    if (status != OK)
        return status;
    status = file_write_fd(fd, path, text, n, err);
    if (status != OK)
        (void)!ftruncate(fd, size); // half a trace would take the next one's first line with it
    (void)close(fd);
    return status;
}
