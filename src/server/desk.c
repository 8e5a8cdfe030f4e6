// SPDX-License-Identifier: GPL-3.0-or-later
// desk.c — see desk.h. Two lists under one lock: what waits for a thread, what waits for the loop.
#include "server/desk.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct task_list {
    struct task *first;
    struct task **end;
};

struct desk {
    void (*wake)(void *context);
    void *context;
    pthread_t *threads;
    int thread_count;
    pthread_mutex_t lock;
    pthread_cond_t handed_over;
    // -- protected by lock
    struct task_list waiting;
    struct task_list ready;
    bool closing;
};

static void append(struct task_list *list, struct task *task)
{
    task->next = NULL;
    *list->end = task;
    list->end = &task->next;
}

static struct task *take_first(struct task_list *list)
{
    struct task *task = list->first;
    if (!task)
        return NULL;
    list->first = task->next;
    if (!list->first)
        list->end = &list->first;
    return task;
}

// The next task to work on, or NULL when the desk closes and nothing is left.
static struct task *next_task(struct desk *desk)
{
    (void)pthread_mutex_lock(&desk->lock);
    while (!desk->waiting.first && !desk->closing)
        (void)pthread_cond_wait(&desk->handed_over, &desk->lock);
    struct task *task = take_first(&desk->waiting);
    (void)pthread_mutex_unlock(&desk->lock);
    return task;
}

static void *work(void *argument)
{
    struct desk *desk = argument;
    for (struct task *task; (task = next_task(desk));) {
        task->work(task);
        desk_post(desk, task);
    }
    return NULL;
}

struct desk *desk_new(int threads, void (*wake)(void *context), void *context)
{
    struct desk *desk = mem_new(struct desk);
    desk->wake = wake;
    desk->context = context;
    desk->waiting.end = &desk->waiting.first;
    desk->ready.end = &desk->ready.first;
    (void)pthread_mutex_init(&desk->lock, NULL);
    (void)pthread_cond_init(&desk->handed_over, NULL);
    desk->threads = mem_zeroed((size_t)threads, sizeof(*desk->threads));
    for (; desk->thread_count < threads; desk->thread_count++) {
        int rc = pthread_create(&desk->threads[desk->thread_count], NULL, work, desk);
        assert(rc == 0);
    }
    return desk;
}

static struct task *take_ready(struct desk *desk)
{
    (void)pthread_mutex_lock(&desk->lock);
    struct task *task = take_first(&desk->ready);
    (void)pthread_mutex_unlock(&desk->lock);
    return task;
}

void desk_finish(struct desk *desk)
{
    for (struct task *task; (task = take_ready(desk));)
        task->finish(task);
}

void desk_stop(struct desk *desk)
{
    (void)pthread_mutex_lock(&desk->lock);
    desk->closing = true;
    (void)pthread_cond_broadcast(&desk->handed_over);
    (void)pthread_mutex_unlock(&desk->lock);
    for (; desk->thread_count > 0; desk->thread_count--)
        (void)pthread_join(desk->threads[desk->thread_count - 1], NULL);
}

void desk_free(struct desk *desk)
{
    if (!desk)
        return;
    desk_stop(desk);
    // Finishing may hand over more, which is then done here.
    desk_finish(desk);
    for (struct task *task; (task = take_first(&desk->waiting));) {
        task->work(task);
        append(&desk->ready, task);
        desk_finish(desk);
    }
    (void)pthread_cond_destroy(&desk->handed_over);
    (void)pthread_mutex_destroy(&desk->lock);
    free(desk->threads);
    free(desk);
}

void desk_do(struct desk *desk, struct task *task)
{
    (void)pthread_mutex_lock(&desk->lock);
    append(&desk->waiting, task);
    (void)pthread_cond_signal(&desk->handed_over);
    (void)pthread_mutex_unlock(&desk->lock);
}

void desk_post(struct desk *desk, struct task *task)
{
    (void)pthread_mutex_lock(&desk->lock);
    bool was_empty = !desk->ready.first;
    append(&desk->ready, task);
    (void)pthread_mutex_unlock(&desk->lock);
    if (was_empty)
        desk->wake(desk->context);
}
