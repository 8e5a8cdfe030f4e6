// SPDX-License-Identifier: GPL-3.0-or-later
// models.c — see models.h.
#include "history/models.h"

#include "history/records.h"

static const char name[] = "phase times"; // the one model there is

struct fold {
    struct model *model;
    int64_t last_id;
};

static void learn(void *context, int64_t id, const struct benchmark *b)
{
    struct fold *fold = context;
    (void)model_learn(fold->model, &b->record);
    fold->last_id = id;
}

// What was kept, or nothing yet.
static enum status restore(struct db *db, struct fold *fold, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    bool row = false;
    size_t size = 0;
    fold->last_id = 0;
    model_init(fold->model);
    enum status status = db_prepare(
        db, "SELECT last_record, body FROM models WHERE name = :name AND version = :version", &s,
        err);
    if (status != OK)
        return status;
    bind_text(s, ":name", name);
    bind_int(s, ":version", MODEL_VERSION);
    status = statement_step(s, &row, err);
    if (status != OK || !row)
        return status;
    const void *body = column_blob(s, "body", &size);
    if (model_load(fold->model, body, size))
        fold->last_id = column_int(s, "last_record");
    return OK;
}

static enum status keep(struct db *db, const struct fold *fold, int64_t now_ms, struct error *err)
{
    struct statement *s AUTO(statement_free) = NULL;
    enum status status = db_prepare(
        db, "INSERT OR REPLACE INTO models VALUES (:name, :version, :now, :records, :last, :body)",
        &s, err);
    if (status != OK)
        return status;
    bind_text(s, ":name", name);
    bind_int(s, ":version", MODEL_VERSION);
    bind_int(s, ":now", now_ms);
    bind_int(s, ":records", fold->model->records);
    bind_int(s, ":last", fold->last_id);
    bind_blob(s, ":body", fold->model, sizeof(*fold->model));
    return statement_run(s, err);
}

static enum status catch_up(struct db *db, struct fold *fold, struct error *err)
{
    enum status status = restore(db, fold, err);
    return status == OK ? records_each(db, fold->last_id, learn, fold, err) : status;
}

enum status models_load(struct db *db, struct model *ret, struct error *err)
{
    struct fold fold = {.model = ret};
    return catch_up(db, &fold, err);
}

enum status models_update(struct db *db, int64_t now_ms, struct model *ret, struct error *err)
{
    struct fold fold = {.model = ret};
    struct transaction t TRANSACTION_AUTO;
    enum status status = transaction_begin(&t, db, err);
    if (status == OK)
        status = catch_up(db, &fold, err);
    if (status == OK)
        status = keep(db, &fold, now_ms, err);
    return status == OK ? transaction_commit(&t, err) : status;
}
