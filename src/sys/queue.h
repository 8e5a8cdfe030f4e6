// SPDX-License-Identifier: GPL-3.0-or-later
// queue.h — a bounded first-in first-out of owned pointers between two stages.
//
// queue_push() waits while the queue is full, queue_pop() while it is empty; both return at
// once when the cancel fires. The producer closes the queue when nothing more will come;
// pop then drains what is left and answers false.
// Ownership: push hands the item over on success only; pop hands it to the caller. Items
// left when the queue is freed are released with the function given to queue_new().
// Threads: any number of producers and consumers.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sys/cancel.h"

struct queue;

// At most `capacity` (≥ 1) items. `release` frees one item (NULL: items need no release).
// `cancel` may be NULL and must outlive the queue.
struct queue *queue_new(size_t capacity, void (*release)(void *item), struct cancel *cancel);
void queue_free(struct queue *q);
AUTO_DEFINE(struct queue, queue_free)

// False when cancelled or closed: the item still belongs to the caller.
MUST_USE bool queue_push(struct queue *q, void *item);
// False when cancelled, or closed and empty.
MUST_USE bool queue_pop(struct queue *q, void **ret_item);
// Nothing more will be pushed. Idempotent.
void queue_close(struct queue *q);
// How many items wait now (for reports only).
size_t queue_length(struct queue *q);
