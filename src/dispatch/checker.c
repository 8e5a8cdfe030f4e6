// SPDX-License-Identifier: GPL-3.0-or-later
// checker.c — see checker.h. Two lists under one lock: what is asked, what is answered.
#include "dispatch/checker.h"

#include <pthread.h>

#include "storage/object.h"
#include "storage/sink.h"
#include "sys/clock.h"

struct entry {
    struct check check; // first member: the owner's pointer
    struct entry *next;
};

struct list {
    struct entry *first, **last;
};

struct checker {
    struct storage *storage;
    int64_t patience_ns;
    void (*wake)(void *context);
    void *context;
    struct cancel *stop;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    // -- protected by lock
    struct list asked, answered;
    bool closing;
};

static void list_init(struct list *list)
{
    list->first = NULL;
    list->last = &list->first;
}

static void list_add(struct list *list, struct entry *entry)
{
    entry->next = NULL;
    *list->last = entry;
    list->last = &entry->next;
}

static struct entry *list_take(struct list *list)
{
    struct entry *entry = list->first;
    if (entry)
        list->first = entry->next;
    if (!list->first)
        list->last = &list->first;
    return entry;
}

void check_free(struct check *check)
{
    if (!check)
        return;
    free(check->where);
    free(check);
}

static void look(struct checker *checker, struct check *check)
{
    static const int64_t day_s = 86400;
    struct error *err = &check->verdict;
    int64_t deadline_ns = clock_now_ns() + checker->patience_ns;
    uint64_t bytes = 0;
    size_t strays = 0;
    *err = (struct error){0};
    if (check->sweep)
        (void)!object_abort_uploads(checker->storage, check->where, day_s, checker->stop, &strays,
                                    err);
    else if (object_size(checker->storage, check->where, deadline_ns, checker->stop, &bytes, err) !=
             OK)
        (void)error_wrap(err, "the worker said it was done, but");
    else if (bytes != check->bytes)
        (void)error_set(err, ERR_WORKER, "the worker wrote %llu bytes to %s, but there are %llu",
                        (unsigned long long)check->bytes, check->where, (unsigned long long)bytes);
}

// The next question; NULL when there will be none.
static struct entry *next(struct checker *checker)
{
    (void)pthread_mutex_lock(&checker->lock);
    while (!checker->closing && !checker->asked.first)
        (void)pthread_cond_wait(&checker->changed, &checker->lock);
    struct entry *entry = checker->closing ? NULL : list_take(&checker->asked);
    (void)pthread_mutex_unlock(&checker->lock);
    return entry;
}

static void *answer(void *argument)
{
    struct checker *checker = argument;
    for (struct entry *entry; (entry = next(checker));) {
        look(checker, &entry->check);
        (void)pthread_mutex_lock(&checker->lock);
        list_add(&checker->answered, entry);
        (void)pthread_mutex_unlock(&checker->lock);
        checker->wake(checker->context);
    }
    return NULL;
}

struct checker *checker_new(struct storage *storage, int64_t patience_ns,
                            void (*wake)(void *context), void *context)
{
    struct checker *checker = mem_new(struct checker);
    checker->storage = storage;
    checker->patience_ns = patience_ns;
    checker->stop = cancel_new();
    checker->wake = wake;
    checker->context = context;
    list_init(&checker->asked);
    list_init(&checker->answered);
    (void)pthread_mutex_init(&checker->lock, NULL);
    (void)pthread_cond_init(&checker->changed, NULL);
    if (pthread_create(&checker->thread, NULL, answer, checker) != 0)
        abort();
    return checker;
}

void checker_free(struct checker *checker)
{
    if (!checker)
        return;
    (void)pthread_mutex_lock(&checker->lock);
    checker->closing = true;
    (void)pthread_cond_signal(&checker->changed);
    (void)pthread_mutex_unlock(&checker->lock);
    cancel_fire(checker->stop);
    (void)pthread_join(checker->thread, NULL);
    for (struct entry *entry; (entry = list_take(&checker->asked));)
        check_free(&entry->check);
    for (struct entry *entry; (entry = list_take(&checker->answered));)
        check_free(&entry->check);
    (void)pthread_cond_destroy(&checker->changed);
    (void)pthread_mutex_destroy(&checker->lock);
    cancel_free(checker->stop);
    free(checker);
}

void checker_ask(struct checker *checker, struct check *check)
{
    struct entry *entry = mem_new(struct entry);
    entry->check = *check;
    check->where = NULL;
    (void)pthread_mutex_lock(&checker->lock);
    list_add(&checker->asked, entry);
    (void)pthread_cond_signal(&checker->changed);
    (void)pthread_mutex_unlock(&checker->lock);
}

struct check *checker_take(struct checker *checker)
{
    (void)pthread_mutex_lock(&checker->lock);
    struct entry *entry = list_take(&checker->answered);
    (void)pthread_mutex_unlock(&checker->lock);
    return entry ? &entry->check : NULL;
}
