// SPDX-License-Identifier: GPL-3.0-or-later
// message.h — bytes to send, rendered once and shared by everybody they go to.
//
// Counted references; the bytes never change. MESSAGE_ROOM bytes in front of them belong to the
// transport, which writes the head of its frame there: the same one for each viewer.
// Threads: one, the server's loop.
#pragma once

#include <stddef.h>

#include "base/memory.h"

enum { MESSAGE_ROOM = 16 };

struct message {
    int references;
    size_t size;
    char storage[]; // MESSAGE_ROOM bytes, then `size` bytes, then a NUL
};

// Copies n bytes; one reference, the caller's.
struct message *message_new(const char *bytes, size_t n);
// The same message, for one more holder. NULL gives NULL.
struct message *message_ref(struct message *m);
// NULL is allowed.
void message_unref(struct message *m);
AUTO_DEFINE(struct message, message_unref)

static inline char *message_bytes(struct message *m)
{
    return m->storage + MESSAGE_ROOM;
}
