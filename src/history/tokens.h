// SPDX-License-Identifier: GPL-3.0-or-later
// tokens.h — the bearer tokens of a server: whose they are, and the SHA-256 of each.
//
// The token itself is never stored: who reads the database learns nobody's token.
// Errors: those of db.h.
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "history/db.h"
#include "job/object_key.h"

enum { TOKEN_HASH_BYTES = 32, TOKEN_MAX_NOTE = 80 };

struct token_row {
    int64_t id; // for people to name it by
    char user[USER_NAME_MAX + 1];
    char note[TOKEN_MAX_NOTE + 1]; // what it is for; "" when not told
    int64_t created_ms;            // since 1970
    uint8_t hash[TOKEN_HASH_BYTES];
};

// Stores row's user, note, created_ms and hash; *ret_id is its new id. A user may have several.
// ERR_INVALID: no name of a user.
MUST_USE enum status tokens_add(struct db *db, const struct token_row *row, int64_t *ret_id,
                                struct error *err);
// ERR_NOT_FOUND: there is none of that id.
MUST_USE enum status tokens_remove(struct db *db, int64_t id, struct error *err);
// Calls fn with each, the oldest first. fn must not change the database.
MUST_USE enum status tokens_each(struct db *db,
                                 void (*fn)(void *context, const struct token_row *row),
                                 void *context, struct error *err);
