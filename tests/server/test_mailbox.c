// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/mailbox.h"

#include <pthread.h>
#include <stdio.h>

#include "test.h"

static struct job_snapshot *snapshot(const char *job, uint64_t seq)
{
    struct job_snapshot *s = mem_new(struct job_snapshot);
    (void)snprintf(s->job, sizeof(s->job), "%s", job);
    s->seq = seq;
    return s;
}

static bool put(struct mailbox *m, const char *job, uint64_t seq)
{
    struct job_snapshot *s AUTO(mem_free) = snapshot(job, seq);
    return mailbox_put(m, "anna", s);
}

static void only_the_newest_of_a_job_waits(void **state)
{
    (void)state;
    struct mailbox *m AUTO(mailbox_free) = mailbox_new();
    assert_true(put(m, "a", 1)); // whoever puts the first wakes the reader
    assert_false(put(m, "b", 1));
    assert_false(put(m, "a", 2));
    struct letter *first = mailbox_take(m);
    assert_string_equal(first->snapshot.job, "a");
    assert_int_equal(first->snapshot.seq, 2);
    assert_string_equal(first->user, "anna");
    assert_string_equal(first->next->snapshot.job, "b");
    assert_null(first->next->next);
    free(first->next);
    free(first);
    assert_null(mailbox_take(m));
    assert_true(put(m, "a", 3));
}

enum { ROUNDS = 2000, JOBS = 7 };

static void *writer(void *argument)
{
    for (int i = 1; i <= ROUNDS; i++) {
        char job[8];
        (void)snprintf(job, sizeof(job), "j%d", i % JOBS);
        (void)put(argument, job, (uint64_t)i);
    }
    return NULL;
}

static void what_a_thread_puts_the_other_gets_in_order_and_the_last_for_certain(void **state)
{
    (void)state;
    struct mailbox *m AUTO(mailbox_free) = mailbox_new();
    pthread_t thread;
    uint64_t newest[JOBS] = {0};
    assert_int_equal(pthread_create(&thread, NULL, writer, m), 0);
    for (bool done = false; !done;) {
        done = true;
        for (struct letter *l = mailbox_take(m), *next; l; l = next) {
            next = l->next;
            uint64_t *last = &newest[l->snapshot.job[1] - '0'];
            assert_true(l->snapshot.seq > *last);
            *last = l->snapshot.seq;
            free(l);
        }
        for (int j = 0; j < JOBS; j++)
            done &= newest[j] > ROUNDS - JOBS;
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_newest_of_a_job_waits),
        cmocka_unit_test(what_a_thread_puts_the_other_gets_in_order_and_the_last_for_certain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
