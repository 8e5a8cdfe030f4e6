// SPDX-License-Identifier: GPL-3.0-or-later
// file.c — see file.h.
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/text.h"

// Until there is something to read, or the cancel fires.
static enum status wait_readable(int fd, struct cancel *cancel, struct error *err)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
                           {.fd = cancel ? cancel_fd(cancel) : -1, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0 && errno == EINTR) {
    }
    return cancel_check(cancel, err);
}

enum status file_read_fd(int fd, const char *name, struct cancel *cancel, struct buffer *out,
                         struct error *err)
{
    char chunk[16384];
    for (;;) {
        if (cancel && wait_readable(fd, cancel, err) != OK)
            return ERR_CANCELLED;
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n == 0)
            return OK;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(err, errno, "read %s", name);
        buffer_append(out, chunk, (size_t)n);
        if (out->overflow) {
            char limit[16];
            return error_set(err, ERR_LIMIT, "%s is larger than %s", name,
                             text_bytes(limit, out->max));
        }
    }
}

enum status file_read(const char *path, struct buffer *out, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "open %s", path);
    enum status status = file_read_fd(fd, path, NULL, out, err);
    (void)close(fd);
    return status;
}

enum status file_write_fd(int fd, const char *name, const void *bytes, size_t n, struct error *err)
{
    const char *from = bytes;
    while (n > 0) {
        ssize_t written = write(fd, from, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set_errno(err, errno, "write %s", name);
        from += written;
        n -= (size_t)written;
    }
    return OK;
}
