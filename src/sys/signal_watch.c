// SPDX-License-Identifier: GPL-3.0-or-later
// signal_watch.c — see signal_watch.h.
#include "sys/signal_watch.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct signal_watch {
    struct cancel *cancel;
    int signal_fd;
    int stop_fd;
    pthread_t thread;
};

static void *watch_signals(void *argument)
{
    struct signal_watch *watch = argument;
    struct pollfd fds[] = {{.fd = watch->signal_fd, .events = POLLIN},
                           {.fd = watch->stop_fd, .events = POLLIN}};
    while (!fds[1].revents) {
        struct signalfd_siginfo info;
        if (poll(fds, 2, -1) > 0 && fds[0].revents &&
            read(watch->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
            cancel_fire(watch->cancel);
    }
    return NULL;
}

struct signal_watch *signal_watch_new(struct cancel *cancel)
{
    struct signal_watch *watch = mem_new(struct signal_watch);
    watch->cancel = cancel;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    watch->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
    watch->stop_fd = eventfd(0, EFD_CLOEXEC);
    assert(watch->signal_fd >= 0 && watch->stop_fd >= 0);
    int rc = pthread_create(&watch->thread, NULL, watch_signals, watch);
    assert(rc == 0);
    return watch;
}

void signal_watch_free(struct signal_watch *watch)
{
    if (!watch)
        return;
    ssize_t written = write(watch->stop_fd, &(uint64_t){1}, sizeof(uint64_t));
    assert(written == sizeof(uint64_t));
    (void)pthread_join(watch->thread, NULL);
    (void)close(watch->signal_fd);
    (void)close(watch->stop_fd);
    free(watch);
}
