// SPDX-License-Identifier: GPL-3.0-or-later
// bench_progress.c — see bench_progress.h. To the tracker it is an export with one phase, whose
// plan counts milliseconds.
#include "cli/bench_progress.h"

#include <math.h>
#include <stdio.h>

#include "progress/message.h"

static const double sigma = 0.5;    // of ln of the total: as sure as a fresh model is
static const double restless = 0.2; // the next step goes at a speed of its own

void bench_progress_begin(struct bench_progress *p, double total_s, int64_t now_ns)
{
    struct prior prior = {.present = 1u << PHASE_PROCESS, .restless = (float)restless};
    struct plan plan = {0};
    *p = (struct bench_progress){.total_s = fmax(total_s, 1e-3)};
    prior.typical[REG_ONE] = 1;
    prior.beta[PHASE_PROCESS][REG_ONE] = (float)log(p->total_s);
    prior.sigma[PHASE_PROCESS] = (float)sigma;
    plan.phases[PHASE_PROCESS] = (struct plan_phase){
        .present = true, .has_total = true, .total_units = (uint64_t)(1000 * p->total_s) + 1};
    tracker_init(&p->tracker, EXPORT_OVERLAY, &prior, &(struct features){0}, now_ns);
    tracker_hello(&p->tracker, &(struct features){0}, now_ns);
    tracker_plan(&p->tracker, &plan, now_ns);
    tracker_begin(&p->tracker, PHASE_PROCESS, now_ns);
    bar_init(&p->bar, 2);
}

void bench_progress_step(struct bench_progress *p, double expected_s)
{
    p->step_s = expected_s;
}

void bench_progress_show(struct bench_progress *p, double fraction, const char *text,
                         int64_t now_ns)
{
    struct snapshot snapshot;
    char left[64];
    char eta[72] = "";
    const struct report report = {
        .phase = PHASE_PROCESS,
        .done_units = (uint64_t)(1000 * (p->done_s + p->step_s * fmin(fmax(fraction, 0), 1))),
    };
    tracker_report(&p->tracker, &report, now_ns);
    tracker_snapshot(&p->tracker, now_ns, &snapshot);
    snapshot.units_per_second = 0; // its units are nothing that people count
    if (message_eta(left, sizeof(left), &snapshot)[0] != '\0')
        (void)snprintf(eta, sizeof(eta), "%s left", left);
    const struct bar_view view = {.snapshot = &snapshot, .message = text, .eta = eta, .notice = ""};
    bar_show(&p->bar, &view, now_ns);
}

void bench_progress_end_step(struct bench_progress *p)
{
    p->done_s += p->step_s;
    p->step_s = 0;
}

void bench_progress_end(struct bench_progress *p)
{
    bar_clear(&p->bar);
}
