// SPDX-License-Identifier: GPL-3.0-or-later
#include "recorder.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sys/clock.h"
#include "test.h"

static void keep(struct listener *listener, struct told told)
{
    struct recorder *r = (struct recorder *)listener;
    told.at_ns = clock_now_ns();
    pthread_mutex_lock(&r->lock);
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 256;
        r->told = mem_resize(r->told, (size_t)r->capacity, sizeof(*r->told));
    }
    r->told[r->count++] = told;
    bool act = r->act && r->acted_ns == 0 && told.kind == r->when.kind &&
               (told.kind == TOLD_PLAN || told.phase == r->when.phase) &&
               told.done_units >= r->when.done_units;
    if (act)
        r->acted_ns = told.at_ns;
    pthread_mutex_unlock(&r->lock);
    if (act)
        r->act(r);
}

static void on_plan(struct listener *self, const struct plan *plan, const struct features *features)
{
    struct recorder *r = (struct recorder *)self;
    r->plan = *plan;
    r->features = *features;
    keep(self, (struct told){.kind = TOLD_PLAN});
}

static void on_begin(struct listener *self, enum phase phase)
{
    keep(self, (struct told){.kind = TOLD_BEGIN, .phase = phase});
}

static void on_report(struct listener *self, const struct report *report)
{
    struct told told = {.kind = TOLD_REPORT,
                        .phase = report->phase,
                        .done_units = report->done_units,
                        .has_total = report->has_total,
                        .total_units = report->total_units};
    memcpy(told.cost_class, report->cost_class, sizeof(told.cost_class));
    keep(self, told);
}

static void on_end(struct listener *self, enum phase phase, uint64_t done_units, int64_t busy_ns)
{
    keep(self, (struct told){
                   .kind = TOLD_END, .phase = phase, .done_units = done_units, .busy_ns = busy_ns});
}

static void on_note(struct listener *self, const char *text)
{
    (void)text;
    keep(self, (struct told){.kind = TOLD_NOTE});
}

void recorder_init(struct recorder *r)
{
    *r = (struct recorder){.listener = {on_plan, on_begin, on_report, on_end, on_note}};
    pthread_mutex_init(&r->lock, NULL);
}

void recorder_done(struct recorder *r)
{
    pthread_mutex_destroy(&r->lock);
    free(r->told);
}

int recorder_find(const struct recorder *r, enum told_kind kind, enum phase phase)
{
    for (int i = 0; i < r->count; i++) {
        const struct told *told = &r->told[i];
        bool phaseless = kind == TOLD_PLAN || kind == TOLD_NOTE;
        if (told->kind == kind && (phaseless || told->phase == phase))
            return i;
    }
    return -1;
}

uint64_t recorder_ended_at(const struct recorder *r, enum phase phase)
{
    int i = recorder_find(r, TOLD_END, phase);
    if (i < 0)
        fail_msg("%s did not end", phase_info(phase)->name);
    return r->told[i].done_units;
}

uint64_t recorder_total(const struct recorder *r, enum phase phase)
{
    for (int i = r->count - 1; i >= 0; i--) {
        const struct told *told = &r->told[i];
        if (told->kind == TOLD_REPORT && told->phase == phase && told->has_total)
            return told->total_units;
    }
    fail_msg("nobody said how much %s is in all", phase_info(phase)->name);
    return 0;
}

// Takes a report into the counts by class ([0] is without one); returns their sum. One that only
// brings a new total does not raise them.
static uint64_t count(const struct plan_phase *plan, const struct told *told, bool new_total,
                      uint64_t done[static PLAN_MAX_CLASSES + 1])
{
    int c = 0;
    while (told->cost_class[0] != '\0' && strcmp(plan->classes[c++].name, told->cost_class) != 0)
        assert_true(c < plan->class_count);
    assert_true(told->done_units > done[c] || (new_total && told->done_units == done[c]));
    assert_true(c == 0 || told->done_units <= plan->classes[c - 1].units);
    done[c] = told->done_units;
    uint64_t sum = 0;
    for (int i = 0; i <= PLAN_MAX_CLASSES; i++)
        sum += done[i];
    return sum;
}

static void check_phase(const struct recorder *r, enum phase phase)
{
    int begin = -1;
    int end = -1;
    uint64_t done = 0;
    uint64_t total = UINT64_MAX; // none yet
    uint64_t by_class[PLAN_MAX_CLASSES + 1] = {0};
    for (int i = 0; i < r->count; i++) {
        const struct told *told = &r->told[i];
        if (told->kind == TOLD_PLAN || told->kind == TOLD_NOTE || told->phase != phase)
            continue;
        assert_int_equal(end, -1); // nothing comes behind the end
        assert_int_equal(told->kind == TOLD_BEGIN, begin < 0);
        if (told->kind == TOLD_BEGIN) {
            begin = i;
        } else if (told->kind == TOLD_REPORT) {
            bool new_total = told->has_total && told->total_units != total;
            total = told->has_total ? told->total_units : total;
            done = count(&r->plan.phases[phase], told, new_total, by_class);
        } else {
            end = i;
            assert_int_equal(told->done_units, done);
            assert_true(told->busy_ns >= 0);
            assert_true(told->busy_ns <= told->at_ns - r->told[begin].at_ns);
        }
    }
    const struct plan_phase *plan = &r->plan.phases[phase];
    if (plan->has_total && phase_info(phase)->unit != UNIT_BYTES)
        assert_true(done <= plan->total_units);
}

void recorder_check(const struct recorder *r)
{
    for (int k = 0; k < PHASE_COUNT; k++)
        check_phase(r, (enum phase)k);
}
