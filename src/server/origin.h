// SPDX-License-Identifier: GPL-3.0-or-later
// origin.h — may a request with this Host and this Origin be answered? Pure.
//
// A server on loopback can be reached by every page that its user's browser shows. Two checks keep
// such pages out. Host: a page whose own name was made to resolve to 127.0.0.1 (DNS rebinding)
// still sends that name, so only names that are ours are answered, and bare addresses, which
// nobody can rebind. Origin: browsers say which page a WebSocket or a form comes from; it must be
// the one that we served.
#pragma once

#include <stdbool.h>

#include "base/error.h"

// `names` is a comma-separated list of host names (without port) that the server answers to beside
// "localhost" and addresses; NULL or "": none. `host` is the request's Host header, `origin` its
// Origin header; NULL when it has none. ERR_PERMISSION says which header was wrong.
MUST_USE enum status origin_check(const char *names, const char *host, const char *origin,
                                  struct error *err);
