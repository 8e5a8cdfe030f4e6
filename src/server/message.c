// SPDX-License-Identifier: GPL-3.0-or-later
// message.c — see message.h.
#include "server/message.h"

#include <assert.h>
#include <string.h>

struct message *message_new(const char *bytes, size_t n)
{
    struct message *m = mem_zeroed(1, sizeof(*m) + MESSAGE_ROOM + n + 1);
    m->references = 1;
    m->size = n;
    memcpy(message_bytes(m), bytes, n);
    return m;
}

struct message *message_ref(struct message *m)
{
    if (m)
        m->references++;
    return m;
}

void message_unref(struct message *m)
{
    if (!m)
        return;
    assert(m->references > 0);
    if (--m->references == 0)
        free(m);
}
