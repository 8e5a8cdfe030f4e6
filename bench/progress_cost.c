// SPDX-License-Identifier: GPL-3.0-or-later
// progress_cost — what one event and one snapshot of the tracker cost, what learning costs, and
// memory.
//
// Usage: progress_cost. One job of 2000 frames, all phases running; prints microseconds.
#include <stdio.h>

#include "progress/model.h"
#include "progress/tracker.h"
#include "sys/clock.h"

enum { FRAMES = 2000, ROUNDS = 20 };

static void begin(struct tracker *t)
{
    static const struct features nothing;
    static const enum phase phases[] = {PHASE_DOWNLOAD, PHASE_UPSCALE, PHASE_ENCODE, PHASE_UPLOAD};
    struct prior prior;
    struct plan plan = {0};
    prior_shipped(EXPORT_FRAMING_AI, &prior);
    tracker_init(t, EXPORT_FRAMING_AI, &prior, &nothing, 0);
    for (int i = 0; i < 4; i++)
        plan.phases[phases[i]] = (struct plan_phase){
            .present = true, .has_total = true, .total_units = FRAMES};
    tracker_plan(t, &plan, 0);
}

static int64_t report_all(struct tracker *t, int frame, int64_t now_ns)
{
    static const enum phase phases[] = {PHASE_DOWNLOAD, PHASE_UPSCALE, PHASE_ENCODE, PHASE_UPLOAD};
    int64_t before_ns = clock_now_ns();
    for (int i = 0; i < 4; i++) {
        struct report r = {.phase = phases[i], .done_units = (uint64_t)(frame + 4 - i)};
        tracker_report(t, &r, now_ns + i);
    }
    return clock_now_ns() - before_ns;
}

// Microseconds to learn one finished job, and to make a prior of what was learnt.
static void cost_of_learning(double *ret_learn_us, double *ret_prior_us)
{
    enum { JOBS = 200 };
    static struct model model; // too large for a small stack
    struct record r = {.type = EXPORT_FRAMING_AI, .total_s = 60, .by_worker = true};
    struct prior prior;
    model_init(&model);
    for (int k = PHASE_STARTUP; k < PHASE_COUNT; k++)
        r.phases[k] = (struct record_phase){.present = true, .wall_s = 5 + k, .units = 100};
    int64_t before_ns = clock_now_ns();
    for (int i = 0; i < JOBS; i++)
        (void)model_learn(&model, &r);
    int64_t between_ns = clock_now_ns();
    for (int i = 0; i < JOBS; i++)
        model_prior(&model, r.type, &r.features, &prior);
    *ret_learn_us = (double)(between_ns - before_ns) * 1e-3 / JOBS;
    *ret_prior_us = (double)(clock_now_ns() - between_ns) * 1e-3 / JOBS;
}

int main(void)
{
    double learn_us, prior_us;
    int64_t event_ns = 0;
    int64_t snapshot_ns = 0;
    double sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct tracker t;
        begin(&t);
        for (int i = 0; i < FRAMES; i++) {
            struct snapshot s;
            int64_t now_ns = (int64_t)i * 100000000;
            event_ns += report_all(&t, i, now_ns);
            int64_t before_ns = clock_now_ns();
            tracker_snapshot(&t, now_ns + 50000000, &s);
            snapshot_ns += clock_now_ns() - before_ns;
            sum += s.fraction;
        }
    }
    double n = (double)ROUNDS * FRAMES;
    printf("event %.2f us, snapshot %.1f us, tracker %zu bytes, snapshot %zu bytes (mean %.3f)\n",
           (double)event_ns * 1e-3 / (4 * n), (double)snapshot_ns * 1e-3 / n,
           sizeof(struct tracker), sizeof(struct snapshot), sum / n);
    cost_of_learning(&learn_us, &prior_us);
    printf("a job learnt %.0f us, a prior made %.0f us, model %zu bytes\n", learn_us, prior_us,
           sizeof(struct model));
    return 0;
}
