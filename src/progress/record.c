// SPDX-License-Identifier: GPL-3.0-or-later
// record.c — see record.h.
#include "progress/record.h"

#include <assert.h>
#include <math.h>

static const double longest_s = 1e7; // four months
static const double slack = 1.05;
static const double slack_s = 0.5; // two clocks, two processes

static bool is_time(double seconds)
{
    return seconds >= 0 && seconds <= longest_s; // false for NaN
}

static bool is_sane(const struct record *r)
{
    int present = 0;
    double limit_s = r->total_s * slack + slack_s;
    if (!is_time(r->total_s) || r->total_s <= 0)
        return false;
    for (int k = 0; k < PHASE_COUNT; k++) {
        const struct record_phase *p = &r->phases[k];
        if (!p->present)
            continue;
        present++;
        if (!is_time(p->busy_s) || !is_time(p->wall_s) || p->wall_s > limit_s ||
            p->busy_s > limit_s)
            return false;
    }
    return present > 0;
}

enum record_flaw record_flaw(const struct record *record)
{
    if (!record->by_worker)
        return RECORD_NOT_WORKERS;
    if (record->simulated)
        return RECORD_SIMULATED;
    if (record->outcome != OUTCOME_COMPLETE)
        return RECORD_INCOMPLETE;
    if (record->censored)
        return RECORD_CENSORED;
    return is_sane(record) ? RECORD_SOUND : RECORD_NONSENSE;
}

const char *record_flaw_name(enum record_flaw flaw)
{
    static const char *const names[] = {
        [RECORD_SOUND] = "",
        [RECORD_NOT_WORKERS] = "not stamped by the worker",
        [RECORD_SIMULATED] = "of a simulated bar",
        [RECORD_CENSORED] = "with phases missing or cut short",
        [RECORD_INCOMPLETE] = "of a job that did not complete",
        [RECORD_NONSENSE] = "with times that cannot be",
    };
    _Static_assert(sizeof(names) / sizeof(names[0]) == RECORD_FLAW_COUNT, "a name for each flaw");
    assert((unsigned)flaw < RECORD_FLAW_COUNT);
    return names[flaw];
}

double record_own_s(const struct record *record, enum phase k)
{
    const struct record_phase *p = &record->phases[k];
    if (!p->present)
        return 0;
    bool silent = phase_info(k)->unit == UNIT_NONE;
    return p->busy_s > 0 && !silent ? p->busy_s : p->wall_s;
}
