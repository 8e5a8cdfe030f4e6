// SPDX-License-Identifier: GPL-3.0-or-later
// learning.c — see learning.h.
#include "jobs/learning.h"

#include "history/history.h"
#include "job/drift_news.h"
#include "sys/clock.h"
#include "sys/log.h"

struct learning {
    char *path;
    struct model model;
    bool has_last;
    int64_t last_ms; // end of the newest job
    uint64_t drifts;
};

static void reload(struct learning *l)
{
    struct features known = {0};
    struct error err;
    int64_t now_ms = clock_wall_ms();
    if (history_load(l->path, now_ms, &l->model, &known, &err) != OK) {
        log_line(LOG_WARN, "what earlier jobs taught cannot be read: %s", err.text);
        return;
    }
    l->has_last = known.has_idle;
    l->last_ms = now_ms - (int64_t)(known.idle_s * 1000);
}

struct learning *learning_new(const char *path)
{
    struct learning *l = mem_new(struct learning);
    l->path = mem_strdup(path);
    model_init(&l->model);
    reload(l);
    return l;
}

void learning_free(struct learning *l)
{
    if (!l)
        return;
    free(l->path);
    free(l);
}

const struct model *learning_model(const struct learning *l)
{
    return &l->model;
}

void learning_idle(const struct learning *l, int64_t now_ms, struct features *features)
{
    features->has_idle = l->has_last && now_ms >= l->last_ms;
    features->idle_s = features->has_idle ? (double)(now_ms - l->last_ms) / 1000 : 0;
}

uint64_t learning_drifts(const struct learning *l)
{
    return l->drifts;
}

static void look_for_drift(struct learning *l, const struct record *newest)
{
    struct drift drift;
    char text[DRIFT_TEXT];
    if (!drift_news(&l->model, newest, &drift))
        return;
    l->drifts++;
    drift_text(&drift, text);
    log_line(LOG_WARN, "%s: %s", export_info(newest->type)->name, text);
}

void learning_take(struct learning *l, const struct job_end *end)
{
    struct benchmark record;
    enum record_flaw flaw = RECORD_SOUND;
    struct error err = {0};
    job_record(end, &record);
    if (history_learn(l->path, &record, &flaw, &err) != OK)
        log_line(LOG_WARN, "nothing was learned from job %s: %s", end->last->job, err.text);
    else if (flaw != RECORD_SOUND)
        log_line(LOG_INFO, "nothing was learned from job %s: its record is %s", end->last->job,
                 record_flaw_name(flaw));
    if (err.status != OK || flaw != RECORD_SOUND)
        return;
    reload(l);
    look_for_drift(l, &record.record);
}
