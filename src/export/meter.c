// SPDX-License-Identifier: GPL-3.0-or-later
// meter.c — see meter.h.
#include "export/meter.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "sys/clock.h"

void meter_init(struct meter *m, struct listener *listener, enum phase phase)
{
    *m = (struct meter){.listener = listener, .phase = phase, .report.phase = phase};
    (void)pthread_mutex_init(&m->lock, NULL);
}

void meter_done(struct meter *m)
{
    (void)pthread_mutex_destroy(&m->lock);
}

void meters_init(struct meter meters[static PHASE_COUNT], struct listener *listener)
{
    for (int k = 0; k < PHASE_COUNT; k++)
        meter_init(&meters[k], listener, (enum phase)k);
}

void meters_done(struct meter meters[static PHASE_COUNT])
{
    for (int k = 0; k < PHASE_COUNT; k++)
        meter_done(&meters[k]);
}

static void begin(struct meter *m)
{
    (void)pthread_mutex_lock(&m->lock);
    bool first = !m->begun;
    m->begun = true;
    (void)pthread_mutex_unlock(&m->lock);
    if (first)
        m->listener->begin(m->listener, m->phase);
}

// Takes what there is; returns whether the listener is to be told. The lock is held.
static bool take_total(struct meter *m, uint64_t total_units)
{
    bool news = !m->report.has_total || m->report.total_units != total_units;
    m->report.has_total = true;
    m->report.total_units = total_units;
    return news && m->begun && !m->ended && m->classes[0].name[0] == '\0';
}

void meter_total(struct meter *m, uint64_t total_units)
{
    (void)pthread_mutex_lock(&m->lock);
    bool tell = take_total(m, total_units);
    struct report report = m->report;
    (void)pthread_mutex_unlock(&m->lock);
    if (tell)
        m->listener->report(m->listener, &report);
}

void meter_expect(struct meter *m, uint64_t total_units)
{
    (void)pthread_mutex_lock(&m->lock);
    if (!m->report.has_total) {
        m->report.has_total = true;
        m->report.total_units = total_units;
    }
    (void)pthread_mutex_unlock(&m->lock);
}

void meter_item(struct meter *m, uint32_t item, uint32_t items)
{
    (void)pthread_mutex_lock(&m->lock);
    if (item > m->report.item)
        m->report.item = item;
    m->report.items = items;
    (void)pthread_mutex_unlock(&m->lock);
}

void meter_work(struct meter *m)
{
    begin(m);
    (void)pthread_mutex_lock(&m->lock);
    if (m->working++ == 0)
        m->working_since_ns = clock_now_ns();
    (void)pthread_mutex_unlock(&m->lock);
}

// The lock is held.
static int64_t busy_ns(const struct meter *m)
{
    return m->busy_ns + (m->working > 0 ? clock_now_ns() - m->working_since_ns : 0);
}

void meter_rest(struct meter *m)
{
    (void)pthread_mutex_lock(&m->lock);
    assert(m->working > 0);
    if (m->working == 1)
        m->busy_ns = busy_ns(m);
    m->working--;
    (void)pthread_mutex_unlock(&m->lock);
}

// Takes `units`, added to what is done or absolute, and tells the listener when it grew.
static void advance(struct meter *m, uint64_t units, bool add)
{
    begin(m);
    (void)pthread_mutex_lock(&m->lock);
    uint64_t done = units + (add ? m->report.done_units : 0);
    bool grew = done > m->report.done_units && !m->ended;
    if (grew)
        m->report.done_units = done;
    struct report report = m->report;
    (void)pthread_mutex_unlock(&m->lock);
    if (grew)
        m->listener->report(m->listener, &report);
}

void meter_set(struct meter *m, uint64_t done_units)
{
    advance(m, done_units, false);
}

void meter_add(struct meter *m, uint64_t units)
{
    advance(m, units, true);
}

static struct plan_class *find_class(struct meter *m, const char *name)
{
    struct plan_class *c = m->classes;
    while (c->name[0] != '\0' && strcmp(c->name, name) != 0) {
        c++;
        assert(c < m->classes + PLAN_MAX_CLASSES);
    }
    bool whole = text_copy(c->name, sizeof(c->name), name);
    assert(whole);
    (void)whole;
    return c;
}

void meter_add_class(struct meter *m, const char *name, uint64_t units)
{
    begin(m);
    (void)pthread_mutex_lock(&m->lock);
    bool tell = units > 0 && !m->ended;
    struct plan_class *c = find_class(m, name);
    c->units += tell ? units : 0;
    m->report.done_units += tell ? units : 0;
    struct report report = m->report;
    report.done_units = c->units;
    memcpy(report.cost_class, c->name, sizeof(report.cost_class));
    (void)pthread_mutex_unlock(&m->lock);
    if (tell)
        m->listener->report(m->listener, &report);
}

void meter_end(struct meter *m)
{
    (void)pthread_mutex_lock(&m->lock);
    bool tell = m->begun && !m->ended;
    m->ended = true;
    uint64_t done = m->report.done_units;
    int64_t worked_ns = busy_ns(m);
    (void)pthread_mutex_unlock(&m->lock);
    if (tell)
        m->listener->end(m->listener, m->phase, done, worked_ns);
}

double meter_busy_s(struct meter *m)
{
    (void)pthread_mutex_lock(&m->lock);
    int64_t worked_ns = busy_ns(m);
    (void)pthread_mutex_unlock(&m->lock);
    return (double)worked_ns / 1e9;
}
