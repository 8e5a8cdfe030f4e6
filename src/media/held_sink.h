// SPDX-License-Identifier: GPL-3.0-or-later
// held_sink.h — a byte sink that keeps the beginning back until it is complete.
//
// The first bytes of an MP4 are its index, which is written last and corrected then. Held in
// memory, they reach the real sink once, in one piece.
// Threads: one owner. Ownership: the real sink is borrowed.
#pragma once

#include "base/byte_io.h"
#include "base/memory.h"

struct held_sink {
    struct byte_sink sink; // hand this to the writer
    struct byte_sink *inner;
    uint8_t *head;
    size_t capacity; // bytes that are held back
    size_t size;     // of these, up to the furthest written
};

// Holds back the first `capacity` bytes. ERR_MEMORY.
MUST_USE enum status held_sink_init(struct held_sink *held, struct byte_sink *inner,
                                    size_t capacity, struct error *err);
void held_sink_done(struct held_sink *held);
// Writes the beginning; nothing may be written afterwards.
MUST_USE enum status held_sink_release(struct held_sink *held, struct error *err);
