// SPDX-License-Identifier: GPL-3.0-or-later
// history.c — see history.h.
#include "history/history.h"

#include "history/db.h"
#include "history/models.h"
#include "history/records.h"

enum status history_load(const char *path, int64_t now_ms, struct model *ret,
                         struct features *known, struct error *err)
{
    struct db *db AUTO(db_free) = NULL;
    uint64_t records = 0;
    int64_t last_ms = 0;
    enum status status = db_open(&(struct db_options){.path = path}, &db, err);
    if (status == OK)
        status = models_load(db, ret, err);
    if (status == OK)
        status = records_count(db, &records, &last_ms, err);
    if (status != OK)
        return status;
    known->has_idle = records > 0 && now_ms >= last_ms;
    known->idle_s = known->has_idle ? (double)(now_ms - last_ms) / 1000 : 0;
    return OK;
}

enum status history_learn(const char *path, const struct benchmark *b, enum record_flaw *ret_flaw,
                          struct error *err)
{
    struct db *db AUTO(db_free) = NULL;
    enum status status = db_open(&(struct db_options){.path = path}, &db, err);
    if (status == OK)
        status = records_add(db, b, ret_flaw, err);
    if (status != OK || *ret_flaw != RECORD_SOUND)
        return status;
    struct model *model = mem_new(struct model);
    status = models_update(db, b->record.at_ms, model, err);
    free(model);
    return status;
}
