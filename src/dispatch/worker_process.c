// SPDX-License-Identifier: GPL-3.0-or-later
// worker_process.c — see worker_process.h.
//
// The gate is a pipe: one byte means go, its end means that nobody wants this process any more. The
// way back is a pipe that closes on exec, or brings the errno of an exec that failed.
#include "dispatch/worker_process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/file.h"

struct worker_process {
    struct process_id id;
    int end_fd;  // pidfd
    int gate_fd; // to write the one byte; -1 once it is open
    int failure_fd;
    bool ended;
    struct worker_exit how; // once ended
};

enum { READ_END, WRITE_END, MAX_ARGUMENTS = 12 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

// Everything the child needs between fork and exec, made before.
struct launch {
    const char *program;
    const char *argv[MAX_ARGUMENTS];
    char attempt[16], threads[16];
    char **environment;
    char *token;
    int spec_fd, lines_fd, log_fd;
    int gate[2], failure[2];
    struct worker_limits limits;
};

// ---- before the fork ----

// The spec as a file that is only in memory, read from its beginning.
static enum status spec_file(const struct worker_process_options *o, int *ret, struct error *err)
{
    *ret = memfd_create("headway-spec", MFD_CLOEXEC);
    if (*ret < 0)
        return error_set_errno(err, errno, "make room for the spec of job %s", o->job);
    enum status status = file_write_fd(*ret, "the spec", o->spec, o->spec_bytes, err);
    if (status == OK && lseek(*ret, 0, SEEK_SET) != 0)
        status = error_set_errno(err, errno, "rewind the spec of job %s", o->job);
    return status;
}

static enum status append_file(const char *path, int *ret, struct error *err)
{
    *ret = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return *ret >= 0 ? OK : error_set_errno(err, errno, "open %s", path);
}

static void fill_arguments(struct launch *l, const struct worker_process_options *o)
{
    (void)snprintf(l->attempt, sizeof(l->attempt), "%u", o->attempt);
    (void)snprintf(l->threads, sizeof(l->threads), "%d", o->threads);
    const char *argv[] = {"headway",  "worker",    "--job",    o->job,        "--attempt",
                          l->attempt, "--threads", l->threads, "--model-dir", o->model_dir};
    size_t n = sizeof(argv) / sizeof(argv[0]) - (o->model_dir ? 0 : 2);
    static_assert(sizeof(argv) < sizeof(l->argv), "room for the NULL behind them");
    memcpy(l->argv, argv, n * sizeof(argv[0]));
}

// Ours and the token.
static void fill_environment(struct launch *l, const char *token)
{
    static const char name[] = "HEADWAY_WORKER_TOKEN=";
    size_t n = 0;
    size_t kept = 0;
    while (environ[n])
        n++;
    l->environment = mem_zeroed(n + 2, sizeof(char *));
    for (size_t i = 0; i < n; i++) {
        if (strncmp(environ[i], name, sizeof(name) - 1) != 0)
            l->environment[kept++] = environ[i];
    }
    size_t size = sizeof(name) + strlen(token);
    l->token = mem_zeroed(1, size);
    (void)snprintf(l->token, size, "%s%s", name, token);
    l->environment[kept] = l->token;
}

static void launch_done(struct launch *l)
{
    close_fd(&l->spec_fd);
    close_fd(&l->lines_fd);
    close_fd(&l->log_fd);
    for (int i = 0; i < 2; i++) {
        close_fd(&l->gate[i]);
        close_fd(&l->failure[i]);
    }
    free(l->environment);
    free(l->token);
}

static enum status launch_init(struct launch *l, const struct worker_process_options *o,
                               struct error *err)
{
    *l = (struct launch){.program = o->program,
                         .spec_fd = -1,
                         .lines_fd = -1,
                         .log_fd = -1,
                         .gate = {-1, -1},
                         .failure = {-1, -1},
                         .limits = o->limits};
    fill_arguments(l, o);
    fill_environment(l, o->token ? o->token : "");
    enum status status = spec_file(o, &l->spec_fd, err);
    if (status == OK)
        status = append_file(o->lines_path, &l->lines_fd, err);
    if (status == OK)
        status = append_file(o->log_path, &l->log_fd, err);
    if (status == OK && (pipe2(l->gate, O_CLOEXEC) != 0 || pipe2(l->failure, O_CLOEXEC) != 0))
        status = error_set_errno(err, errno, "make a pipe");
    return status;
}

// ---- in the child: only calls that are safe between fork and exec ----

static bool limit(int resource, uint64_t value)
{
    const struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    return value == 0 || setrlimit((__rlimit_resource_t)resource, &both) == 0;
}

// Standard streams may be among ours, so nothing is closed: all else closes on exec.
static bool set_up_child(const struct launch *l)
{
    (void)!nice(l->limits.nice); // standing further back is always allowed
    return limit(RLIMIT_AS, l->limits.memory_bytes) && limit(RLIMIT_NOFILE, l->limits.files) &&
           limit(RLIMIT_CPU, l->limits.cpu_s) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           dup2(l->spec_fd, STDIN_FILENO) >= 0 && dup2(l->lines_fd, STDOUT_FILENO) >= 0 &&
           dup2(l->log_fd, STDERR_FILENO) >= 0;
}

static _Noreturn void become(const struct launch *l)
{
    static const int usual[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGXFSZ, SIGCHLD};
    char go = 0;
    ssize_t n = 0;
    (void)setsid();
    (void)close(l->gate[WRITE_END]); // or its end would never come
    do {
        n = read(l->gate[READ_END], &go, 1);
    } while (n < 0 && errno == EINTR);
    if (n != 1)
        _exit(0);
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        (void)signal(usual[i], SIG_DFL);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (set_up_child(l))
        (void)execve(l->program, (char *const *)(const void *)l->argv, l->environment);
    int cause = errno;
    ssize_t ignored = write(l->failure[WRITE_END], &cause, sizeof(cause));
    (void)ignored;
    _exit(127);
}

// ---- in the parent ----

enum status worker_process_prepare(const struct worker_process_options *options,
                                   struct worker_process **ret, struct error *err)
{
    struct launch l;
    *ret = NULL;
    enum status status = launch_init(&l, options, err);
    pid_t pid = status == OK ? fork() : -1;
    if (status == OK && pid < 0)
        status = error_set_errno(err, errno, "start a worker for job %s", options->job);
    if (pid == 0)
        become(&l);
    if (status == OK) {
        struct worker_process *p = mem_new(struct worker_process);
        *p = (struct worker_process){.gate_fd = l.gate[WRITE_END],
                                     .failure_fd = l.failure[READ_END]};
        bool there = process_identify(pid, &p->id);
        p->id.pid = pid;
        p->end_fd = there ? process_open(&p->id) : -1;
        l.gate[WRITE_END] = -1;
        l.failure[READ_END] = -1;
        if (p->end_fd < 0)
            status = error_set(err, ERR_WORKER, "the worker for job %s ended at once",
                               options->job);
        if (status == OK)
            *ret = p;
        else
            worker_process_free(p);
    }
    launch_done(&l);
    return status;
}

enum status worker_process_go(struct worker_process *p, struct error *err)
{
    int cause = 0;
    ssize_t n = 0;
    assert(p->gate_fd >= 0);
    ssize_t written = write(p->gate_fd, "g", 1);
    close_fd(&p->gate_fd);
    do {
        n = read(p->failure_fd, &cause, sizeof(cause));
    } while (n < 0 && errno == EINTR);
    close_fd(&p->failure_fd);
    if (n == (ssize_t)sizeof(cause))
        return error_set_errno(err, cause, "start the worker");
    return written == 1 ? OK : error_set(err, ERR_WORKER, "the worker ended before it began");
}

struct worker_process *worker_process_adopt(const struct process_id *id)
{
    int fd = process_open(id);
    if (fd < 0)
        return NULL;
    struct worker_process *p = mem_new(struct worker_process);
    *p = (struct worker_process){.id = *id, .end_fd = fd, .gate_fd = -1, .failure_fd = -1};
    return p;
}

void worker_process_free(struct worker_process *p)
{
    if (!p)
        return;
    bool waits = p->gate_fd >= 0;
    close_fd(&p->gate_fd);
    close_fd(&p->failure_fd);
    if (waits && !p->ended)
        (void)waitpid(p->id.pid, NULL, 0);
    close_fd(&p->end_fd);
    free(p);
}

const struct process_id *worker_process_id(const struct worker_process *p)
{
    return &p->id;
}

int worker_process_fd(const struct worker_process *p)
{
    return p->end_fd;
}

static bool poll_end(const struct worker_process *p)
{
    struct pollfd fd = {.fd = p->end_fd, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

void worker_process_signal(struct worker_process *p, int signal)
{
    // The descriptor says that the leader lives, so the group's number is still its own.
    if (!p->ended && !poll_end(p))
        (void)kill(-p->id.pid, signal);
}

bool worker_process_stopped(const struct worker_process *p)
{
    return !p->ended && process_state(p->id.pid) == PROCESS_STOPPED;
}

// A child of ours keeps its number until it is reaped, so its group can still be named.
static void reap(struct worker_process *p)
{
    siginfo_t info = {0};
    int status = 0;
    if (waitid(P_PID, (id_t)p->id.pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
        return;
    (void)kill(-p->id.pid, SIGKILL);
    if (waitpid(p->id.pid, &status, 0) != p->id.pid)
        return;
    p->how = (struct worker_exit){
        .known = true,
        .exited = WIFEXITED(status),
        .code = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
        .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
    };
}

bool worker_process_ended(struct worker_process *p, struct worker_exit *ret)
{
    if (!p->ended && poll_end(p)) {
        p->ended = true;
        reap(p);
    }
    *ret = p->how;
    return p->ended;
}
