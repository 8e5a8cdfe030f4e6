// SPDX-License-Identifier: GPL-3.0-or-later
// queue.c — a ring under one lock with two conditions; see queue.h.
#include "sys/queue.h"

#include <assert.h>
#include <pthread.h>

struct queue {
    struct cancel_waker waker; // first member: queue_of() relies on it
    struct cancel *cancel;
    void (*release)(void *item);
    size_t capacity;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    // -- protected by lock
    size_t head, length;
    bool closed, cancelled;
    void *items[];
};

static void wake_all(struct cancel_waker *waker)
{
    struct queue *q = (struct queue *)waker;
    (void)pthread_mutex_lock(&q->lock);
    q->cancelled = true;
    (void)pthread_cond_broadcast(&q->changed);
    (void)pthread_mutex_unlock(&q->lock);
}

struct queue *queue_new(size_t capacity, void (*release)(void *item), struct cancel *cancel)
{
    assert(capacity >= 1);
    struct queue *q = mem_zeroed(1, sizeof(struct queue) + capacity * sizeof(void *));
    q->waker.wake = wake_all;
    q->cancel = cancel;
    q->release = release;
    q->capacity = capacity;
    (void)pthread_mutex_init(&q->lock, NULL);
    (void)pthread_cond_init(&q->changed, NULL);
    if (cancel)
        cancel_add(cancel, &q->waker);
    return q;
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    if (q->cancel)
        cancel_remove(q->cancel, &q->waker);
    for (size_t i = 0; q->release && i < q->length; i++)
        q->release(q->items[(q->head + i) % q->capacity]);
    (void)pthread_cond_destroy(&q->changed);
    (void)pthread_mutex_destroy(&q->lock);
    free(q);
}

bool queue_push(struct queue *q, void *item)
{
    (void)pthread_mutex_lock(&q->lock);
    while (q->length == q->capacity && !q->closed && !q->cancelled)
        (void)pthread_cond_wait(&q->changed, &q->lock);
    bool taken = !q->closed && !q->cancelled;
    if (taken) {
        q->items[(q->head + q->length) % q->capacity] = item;
        q->length++;
        (void)pthread_cond_broadcast(&q->changed);
    }
    (void)pthread_mutex_unlock(&q->lock);
    return taken;
}

bool queue_pop(struct queue *q, void **ret_item)
{
    (void)pthread_mutex_lock(&q->lock);
    while (q->length == 0 && !q->closed && !q->cancelled)
        (void)pthread_cond_wait(&q->changed, &q->lock);
    bool given = q->length > 0 && !q->cancelled;
    if (given) {
        *ret_item = q->items[q->head];
        q->head = (q->head + 1) % q->capacity;
        q->length--;
        (void)pthread_cond_broadcast(&q->changed);
    }
    (void)pthread_mutex_unlock(&q->lock);
    return given;
}

void queue_close(struct queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    q->closed = true;
    (void)pthread_cond_broadcast(&q->changed);
    (void)pthread_mutex_unlock(&q->lock);
}

size_t queue_length(struct queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    size_t length = q->length;
    (void)pthread_mutex_unlock(&q->lock);
    return length;
}
