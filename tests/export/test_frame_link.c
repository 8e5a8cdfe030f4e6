// SPDX-License-Identifier: GPL-3.0-or-later
#include "export/frame_link.h"

#include <pthread.h>
#include <unistd.h>

#include "test.h"

enum { CAPACITY = 3 };

static void the_memory_of_a_frame_goes_round(void **state)
{
    (void)state;
    struct error err;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct frame_link *link AUTO(frame_link_free) = frame_link_new(CAPACITY, cancel);
    const float *seen[CAPACITY];
    for (int i = 0; i < 10 * CAPACITY; i++) {
        struct frame *frame = NULL;
        assert_true(frame_link_take(link, &frame));
        assert_int_equal(image_resize(&frame->image, 32, 32, &err), OK);
        if (i < CAPACITY)
            seen[i] = frame->image.data;
        assert_ptr_equal(frame->image.data, seen[i % CAPACITY]);
        frame->number = (uint64_t)i;
        assert_true(frame_link_send(link, frame));
        struct frame *got = NULL;
        assert_true(frame_link_receive(link, &got));
        assert_int_equal(got->number, i);
        frame_link_return(link, got);
    }
}

static void frames_come_in_order_and_what_was_sent_comes_before_the_end(void **state)
{
    (void)state;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct frame_link *link AUTO(frame_link_free) = frame_link_new(CAPACITY, cancel);
    struct frame *frame = NULL;
    for (int i = 0; i < CAPACITY; i++) {
        assert_true(frame_link_take(link, &frame));
        frame->number = (uint64_t)i;
        assert_true(frame_link_send(link, frame));
    }
    frame_link_close(link);
    for (int i = 0; i < CAPACITY; i++) {
        assert_true(frame_link_receive(link, &frame));
        assert_int_equal(frame->number, i);
        frame_link_return(link, frame);
    }
    assert_false(frame_link_receive(link, &frame));
}

// What waits for something that never comes, in a thread of its own.
struct waiter {
    struct frame_link *link;
    bool (*wait)(struct frame_link *link, struct frame **ret);
    bool answer;
};

static void *wait_in_thread(void *argument)
{
    struct waiter *waiter = argument;
    struct frame *frame = NULL;
    waiter->answer = waiter->wait(waiter->link, &frame);
    return NULL;
}

static void a_cancel_wakes_whoever_waits_and_loses_no_frame(void **state)
{
    (void)state;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct frame_link *link AUTO(frame_link_free) = frame_link_new(1, cancel);
    struct frame *frame = NULL;
    assert_true(frame_link_take(link, &frame));
    struct waiter waiters[] = {{link, frame_link_take, true}, {link, frame_link_receive, true}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_in_thread, &waiters[i]), 0);
    cancel_fire(cancel);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_false(waiters[i].answer);
    }
    assert_false(frame_link_send(link, frame));
    frame_link_return(link, frame); // does not wait either
}

int main(void)
{
    (void)alarm(60);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_memory_of_a_frame_goes_round),
        cmocka_unit_test(frames_come_in_order_and_what_was_sent_comes_before_the_end),
        cmocka_unit_test(a_cancel_wakes_whoever_waits_and_loses_no_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
