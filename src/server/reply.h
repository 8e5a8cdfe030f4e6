// SPDX-License-Identifier: GPL-3.0-or-later
// reply.h — the answer to a request: code, head and body, before it goes to the transport. Pure.
//
// Ownership: a reply owns its buffers. Threads: one owner at a time; a reply may be made on one
// thread and sent by another.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

enum { REPLY_MAX_BODY = 8 * 1024 * 1024, REPLY_MAX_HEAD = 4096 };

struct reply {
    int code;
    const char *type;     // of the body; NULL: there is none
    bool has_length;      // the body comes from elsewhere and is that long; else it is in `body`
    uint64_t length;      // meaningless unless has_length
    bool is_endless;      // the body has no length: it ends with the connection
    struct buffer fields; // further lines of the head, each with its line end
    struct buffer body;
};

void reply_init(struct reply *r);
void reply_done(struct reply *r);

// Adds a line to the head. `value` must not come from a client unchecked: a line end in it asserts.
void reply_field(struct reply *r, const char *name, const char *value);
// The body is JSON; write it into r->body.
void reply_json(struct reply *r, int code);
// {"error":{"code","text","field"?}} with the HTTP code of the status, or 429 for a limit that
// holds now and not later (it is retryable); what the body had is gone.
void reply_error(struct reply *r, const struct error *err);
// The same with another HTTP code.
void reply_error_code(struct reply *r, int code, const struct error *err);

// Appends status line and head; `wall_s` since 1970 becomes the Date. Each answer ends its
// connection, and says so.
void reply_head(const struct reply *r, int64_t wall_s, struct buffer *out);
