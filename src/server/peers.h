// SPDX-License-Identifier: GPL-3.0-or-later
// peers.h — how many connections each address has open. Threads: one, the server's loop.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/memory.h"

struct peers;

struct peer {
    struct peer *next;
    uint8_t address[16]; // IPv6, or IPv4 mapped into it
    int64_t open;
};

struct peers *peers_new(void);
void peers_free(struct peers *p);
AUTO_DEFINE(struct peers, peers_free)

// One connection more from that address (an IPv6 client is its /64 network), unless it has `limit`
// already: then NULL. Valid until peers_leave().
struct peer *peers_enter(struct peers *p, const struct sockaddr *address, int64_t limit);
// One less. NULL is allowed.
void peers_leave(struct peers *p, struct peer *peer);
