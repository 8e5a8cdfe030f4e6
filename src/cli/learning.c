// SPDX-License-Identifier: GPL-3.0-or-later
// learning.c — see learning.h.
#include "cli/learning.h"

#include "history/history.h"
#include "history/place.h"
#include "job/drift_news.h"
#include "sys/clock.h"
#include "sys/log.h"

static void warn(const char *consequence, const struct error *err)
{
    log_line(LOG_WARN, "%s: %s", consequence, err->text);
    if (err->detail[0] != '\0')
        log_line(LOG_DEBUG, "%s", err->detail);
}

static void learning_stop(struct learning *l)
{
    free(l->path);
    free(l->model);
    l->path = NULL;
    l->model = NULL;
}

void learning_begin(struct learning *l, const char *path, bool off)
{
    struct error err = {0};
    enum status status = OK;
    *l = (struct learning){0};
    if (off)
        return;
    if (path)
        l->path = mem_strdup(path);
    else
        status = place_history(&l->path, &err);
    l->model = mem_new(struct model);
    if (status == OK)
        status = history_load(l->path, clock_wall_ms(), l->model, &l->known, &err);
    if (status == OK)
        return;
    learning_stop(l);
    warn("nothing will be learned from this export", &err);
}

static void say_drift(struct learning *l, const struct record *record)
{
    struct drift drift;
    char text[DRIFT_TEXT];
    if (history_load(l->path, record->at_ms, l->model, &l->known, NULL) != OK ||
        !drift_news(l->model, record, &drift))
        return;
    drift_text(&drift, text);
    log_line(LOG_WARN, "%s: %s", export_info(record->type)->name, text);
}

void learning_end(struct learning *l, const struct benchmark *record)
{
    enum record_flaw flaw = RECORD_SOUND;
    struct error err = {0};
    if (!l->path)
        return;
    if (history_learn(l->path, record, &flaw, &err) != OK) {
        warn("nothing was learned from this export", &err);
    } else if (flaw != RECORD_SOUND) {
        log_line(LOG_INFO, "nothing was learned from this export: its record is %s",
                 record_flaw_name(flaw));
    } else {
        log_line(LOG_INFO, "%s has learned from this export", l->path);
        say_drift(l, &record->record);
    }
}

void learning_done(struct learning *l)
{
    learning_stop(l);
}
