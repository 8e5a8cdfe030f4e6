// SPDX-License-Identifier: GPL-3.0-or-later
// child.c — see child.h.
//
// fork and exec rather than posix_spawn, because the child must set its death signal
// itself. Between the two only functions that are safe there are called. A pipe that
// closes on exec tells us whether the exec succeeded.
#include "sys/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
    pid_t pid;
    int input_fd; // -1 once closed
    int output_fd;
    int error_fd;
    int end_fd; // of the process itself; -1 where the kernel has none
    bool reaped;
    struct child_exit how; // once reaped
};

enum { READ_END, WRITE_END };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void close_pipe(int pipe_fds[2])
{
    close_fd(&pipe_fds[READ_END]);
    close_fd(&pipe_fds[WRITE_END]);
}

// The four pipes between us and the child; -1 where there is none.
struct pipes {
    int in[2], out[2], errors[2];
    int failure[2]; // closes on exec: says why there was none
};

static void close_pipes(struct pipes *p)
{
    close_pipe(p->in);
    close_pipe(p->out);
    close_pipe(p->errors);
    close_pipe(p->failure);
}

static enum status make_pipes(struct pipes *p, struct error *err)
{
    *p = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(p->in, O_CLOEXEC) == 0 && pipe2(p->out, O_CLOEXEC) == 0 &&
        pipe2(p->errors, O_CLOEXEC) == 0 && pipe2(p->failure, O_CLOEXEC) == 0)
        return OK;
    return error_set_errno(err, errno, "make a pipe");
}

static bool take_standard_streams(const struct pipes *p)
{
    return dup2(p->in[READ_END], STDIN_FILENO) >= 0 &&
           dup2(p->out[WRITE_END], STDOUT_FILENO) >= 0 &&
           dup2(p->errors[WRITE_END], STDERR_FILENO) >= 0;
}

// Runs in the child: only async-signal-safe calls. Never returns.
static _Noreturn void become(const struct child_options *options, pid_t parent,
                             const struct pipes *pipes)
{
    (void)setpgid(0, 0);
    if (options->die_with_parent) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent) // it died before we asked
            _exit(127);
    }
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    if (take_standard_streams(pipes)) {
        char *const *argv = (char *const *)(const void *)options->argv;
        (void)execv(options->path, argv);
    }
    int cause = errno;
    ssize_t ignored = write(pipes->failure[WRITE_END], &cause, sizeof(cause));
    (void)ignored;
    _exit(127);
}

// Waits until the exec succeeded (0) or failed (its errno).
static int exec_result(int failure_fd)
{
    int cause = 0;
    ssize_t n = 0;
    do {
        n = read(failure_fd, &cause, sizeof(cause));
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(cause) ? cause : 0;
}

// The ends that stay with us.
static struct child *child_of(pid_t pid, struct pipes *p)
{
    struct child *child = mem_new(struct child);
    *child = (struct child){.pid = pid,
                            .input_fd = p->in[WRITE_END],
                            .output_fd = p->out[READ_END],
                            .error_fd = p->errors[READ_END],
                            .end_fd = pidfd_open(pid, 0)};
    (void)fcntl(child->output_fd, F_SETFL, O_NONBLOCK);
    (void)fcntl(child->error_fd, F_SETFL, O_NONBLOCK);
    close_pipe(p->failure);
    return child;
}

enum status child_start(const struct child_options *options, struct child **ret, struct error *err)
{
    struct pipes pipes;
    pid_t parent = getpid(); // may be 1: in a container nobody else need be there
    enum status status = make_pipes(&pipes, err);
    if (status != OK) {
        close_pipes(&pipes);
        return status;
    }
    pid_t pid = fork();
    if (pid == 0)
        become(options, parent, &pipes);
    int cause = pid < 0 ? errno : 0;
    if (pid > 0) {
        (void)setpgid(pid, pid); // also here, so that the group exists when we return
        close_fd(&pipes.in[READ_END]);
        close_fd(&pipes.out[WRITE_END]);
        close_fd(&pipes.errors[WRITE_END]);
        close_fd(&pipes.failure[WRITE_END]);
        cause = exec_result(pipes.failure[READ_END]);
    }
    if (cause == 0) {
        *ret = child_of(pid, &pipes);
        return OK;
    }
    if (pid > 0)
        (void)waitpid(pid, NULL, 0);
    close_pipes(&pipes);
    return error_set_errno(err, cause, "start %s", options->path);
}

void child_free(struct child *child)
{
    if (!child)
        return;
    child_signal(child, SIGKILL);
    close_fd(&child->input_fd);
    struct child_exit how;
    child_wait(child, &how);
    close_fd(&child->output_fd);
    close_fd(&child->error_fd);
    close_fd(&child->end_fd);
    free(child);
}

enum status child_feed(struct child *child, const char *bytes, size_t n, struct error *err)
{
    while (n > 0) {
        ssize_t written = write(child->input_fd, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set_errno(err, errno, "write to the worker");
        bytes += written;
        n -= (size_t)written;
    }
    close_fd(&child->input_fd);
    return OK;
}

int child_output_fd(const struct child *child)
{
    return child->output_fd;
}

int child_error_fd(const struct child *child)
{
    return child->error_fd;
}

int child_end_fd(const struct child *child)
{
    return child->end_fd;
}

pid_t child_pid(const struct child *child)
{
    return child->pid;
}

void child_signal(struct child *child, int signal)
{
    if (!child->reaped)
        (void)kill(-child->pid, signal);
}

static bool reap(struct child *child, int flags)
{
    if (child->reaped)
        return true;
    int status = 0;
    pid_t pid = 0;
    do {
        pid = waitpid(child->pid, &status, flags);
    } while (pid < 0 && errno == EINTR);
    if (pid == 0)
        return false;
    assert(pid == child->pid);
    child->reaped = true;
    child->how = (struct child_exit){
        .exited = WIFEXITED(status),
        .code = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
        .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
    };
    return true;
}

bool child_poll(struct child *child, struct child_exit *ret)
{
    if (!reap(child, WNOHANG))
        return false;
    *ret = child->how;
    return true;
}

void child_wait(struct child *child, struct child_exit *ret)
{
    (void)reap(child, 0);
    *ret = child->how;
}
