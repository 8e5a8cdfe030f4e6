// SPDX-License-Identifier: GPL-3.0-or-later
// mailbox.c — see mailbox.h. A list for the order, and buckets to find a job's letter.
#include "server/mailbox.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "base/text.h"

enum { BUCKETS = 512 };

struct slot {
    struct letter letter; // first member: a letter is taken out of its slot
    struct slot *same_bucket;
};

struct mailbox {
    pthread_mutex_t lock;
    // -- protected by lock
    struct letter *first;
    struct letter **end; // where the next one is hung
    struct slot *buckets[BUCKETS];
};

struct mailbox *mailbox_new(void)
{
    struct mailbox *m = mem_new(struct mailbox);
    (void)pthread_mutex_init(&m->lock, NULL);
    m->end = &m->first;
    return m;
}

void mailbox_free(struct mailbox *m)
{
    if (!m)
        return;
    for (struct letter *l = mailbox_take(m), *next; l; l = next) {
        next = l->next;
        free(l);
    }
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
}

// FNV-1a.
static unsigned bucket_of(const char *job)
{
    uint32_t hash = 2166136261U;
    for (const unsigned char *p = (const unsigned char *)job; *p; p++)
        hash = (hash ^ *p) * 16777619U;
    return hash % BUCKETS;
}

// The slot of a job, made when it has none. -- lock is held
static struct slot *slot_of(struct mailbox *m, const char *job)
{
    struct slot **bucket = &m->buckets[bucket_of(job)];
    for (struct slot *s = *bucket; s; s = s->same_bucket) {
        if (strcmp(s->letter.snapshot.job, job) == 0)
            return s;
    }
    struct slot *s = mem_new(struct slot);
    s->same_bucket = *bucket;
    *bucket = s;
    *m->end = &s->letter;
    m->end = &s->letter.next;
    return s;
}

bool mailbox_put(struct mailbox *m, const char *user, const struct job_snapshot *snapshot)
{
    (void)pthread_mutex_lock(&m->lock);
    bool was_empty = !m->first;
    struct slot *s = slot_of(m, snapshot->job);
    bool whole = text_copy(s->letter.user, sizeof(s->letter.user), user);
    assert(whole); // names of users are checked where they come in
    s->letter.snapshot = *snapshot;
    (void)pthread_mutex_unlock(&m->lock);
    return was_empty;
}

struct letter *mailbox_take(struct mailbox *m)
{
    (void)pthread_mutex_lock(&m->lock);
    struct letter *first = m->first;
    m->first = NULL;
    m->end = &m->first;
    if (first)
        memset((void *)m->buckets, 0, sizeof(m->buckets));
    (void)pthread_mutex_unlock(&m->lock);
    return first;
}
