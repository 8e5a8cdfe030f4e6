// SPDX-License-Identifier: GPL-3.0-or-later
// cancel.c — see cancel.h.
//
// Wakers are called under the cancel's own lock: that is what lets cancel_remove() promise
// that wake() is not running any more. A wake function therefore only signals a condition
// of its own and calls nothing here.
#include "sys/cancel.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct cancel {
    atomic_bool fired;
    int fd;
    pthread_mutex_t lock;
    struct cancel_waker *wakers; // -- protected by lock
};

struct cancel *cancel_new(void)
{
    struct cancel *cancel = mem_new(struct cancel);
    atomic_init(&cancel->fired, false);
    cancel->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert(cancel->fd >= 0);
    (void)pthread_mutex_init(&cancel->lock, NULL);
    return cancel;
}

void cancel_free(struct cancel *cancel)
{
    if (!cancel)
        return;
    assert(!cancel->wakers);
    (void)close(cancel->fd);
    (void)pthread_mutex_destroy(&cancel->lock);
    free(cancel);
}

void cancel_fire(struct cancel *cancel)
{
    (void)pthread_mutex_lock(&cancel->lock);
    if (!atomic_exchange(&cancel->fired, true)) {
        ssize_t written = write(cancel->fd, &(uint64_t){1}, sizeof(uint64_t));
        assert(written == sizeof(uint64_t));
        for (struct cancel_waker *waker = cancel->wakers; waker; waker = waker->next)
            waker->wake(waker);
    }
    (void)pthread_mutex_unlock(&cancel->lock);
}

bool cancel_fired(const struct cancel *cancel)
{
    return cancel && atomic_load_explicit(&cancel->fired, memory_order_acquire);
}

enum status cancel_check(const struct cancel *cancel, struct error *err)
{
    if (!cancel_fired(cancel))
        return OK;
    return error_set(err, ERR_CANCELLED, "cancelled");
}

int cancel_fd(const struct cancel *cancel)
{
    return cancel->fd;
}

void cancel_add(struct cancel *cancel, struct cancel_waker *waker)
{
    (void)pthread_mutex_lock(&cancel->lock);
    waker->next = cancel->wakers;
    cancel->wakers = waker;
    if (cancel_fired(cancel))
        waker->wake(waker);
    (void)pthread_mutex_unlock(&cancel->lock);
}

void cancel_remove(struct cancel *cancel, struct cancel_waker *waker)
{
    (void)pthread_mutex_lock(&cancel->lock);
    struct cancel_waker **slot = &cancel->wakers;
    while (*slot && *slot != waker)
        slot = &(*slot)->next;
    assert(*slot);
    *slot = waker->next;
    (void)pthread_mutex_unlock(&cancel->lock);
}
