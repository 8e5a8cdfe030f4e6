// SPDX-License-Identifier: GPL-3.0-or-later
// job_record.c — see job_record.h.
#include "job/job_record.h"

#include <string.h>

#include "base/text.h"
#include "progress/tracker.h"

// Of the phases that the worker times its own word counts.
static void take_timings(const struct record_phase timings[PHASE_COUNT], struct record *r)
{
    for (int k = PHASE_DOWNLOAD; k < PHASE_FINALIZE; k++) {
        const struct record_phase heard = r->phases[k];
        r->phases[k] = timings[k];
        memcpy(r->phases[k].pace_s, heard.pace_s, sizeof(heard.pace_s));
        r->phases[k].lag = heard.lag;
        r->phases[k].ahead = heard.ahead;
        r->by_worker = r->by_worker || r->phases[k].present;
    }
}

void job_record(const struct job_end *end, struct benchmark *ret)
{
    *ret = (struct benchmark){.has_estimate = end->estimated_s > 0,
                              .estimated_s = end->estimated_s};
    struct record *r = &ret->record;
    tracker_record(end->tracker, r);
    r->total_s = end->total_s;
    r->at_ms = end->at_ms;
    r->features.has_bytes_out = true;
    r->features.bytes_out = end->result->bytes;
    take_timings(end->result->timings, r);
    (void)text_copy(ret->job, sizeof(ret->job), end->last->job);
}
