// SPDX-License-Identifier: GPL-3.0-or-later
// records.c — see records.h.
#include "history/records.h"

#include <string.h>

static enum status store(struct db *db, const struct benchmark *b, struct error *err)
{
    const struct record *r = &b->record;
    struct buffer body BUFFER_AUTO;
    struct statement *s AUTO(statement_free) = NULL;
    enum status status = db_prepare(
        db,
        "INSERT INTO records (job, type, ended_at_ms, device, cold, total_s, body)"
        " VALUES (:job, :type, :ended, :device, :cold, :total, :body)"
        " ON CONFLICT (job, ended_at_ms) DO NOTHING",
        &s, err);
    if (status != OK)
        return status;
    buffer_init(&body, BENCHMARK_MAX_TEXT);
    benchmark_write(b, &body);
    bind_text(s, ":job", b->job);
    bind_text(s, ":type", export_info(r->type)->name);
    bind_int(s, ":ended", r->at_ms);
    bind_text(s, ":device", r->features.device);
    if (r->features.has_cold)
        bind_int(s, ":cold", r->features.cold);
    bind_number(s, ":total", r->total_s);
    bind_text(s, ":body", buffer_string(&body));
    return statement_run(s, err);
}

static enum status refuse(struct db *db, const struct benchmark *b, enum record_flaw flaw,
                          struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    enum status status = db_prepare(db,
                                    "INSERT INTO refusals VALUES (:reason, 1, :at)"
                                    " ON CONFLICT DO UPDATE SET count = count + 1,"
                                    " last_at_ms = excluded.last_at_ms",
                                    &s, err);
    if (status != OK)
        return status;
    bind_text(s, ":reason", record_flaw_name(flaw));
    bind_int(s, ":at", b->record.at_ms);
    return statement_run(s, err);
}

enum status records_add(struct db *db, const struct benchmark *b, enum record_flaw *ret_flaw,
                        struct error *err)
{
    *ret_flaw = record_flaw(&b->record);
    return *ret_flaw == RECORD_SOUND ? store(db, b, err) : refuse(db, b, *ret_flaw, err);
}

enum status records_each(struct db *db, int64_t after,
                         void (*fn)(void *context, int64_t id, const struct benchmark *b),
                         void *context, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    bool row = true;
    enum status status = db_prepare(
        db, "SELECT id, body FROM records WHERE id > :after ORDER BY id", &s, err);
    if (status != OK)
        return status;
    bind_int(s, ":after", after);
    while ((status = statement_step(s, &row, err)) == OK && row) {
        struct benchmark b;
        const char *body = column_text(s, "body");
        if (benchmark_parse(body, strlen(body), &b, NULL) == OK)
            fn(context, column_int(s, "id"), &b);
    }
    return status;
}

enum status records_count(struct db *db, uint64_t *ret_n, int64_t *ret_last_ms, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    bool row = false;
    enum status status = db_prepare(
        db, "SELECT count(*) AS n, max(ended_at_ms) AS last FROM records", &s, err);
    if (status == OK)
        status = statement_step(s, &row, err);
    if (status != OK)
        return status;
    *ret_n = (uint64_t)column_int(s, "n");
    *ret_last_ms = column_int(s, "last");
    return OK;
}

enum status records_refused(struct db *db, uint64_t ret[static RECORD_FLAW_COUNT],
                            struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    bool row = true;
    memset(ret, 0, RECORD_FLAW_COUNT * sizeof(ret[0]));
    enum status status = db_prepare(db, "SELECT reason, count FROM refusals", &s, err);
    while (status == OK && (status = statement_step(s, &row, err)) == OK && row) {
        for (int i = 0; i < RECORD_FLAW_COUNT; i++) {
            if (strcmp(record_flaw_name((enum record_flaw)i), column_text(s, "reason")) == 0)
                ret[i] = (uint64_t)column_int(s, "count");
        }
    }
    return status;
}
