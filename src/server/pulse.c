// SPDX-License-Identifier: GPL-3.0-or-later
// pulse.c — see pulse.h.
#include "server/pulse.h"

#include <sys/resource.h>

#include "sys/clock.h"
#include "sys/log.h"

#define MS_NS INT64_C(1000000)
#define MINUTE_NS (60000 * MS_NS)

static struct pulse_use used(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_THREAD, &usage);
    return (struct pulse_use){
        .cpu_ns = clock_thread_cpu_ns(),
        .waits = usage.ru_nvcsw,
        .interrupts = usage.ru_nivcsw,
    };
}

void pulse_turn_begin(struct pulse *p)
{
    p->at_turn = used();
}

void pulse_turn_end(struct pulse *p)
{
    const struct pulse_use now = used();
    int64_t work_ns = now.cpu_ns - p->at_turn.cpu_ns;
    int64_t waits = now.waits - p->at_turn.waits - 1;
    if (work_ns > p->stats.longest_work_ns)
        p->stats.longest_work_ns = work_ns;
    p->stats.waits += waits > 0 ? (uint64_t)waits : 0;
}

static void note_late(const struct pulse *p, const struct pulse_use *now, int64_t late_ns)
{
    log_line(LOG_INFO,
             "the loop was %lld ms late: since its last beat it worked for %lld ms, waited %lld "
             "times and was interrupted %lld times",
             (long long)(late_ns / MS_NS), (long long)((now->cpu_ns - p->at_beat.cpu_ns) / MS_NS),
             (long long)(now->waits - p->at_beat.waits),
             (long long)(now->interrupts - p->at_beat.interrupts));
}

void pulse_beat(struct pulse *p, int64_t now_ns, int64_t pause_ns)
{
    const struct pulse_use now = used();
    int64_t late_ns = p->due_ns && now_ns > p->due_ns ? now_ns - p->due_ns : 0;
    if (now_ns > p->until_ns) {
        p->until_ns = now_ns + MINUTE_NS;
        p->stats.latest_ns = p->stats.longest_work_ns = 0;
    }
    if (late_ns > p->stats.latest_ns)
        p->stats.latest_ns = late_ns;
    if (late_ns > PULSE_LATE_MS * MS_NS) {
        p->stats.late++;
        note_late(p, &now, late_ns);
    }
    p->at_beat = now;
    p->due_ns = now_ns + pause_ns;
}
