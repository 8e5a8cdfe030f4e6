// SPDX-License-Identifier: GPL-3.0-or-later
// access.h — who asks: bearer tokens, and tickets for browsers.
//
// A token is a long random text that a user keeps. Only its SHA-256 is stored (history/tokens.h); a
// fast hash is right for it, because nobody can guess 256 random bits. The server holds all hashes
// in a book that is read anew every second, so a token that is added or removed counts at once.
// A browser cannot put a token into the head of a WebSocket or an EventSource, and a token in an
// address would end up in logs and histories; for those a ticket is made: user and time of expiry,
// signed with a key that lives only in this process.
// Threads: one, the server's loop. Comparisons take the same time whatever they find.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "job/object_key.h"
#include "server/secret.h"

#define TOKEN_PREFIX "hw_" // so that a token is known as one where it should not be
#define LOCAL_USER "local" // whoever asks where no tokens are in use
enum {
    TOKEN_TEXT = 3 + SECRET_TEXT, // with the NUL
    TICKET_TEXT = 160,            // with the NUL
    TICKET_S = 60,
};

struct token_entry {
    uint8_t hash[SECRET_BYTES];
    char user[USER_NAME_MAX + 1];
};

// Every token in use.
struct token_book {
    struct token_entry *entries;
    size_t count;
};

struct access {
    bool required; // even while there is no token
    struct token_book book;
    uint8_t ticket_key[SECRET_BYTES];
};

// A new random token, for people; and what is stored of it.
void token_new(char ret_text[static TOKEN_TEXT], uint8_t ret_hash[static SECRET_BYTES]);

void access_init(struct access *a, bool required);
void access_done(struct access *a);
// Takes the entries over.
void access_replace(struct access *a, struct token_book *book);
// Are tokens in use?
bool access_in_use(const struct access *a);

// The token of an Authorization header ("Bearer …"), or NULL when it is none of that kind.
const char *access_bearer(const char *authorization);

// Whose token it is. ERR_PERMISSION, without saying more, when it is nobody's.
MUST_USE enum status access_token(const struct access *a, const char *token,
                                  char ret_user[static USER_NAME_MAX + 1], struct error *err);
// A ticket of that user, until TICKET_S after now_s.
void access_make_ticket(const struct access *a, const char *user, int64_t now_s,
                        char ret[static TICKET_TEXT]);
MUST_USE enum status access_ticket(const struct access *a, const char *ticket, int64_t now_s,
                                   char ret_user[static USER_NAME_MAX + 1], struct error *err);
