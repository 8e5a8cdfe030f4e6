// SPDX-License-Identifier: GPL-3.0-or-later
// frame_link.h — a bounded line of frames between two stages, in memory that goes round.
//
// The link owns `capacity` frames. The producer takes an empty one, fills it and sends it;
// the consumer receives it and gives it back. Images keep their memory as they go round, so
// a film of any length needs the memory of `capacity` frames.
// Threads: one producer, one consumer.
#pragma once

#include <stdint.h>

#include "base/image.h"
#include "sys/queue.h"

struct frame {
    struct image image;
    uint64_t number;  // among the distinct source frames of its clip, from 0
    uint32_t repeats; // how many output frames show it, at least 1
    size_t clip;      // of several, from 0
    uint64_t at;      // the first output frame that shows it
    bool enlarge;     // the network has work to do on it
};

struct frame_link;

// `cancel` outlives the link.
struct frame_link *frame_link_new(int capacity, struct cancel *cancel);
void frame_link_free(struct frame_link *link);
AUTO_DEFINE(struct frame_link, frame_link_free)

// Waits for an empty frame; false when cancelled.
MUST_USE bool frame_link_take(struct frame_link *link, struct frame **ret);
MUST_USE bool frame_link_send(struct frame_link *link, struct frame *frame);
// No more frames will be sent.
void frame_link_close(struct frame_link *link);
// Waits for a frame; false at the end or when cancelled.
MUST_USE bool frame_link_receive(struct frame_link *link, struct frame **ret);
void frame_link_return(struct frame_link *link, struct frame *frame);
