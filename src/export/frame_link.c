// SPDX-License-Identifier: GPL-3.0-or-later
// frame_link.c — two queues: full frames one way, empty ones back. See frame_link.h.
#include "export/frame_link.h"

struct frame_link {
    int capacity;
    struct queue *full, *empty;
    struct frame frames[];
};

struct frame_link *frame_link_new(int capacity, struct cancel *cancel)
{
    size_t frames = (size_t)capacity * sizeof(struct frame);
    struct frame_link *link = mem_zeroed(1, sizeof(struct frame_link) + frames);
    link->capacity = capacity;
    link->full = queue_new((size_t)capacity, NULL, cancel);
    link->empty = queue_new((size_t)capacity, NULL, cancel);
    for (int i = 0; i < capacity; i++)
        frame_link_return(link, &link->frames[i]);
    return link;
}

void frame_link_free(struct frame_link *link)
{
    if (!link)
        return;
    queue_free(link->full);
    queue_free(link->empty);
    for (int i = 0; i < link->capacity; i++)
        image_done(&link->frames[i].image);
    free(link);
}

static bool pop(struct queue *q, struct frame **ret)
{
    void *item = NULL;
    if (!queue_pop(q, &item))
        return false;
    *ret = item;
    return true;
}

bool frame_link_take(struct frame_link *link, struct frame **ret)
{
    return pop(link->empty, ret);
}

bool frame_link_send(struct frame_link *link, struct frame *frame)
{
    return queue_push(link->full, frame);
}

void frame_link_close(struct frame_link *link)
{
    queue_close(link->full);
}

bool frame_link_receive(struct frame_link *link, struct frame **ret)
{
    return pop(link->full, ret);
}

void frame_link_return(struct frame_link *link, struct frame *frame)
{
    // Never waits: there are as many places as frames. Refused only once cancelled.
    bool taken = queue_push(link->empty, frame);
    (void)taken;
}
