// SPDX-License-Identifier: GPL-3.0-or-later
// learned_weights.c — see learned_weights.h.
#include "history/learned_weights.h"

#include "history/records.h"
#include "job/shares.h"

struct sums {
    struct shares shares[EXPORT_TYPE_COUNT];
    int64_t at_ms;
};

static void add(void *context, int64_t id, const struct benchmark *b)
{
    struct sums *sums = context;
    double share[PHASE_COUNT];
    (void)id;
    if (!shares_of(&b->record, share))
        return;
    shares_add(&sums->shares[b->record.type], share);
    sums->at_ms = b->record.at_ms > sums->at_ms ? b->record.at_ms : sums->at_ms;
}

enum status learned_weights(struct db *db, struct weights_file *ret, struct error *err)
{
    struct sums sums = {0};
    *ret = (struct weights_file){0};
    enum status status = records_each(db, 0, add, &sums, err);
    if (status != OK)
        return status;
    ret->at_ms = sums.at_ms;
    for (int type = 0; type < EXPORT_TYPE_COUNT; type++) {
        if (export_info((enum export_type)type)->phase_count == 0)
            continue;
        ret->samples[type] = sums.shares[type].records;
        shares_weights(&sums.shares[type], (enum export_type)type, &ret->set);
    }
    return OK;
}
