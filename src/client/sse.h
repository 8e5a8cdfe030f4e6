// SPDX-License-Identifier: GPL-3.0-or-later
// sse.h — server-sent events out of a stream of bytes (WHATWG HTML, 9.2.6, as far as it is used
// here).
//
// Takes the data of each event; ids and names are not looked at, comments are signs of life and no
// more. An event longer than `max` bytes is dropped whole. Pure. Threads: one owner.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct sse {
    // Called with the data of each event, its lines joined by '\n'. False: no more of it.
    bool (*on_data)(void *context, const char *data, size_t n);
    void *context;

    // -- private
    struct buffer line, data;
    bool after_cr; // a '\n' that comes next belongs to the '\r' before it
};

void sse_init(struct sse *sse, size_t max,
              bool (*on_data)(void *context, const char *data, size_t n), void *context);
void sse_done(struct sse *sse);
// A new connection: what was begun is forgotten.
void sse_restart(struct sse *sse);
// Bytes as they come, in any split. False once on_data() said so.
bool sse_bytes(struct sse *sse, const char *bytes, size_t n);
