// SPDX-License-Identifier: GPL-3.0-or-later
#include "sys/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "test.h"

static int *number(int value)
{
    int *n = mem_new(int);
    *n = value;
    return n;
}

// The next item's value; -1 when the queue answers false.
static int next(struct queue *q)
{
    void *item = NULL;
    if (!queue_pop(q, &item))
        return -1;
    int value = *(int *)item;
    free(item);
    return value;
}

static void items_come_out_in_order(void **state)
{
    (void)state;
    struct queue *q AUTO(queue_free) = queue_new(3, free, NULL);
    int pushed = 0;
    int popped = 0;
    for (int round = 0; round < 50; round++) { // round and round the ring
        for (int i = 0; i < 1 + round % 3; i++)
            assert_true(queue_push(q, number(pushed++)));
        assert_int_equal(queue_length(q), 1 + round % 3);
        while (queue_length(q) > 0)
            assert_int_equal(next(q), popped++);
    }
}

static void a_closed_queue_drains_and_takes_nothing_more(void **state)
{
    (void)state;
    struct queue *q AUTO(queue_free) = queue_new(4, free, NULL);
    assert_true(queue_push(q, number(1)));
    assert_true(queue_push(q, number(2)));
    queue_close(q);
    queue_close(q);
    int *late AUTO(mem_free) = number(3);
    assert_false(queue_push(q, late));
    assert_int_equal(next(q), 1);
    assert_int_equal(next(q), 2);
    assert_int_equal(next(q), -1);
}

static void a_cancelled_queue_stops_at_once(void **state)
{
    (void)state;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct queue *q AUTO(queue_free) = queue_new(4, free, cancel);
    assert_true(queue_push(q, number(1)));
    cancel_fire(cancel);
    int *late AUTO(mem_free) = number(2);
    assert_false(queue_push(q, late));
    assert_int_equal(next(q), -1);
    assert_int_equal(queue_length(q), 1); // the item in it is released with the queue
}

static void a_queue_made_after_the_cancel_is_cancelled(void **state)
{
    (void)state;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    cancel_fire(cancel);
    struct queue *q AUTO(queue_free) = queue_new(1, NULL, cancel);
    assert_int_equal(next(q), -1);
}

static int released;

static void release(void *item)
{
    released++;
    free(item);
}

static void what_is_left_is_released(void **state)
{
    (void)state;
    released = 0;
    struct queue *q = queue_new(3, release, NULL);
    for (int i = 0; i < 3; i++)
        assert_true(queue_push(q, number(i)));
    assert_int_equal(next(q), 0);
    assert_true(queue_push(q, number(3))); // wraps around
    queue_free(q);
    assert_int_equal(released, 3);
    queue_free(NULL);
}

// ---- threads ----

static void *pop_one(void *q)
{
    void *item = NULL;
    return queue_pop(q, &item) ? item : NULL;
}

static void *push_one(void *q)
{
    static int item;
    return queue_push(q, &item) ? q : NULL;
}

// Starts `work` on the queue, lets `wake` run beside it, and gives what work returned. The
// thread may or may not have reached its wait by then: both must end.
static void *beside(void *(*work)(void *), struct queue *q, void (*wake)(void *), void *argument)
{
    pthread_t thread;
    void *result = NULL;
    assert_int_equal(pthread_create(&thread, NULL, work, q), 0);
    wake(argument);
    assert_int_equal(pthread_join(thread, &result), 0);
    return result;
}

static void fire(void *cancel)
{
    cancel_fire(cancel);
}

static void close_queue(void *q)
{
    queue_close(q);
}

static void drain_one(void *q)
{
    void *item = NULL;
    assert_true(queue_pop(q, &item));
}

static void fill_one(void *q)
{
    assert_non_null(push_one(q));
}

static void whoever_waits_is_woken(void **state)
{
    (void)state;
    static int item;
    for (int round = 0; round < 200; round++) {
        struct cancel *cancel AUTO(cancel_free) = cancel_new();
        struct queue *empty AUTO(queue_free) = queue_new(1, NULL, cancel);
        struct queue *full AUTO(queue_free) = queue_new(1, NULL, cancel);
        assert_true(queue_push(full, &item));
        assert_non_null(beside(pop_one, empty, fill_one, empty));
        assert_non_null(beside(push_one, full, drain_one, full));
        if (round % 2) {
            assert_null(beside(pop_one, empty, fire, cancel));
            assert_null(beside(push_one, full, fire, cancel));
        } else {
            assert_null(beside(pop_one, empty, close_queue, empty));
            assert_null(beside(push_one, full, close_queue, full));
        }
    }
}

enum { PRODUCERS = 3, CONSUMERS = 3, EACH = 2000 };

struct traffic {
    struct queue *q;
    atomic_int sum, count;
};

static void *produce(void *context)
{
    struct traffic *t = context;
    for (int i = 1; i <= EACH; i++) {
        if (!queue_push(t->q, number(i)))
            return NULL;
    }
    return t;
}

static void *consume(void *context)
{
    struct traffic *t = context;
    for (int value = 0; (value = next(t->q)) >= 0;) {
        atomic_fetch_add(&t->sum, value);
        atomic_fetch_add(&t->count, 1);
    }
    return t;
}

static void many_threads_lose_and_double_nothing(void **state)
{
    (void)state;
    struct queue *q AUTO(queue_free) = queue_new(5, free, NULL);
    struct traffic traffic = {.q = q};
    pthread_t producers[PRODUCERS];
    pthread_t consumers[CONSUMERS];
    for (int i = 0; i < PRODUCERS; i++)
        assert_int_equal(pthread_create(&producers[i], NULL, produce, &traffic), 0);
    for (int i = 0; i < CONSUMERS; i++)
        assert_int_equal(pthread_create(&consumers[i], NULL, consume, &traffic), 0);
    for (int i = 0; i < PRODUCERS; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(producers[i], &result), 0);
        assert_non_null(result);
    }
    queue_close(q);
    for (int i = 0; i < CONSUMERS; i++)
        assert_int_equal(pthread_join(consumers[i], NULL), 0);
    assert_int_equal(traffic.count, PRODUCERS * EACH);
    assert_int_equal(traffic.sum, PRODUCERS * (EACH * (EACH + 1) / 2));
}

int main(void)
{
    (void)alarm(60); // a lost wake-up ends the program instead of hanging it
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_order),
        cmocka_unit_test(a_closed_queue_drains_and_takes_nothing_more),
        cmocka_unit_test(a_cancelled_queue_stops_at_once),
        cmocka_unit_test(a_queue_made_after_the_cancel_is_cancelled),
        cmocka_unit_test(what_is_left_is_released),
        cmocka_unit_test(whoever_waits_is_woken),
        cmocka_unit_test(many_threads_lose_and_double_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
