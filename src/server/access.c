// SPDX-License-Identifier: GPL-3.0-or-later
// access.c — see access.h. A ticket is "user.expiry.signature".
#include "server/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"

void token_new(char ret_text[static TOKEN_TEXT], uint8_t ret_hash[static SECRET_BYTES])
{
    uint8_t secret[SECRET_BYTES];
    char hex[SECRET_TEXT];
    secret_random(secret, sizeof(secret));
    secret_text(secret, hex);
    (void)snprintf(ret_text, TOKEN_TEXT, "%s%s", TOKEN_PREFIX, hex);
    secret_digest(ret_text, strlen(ret_text), ret_hash);
}

void access_init(struct access *a, bool required)
{
    *a = (struct access){.required = required};
    secret_random(a->ticket_key, sizeof(a->ticket_key));
}

void access_done(struct access *a)
{
    free(a->book.entries);
    *a = (struct access){0};
}

void access_replace(struct access *a, struct token_book *book)
{
    free(a->book.entries);
    a->book = *book;
    *book = (struct token_book){0};
}

bool access_in_use(const struct access *a)
{
    return a->required || a->book.count > 0;
}

const char *access_bearer(const char *authorization)
{
    static const char scheme[] = "Bearer ";
    if (!authorization || strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return NULL;
    const char *token = authorization + sizeof(scheme) - 1;
    return token + strspn(token, " ");
}

static enum status refuse(struct error *err)
{
    return error_set(err, ERR_PERMISSION,
                     "Authorization: expected Bearer and a token that is in use");
}

enum status access_token(const struct access *a, const char *token,
                         char ret_user[static USER_NAME_MAX + 1], struct error *err)
{
    uint8_t hash[SECRET_BYTES];
    const struct token_entry *found = NULL;
    secret_digest(token, strlen(token), hash);
    for (size_t i = 0; i < a->book.count; i++) {
        if (secret_equal(hash, a->book.entries[i].hash))
            found = &a->book.entries[i];
    }
    if (!found)
        return refuse(err);
    (void)text_copy(ret_user, USER_NAME_MAX + 1, found->user);
    return OK;
}

static void sign(const struct access *a, const char *user, int64_t expiry_s,
                 uint8_t ret[static SECRET_BYTES])
{
    char text[USER_NAME_MAX + 32];
    (void)snprintf(text, sizeof(text), "%s.%lld", user, (long long)expiry_s);
    secret_keyed(a->ticket_key, text, ret);
}

void access_make_ticket(const struct access *a, const char *user, int64_t now_s,
                        char ret[static TICKET_TEXT])
{
    uint8_t signature[SECRET_BYTES];
    char hex[SECRET_TEXT];
    int64_t expiry_s = now_s + TICKET_S;
    sign(a, user, expiry_s, signature);
    secret_text(signature, hex);
    (void)snprintf(ret, TICKET_TEXT, "%s.%lld.%s", user, (long long)expiry_s, hex);
}

enum status access_ticket(const struct access *a, const char *ticket, int64_t now_s,
                          char ret_user[static USER_NAME_MAX + 1], struct error *err)
{
    uint8_t said[SECRET_BYTES];
    uint8_t right[SECRET_BYTES];
    size_t n = strcspn(ticket, ".");
    const char *expiry = ticket + n + (ticket[n] == '.');
    char *end = NULL;
    long long expiry_s = strtoll(expiry, &end, 10);
    if (n > USER_NAME_MAX || *end != '.' || !secret_from_text(end + 1, said))
        return error_set(err, ERR_PERMISSION, "ticket: expected one from POST /api/tickets");
    memcpy(ret_user, ticket, n);
    ret_user[n] = '\0';
    sign(a, ret_user, expiry_s, right);
    if (!secret_equal(said, right) || user_name_check(ret_user, NULL) != OK)
        return error_set(err, ERR_PERMISSION, "ticket: expected one from POST /api/tickets");
    if (now_s > expiry_s)
        return error_set(err, ERR_PERMISSION, "ticket: it has expired; ask for a new one");
    return OK;
}
