// SPDX-License-Identifier: GPL-3.0-or-later
// tokens.c — see tokens.h.
#include "history/tokens.h"

#include <string.h>

#include "base/text.h"

enum status tokens_add(struct db *db, const struct token_row *row, int64_t *ret_id,
                       struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    if (user_name_check(row->user, err) != OK)
        return ERR_INVALID;
    enum status status = db_prepare(db,
                                    "INSERT INTO tokens (user, note, created_ms, hash)"
                                    " VALUES (:user, :note, :created_ms, :hash)",
                                    &s, err);
    if (status != OK)
        return status;
    bind_text(s, ":user", row->user);
    bind_text(s, ":note", row->note);
    bind_int(s, ":created_ms", row->created_ms);
    bind_blob(s, ":hash", row->hash, sizeof(row->hash));
    status = statement_run(s, err);
    *ret_id = db_last_id(db);
    return status;
}

enum status tokens_remove(struct db *db, int64_t id, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    enum status status = db_prepare(db, "DELETE FROM tokens WHERE id = :id", &s, err);
    if (status != OK)
        return status;
    bind_int(s, ":id", id);
    status = statement_run(s, err);
    if (status == OK && db_changes(db) == 0)
        status = error_set(err, ERR_NOT_FOUND, "there is no token %lld", (long long)id);
    return status;
}

static void read_row(const struct statement *s, struct token_row *row)
{
    size_t n = 0;
    const void *hash = column_blob(s, "hash", &n);
    *row = (struct token_row){.id = column_int(s, "id"), .created_ms = column_int(s, "created_ms")};
    (void)text_copy(row->user, sizeof(row->user), column_text(s, "user"));
    (void)text_copy(row->note, sizeof(row->note), column_text(s, "note"));
    if (n == sizeof(row->hash)) // the table holds no other length
        memcpy(row->hash, hash, n);
}

enum status tokens_each(struct db *db, void (*fn)(void *context, const struct token_row *row),
                        void *context, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    bool has_row = false;
    enum status status = db_prepare(
        db, "SELECT id, user, note, created_ms, hash FROM tokens ORDER BY id", &s, err);
    while (status == OK && (status = statement_step(s, &has_row, err)) == OK && has_row) {
        struct token_row row;
        read_row(s, &row);
        fn(context, &row);
    }
    return status;
}
