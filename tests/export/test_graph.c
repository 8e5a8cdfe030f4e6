// SPDX-License-Identifier: GPL-3.0-or-later
#include "export/graph.h"

#include <pthread.h>

#include "export/frame_link.h"
#include "test.h"

// ---- stages to build small graphs from ----

struct line {
    struct frame_link *link;
    int frames;  // the producer sends so many
    int fail_at; // the consumer fails at this frame; -1: never
    uint64_t received;
    struct cancel *fire; // the consumer fires this at its first frame
};

static enum status produce(void *context, struct error *err)
{
    struct line *line = context;
    for (int i = 0; i < line->frames; i++) {
        struct frame *frame = NULL;
        if (!frame_link_take(line->link, &frame))
            return error_set(err, ERR_CANCELLED, "the producer was cancelled");
        frame->number = (uint64_t)i;
        if (!frame_link_send(line->link, frame))
            return error_set(err, ERR_CANCELLED, "the producer was cancelled");
    }
    frame_link_close(line->link);
    return OK;
}

static enum status consume(void *context, struct error *err)
{
    struct line *line = context;
    struct frame *frame = NULL;
    while (frame_link_receive(line->link, &frame)) {
        if (line->fail_at == (int)line->received)
            return error_set(err, ERR_MEDIA, "frame %d is broken", line->fail_at);
        if (line->fire)
            cancel_fire(line->fire);
        assert_int_equal(frame->number, line->received);
        line->received++;
        frame_link_return(line->link, frame);
    }
    return OK;
}

static enum status run_line(struct line *line, struct cancel *cancel, struct error *err)
{
    line->link = frame_link_new(2, cancel);
    const struct stage stages[] = {{"produce", produce, line}, {"consume", consume, line}};
    enum status status = graph_run(stages, 2, cancel, err);
    frame_link_free(line->link);
    return status;
}

// ---- tests ----

static void frames_arrive_in_order_and_the_memory_goes_round(void **state)
{
    (void)state;
    struct error err;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct line line = {.frames = 500, .fail_at = -1};
    assert_int_equal(run_line(&line, cancel, &err), OK);
    assert_int_equal(line.received, 500);
}

static void the_first_failure_ends_all_stages_and_is_what_is_told(void **state)
{
    (void)state;
    struct error err = {0};
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct line line = {.frames = 1 << 30, .fail_at = 7};
    assert_int_equal(run_line(&line, cancel, &err), ERR_MEDIA);
    assert_string_equal(err.text, "frame 7 is broken");
    assert_true(cancel_fired(cancel));
}

static void a_cancel_from_outside_ends_it_as_cancelled(void **state)
{
    (void)state;
    struct error err = {0};
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    struct line line = {.frames = 1 << 30, .fail_at = -1, .fire = cancel};
    assert_int_equal(run_line(&line, cancel, &err), ERR_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_arrive_in_order_and_the_memory_goes_round),
        cmocka_unit_test(the_first_failure_ends_all_stages_and_is_what_is_told),
        cmocka_unit_test(a_cancel_from_outside_ends_it_as_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
