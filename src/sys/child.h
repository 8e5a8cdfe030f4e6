// SPDX-License-Identifier: GPL-3.0-or-later
// child.h — start a program as a child process in its own process group, watch it, end it.
//
// The child gets an own process group, so Ctrl-C in the terminal reaches only us and
// child_signal() reaches everything that the child started. Its standard input is a pipe
// that we write, its standard output and error are pipes that we read. Every other descriptor
// of ours must be close-on-exec. With die_with_parent the kernel sends SIGTERM to the child
// when the thread that started it ends.
// Threads: one owner.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/memory.h"

struct child;

struct child_options {
    const char *path;        // of the program
    const char *const *argv; // NULL-terminated, argv[0] included
    bool die_with_parent;
};

struct child_exit {
    bool exited; // otherwise killed by `signal`
    int code;
    int signal;
};

MUST_USE enum status child_start(const struct child_options *options, struct child **ret,
                                 struct error *err);
// Kills the whole group when the child still runs, reaps it and closes the pipes.
void child_free(struct child *child);
AUTO_DEFINE(struct child, child_free)

// Writes all of it to the child's standard input, then closes that. ERR_IO when the child is gone
// or does not want it (the caller ignores SIGPIPE).
MUST_USE enum status child_feed(struct child *child, const char *bytes, size_t n,
                                struct error *err);
// To read; non-blocking; owned by the child.
int child_output_fd(const struct child *child);
int child_error_fd(const struct child *child);
// Polls readable once the child has ended (-1 where the kernel has no such thing). Owned by the
// child.
int child_end_fd(const struct child *child);
pid_t child_pid(const struct child *child);
// To the whole group; nothing happens once the child was reaped.
void child_signal(struct child *child, int signal);
// True, and the way it ended, when the child has ended; does not wait.
bool child_poll(struct child *child, struct child_exit *ret);
// Waits for the end.
void child_wait(struct child *child, struct child_exit *ret);
