// SPDX-License-Identifier: GPL-3.0-or-later
// drift_news.c — see drift_news.h.
#include "job/drift_news.h"

#include <stdio.h>

#include "base/text.h"

bool drift_news(const struct model *model, const struct record *newest, struct drift *ret)
{
    struct drift drift;
    uint32_t records = 0;
    if (!model_drift(model, newest->type, &drift) || drift.at_ms != newest->at_ms)
        return false;
    for (int i = 0; i < MODEL_DEVICES; i++)
        records += model->types[newest->type].leaves[i].records;
    if (records < DRIFT_SETTLED + drift.jobs)
        return false;
    *ret = drift;
    return true;
}

void drift_text(const struct drift *d, char dst[static DRIFT_TEXT])
{
    char moment[TEXT_TIME];
    (void)snprintf(dst, DRIFT_TEXT,
                   "since %s %s takes %.2f times as long as before%s%s; noticed after %u run%s",
                   text_time(moment, d->since_ms), phase_info(d->phase)->name, d->factor,
                   d->device[0] ? " on " : "", d->device, (unsigned)d->jobs,
                   d->jobs == 1 ? "" : "s");
}
