// SPDX-License-Identifier: GPL-3.0-or-later
// panel.c — see panel.h.
#include "job/panel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "job/snapshot_json.h"

const char *panel_name(int estimator)
{
    assert(estimator >= 0 && estimator < PANEL_COUNT);
    return estimator == PANEL_TRACKER
               ? "headway"
               : baseline_name((enum baseline_kind)(estimator - PANEL_FIRST_BASELINE));
}

bool panel_from_name(const char *name, int *ret)
{
    for (int i = 0; i < PANEL_COUNT; i++) {
        if (strcmp(panel_name(i), name) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static void keep(struct panel *panel, const struct replay_sample *at)
{
    if (panel->count == panel->room) {
        panel->room = panel->room > 0 ? 2 * panel->room : 64;
        panel->moments = mem_resize(panel->moments, panel->room, sizeof(panel->moments[0]));
    }
    panel->moments[panel->count++] = (struct panel_moment){at->t_ns, *at->now, *at->known};
}

enum status panel_replay(struct panel *panel, const struct trace *trace, const struct model *model,
                         int64_t every_ns, double idle_s, struct error *err)
{
    struct replay *replay AUTO(replay_free) = NULL;
    struct relay_watch *watch AUTO(relay_watch_free) = NULL;
    struct replay_sample at;
    const struct replay_options options = {.model = model, .every_ns = every_ns, .idle_s = idle_s};
    panel->count = 0;
    enum status status = replay_new(trace, &options, &replay, err);
    if (status != OK)
        return status;
    if (panel->relay)
        watch = relay_watch_new(trace, panel->moment, panel->relay);
    while (watch ? relay_watch_next(watch, replay, &at) : replay_next(replay, &at)) {
        if (replay_is_sample(replay, &at))
            keep(panel, &at);
    }
    if (trace->ended)
        replay_record(replay, &panel->benchmark);
    if (watch)
        relay_watch_end(watch);
    return OK;
}

static void show_tracker(const struct panel *panel, struct sample *samples)
{
    for (size_t i = 0; i < panel->count; i++) {
        const struct snapshot *s = &panel->moments[i].now;
        samples[i] = (struct sample){
            .t_ns = panel->moments[i].t_ns,
            .fraction = s->fraction,
            .has_eta = s->has_eta,
            .has_interval = s->has_eta,
            .eta_s = (double)s->eta_ns * 1e-9,
            .low_s = (double)s->eta_low_ns * 1e-9,
            .high_s = (double)s->eta_high_ns * 1e-9,
            .stalled = s->health == HEALTH_STALLED,
        };
    }
}

void panel_show(const struct panel *panel, int estimator, const struct baseline_fit *fit,
                struct sample *samples)
{
    struct baseline baseline;
    if (estimator == PANEL_TRACKER) {
        show_tracker(panel, samples);
        return;
    }
    baseline_init(&baseline, (enum baseline_kind)(estimator - PANEL_FIRST_BASELINE), fit,
                  &panel->benchmark.record);
    for (size_t i = 0; i < panel->count; i++) {
        const struct panel_moment *m = &panel->moments[i];
        struct baseline_view view;
        baseline_show(&baseline, &m->now, &m->known, &view);
        samples[i] = (struct sample){
            .t_ns = m->t_ns,
            .fraction = view.fraction,
            .has_eta = view.has_eta,
            .eta_s = view.eta_s,
        };
    }
}

void panel_write(const struct panel *panel, const char *id, int estimator,
                 const struct sample *samples, struct buffer *out)
{
    const char *source = NULL;
    if (estimator != PANEL_TRACKER)
        source = estimator - PANEL_FIRST_BASELINE == BASELINE_SIMULATED ? "simulated" : "counts";
    for (size_t i = 0; i < panel->count; i++) {
        const struct snapshot *now = &panel->moments[i].now;
        const struct sample_line line = {
            .trace = id,
            .sample = samples[i],
            .phase = phase_info(now->phase)->name,
            .source = source ? source : snapshot_source_names[now->source],
            .health = snapshot_health_names[now->health],
        };
        sample_line_write(&line, out);
    }
}

void panel_done(struct panel *panel)
{
    free(panel->moments);
    *panel = (struct panel){0};
}
