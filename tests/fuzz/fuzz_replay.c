// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_replay.c — any bytes as recorded jobs, replayed and cut: whatever a worker says, the bar
// stays between 0 and 1, never falls, and its times left are in order.
#include "fuzz.h"

#include <assert.h>

#include "job/relay.h"

enum { LONGEST_S = 60 }; // of its own time; longer ones are left to others

struct seen {
    double last;
};

static void on_sample(void *context, int64_t t_ns, const struct snapshot *now,
                      const struct features *known)
{
    struct seen *seen = context;
    (void)known;
    assert(t_ns >= 0 && now->fraction >= seen->last && now->fraction <= 1);
    assert(now->speed >= 0 && now->units_per_second >= 0);
    assert(!now->has_eta || (now->eta_low_ns >= 0 && now->eta_low_ns <= now->eta_ns &&
                             now->eta_ns <= now->eta_high_ns));
    seen->last = now->fraction;
}

static void replay(const struct trace *trace)
{
    struct seen seen = {0};
    struct benchmark record;
    struct relay relay;
    const struct replay_options options = {
        .every_ns = REPLAY_STEP_NS, .idle_s = -1, .on_sample = on_sample, .context = &seen};
    if (trace_last_ns(trace) > LONGEST_S * INT64_C(1000000000))
        return;
    enum status status = replay_run(trace, &options, &record, NULL);
    assert(status == OK);
    if (!trace->ended)
        return;
    status = relay_look(trace, NULL, -1, 0.5, &relay, NULL);
    assert(status == OK && relay.known && relay.falls == 0 && relay.lost == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trace_reader reader;
    struct trace trace;
    bool found = true;
    trace_reader_init(&reader, (const char *)data, size);
    while (found) {
        if (trace_next(&reader, &trace, &found, NULL) != OK)
            found = false;
        if (found)
            replay(&trace);
        trace_done(&trace);
    }
    return 0;
}
