// SPDX-License-Identifier: GPL-3.0-or-later
// listen.h — the sockets that the server listens on: made from an address, or handed over by
// systemd.
//
// Threads: none of its own; blocks for the lookup of a name.
#pragma once

#include <stdbool.h>

#include "base/error.h"

enum { LISTEN_MAX = 8, LISTEN_NAME = 128 };

struct listen_set {
    int fds[LISTEN_MAX];
    int count;
    bool is_wide;           // at least one can be reached from other machines
    char name[LISTEN_NAME]; // of the first: "127.0.0.1:8080", "[::1]:8080", or "unix"
};

// Takes the sockets that systemd hands over ($LISTEN_FDS), if there are any; else opens those of
// `address`, "HOST:PORT" or "[V6]:PORT", port 0 meaning one that is free. ERR_INVALID: not of that
// form; ERR_UNAVAILABLE: the name is not known, or the address is taken.
MUST_USE enum status listen_open(const char *address, struct listen_set *ret, struct error *err);
void listen_close(struct listen_set *set);
