// SPDX-License-Identifier: GPL-3.0-or-later
// snapshot_phases.c — see snapshot_phases.h.
#include "job/snapshot_phases.h"

#include <assert.h>
#include <string.h>

#include "job/event_json.h"

#define NS_PER_S 1e9
enum { MAX_NAME = 64, MAX_PHASES = 4 * PHASE_COUNT, MAX_SECONDS = 1000000000 };

static const char *const state_names[] = {
    [PHASE_ABSENT] = "absent",
    [PHASE_PENDING] = "pending",
    [PHASE_RUNNING] = "running",
    [PHASE_DONE] = "done",
};
static_assert(sizeof(state_names) / sizeof(state_names[0]) == PHASE_STATE_COUNT, "a name each");

static enum status read_state(const struct jr *v, enum phase_state *ret, struct error *err)
{
    const char *name;
    if (jr_string(v, MAX_NAME, &name, err) != OK)
        return ERR_INVALID;
    for (int i = 0; i < PHASE_STATE_COUNT; i++) {
        if (strcmp(state_names[i], name) == 0) {
            *ret = (enum phase_state)i;
            return OK;
        }
    }
    return jr_expected(v, err, "the state of a phase");
}

// A total, or null for none.
static void write_total(const struct phase_view *view, struct json_writer *w)
{
    if (view->has_total)
        jw_uint(w, view->total_units);
    else
        jw_null(w);
}

// ---- full ----

static void write_view(enum phase phase, const struct phase_view *view, struct json_writer *w)
{
    const struct phase_info *info = phase_info(phase);
    jw_object_begin(w);
    jw_key_string(w, "phase", info->name);
    jw_key_string(w, "label", info->label);
    jw_key_string(w, "unit", unit_name(info->unit));
    jw_key_string(w, "state", state_names[view->state]);
    jw_key_uint(w, "done", view->done_units);
    jw_key(w, "total");
    write_total(view, w);
    jw_key(w, "fraction");
    if (view->has_fraction)
        jw_number(w, view->fraction, 4);
    else
        jw_null(w);
    jw_key_number(w, "seconds", (double)view->wall_ns / NS_PER_S, 3);
    jw_object_end(w);
}

void snapshot_phases_write(const struct phase_view phases[static PHASE_COUNT],
                           struct json_writer *w)
{
    jw_array_begin(w);
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (phases[i].state != PHASE_ABSENT)
            write_view((enum phase)i, &phases[i], w);
    }
    jw_array_end(w);
}

static enum status read_view(const struct jr *v, struct phase_view *view, struct error *err)
{
    struct jr member;
    double seconds = 0;
    *view = (struct phase_view){.state = PHASE_PENDING};
    if (jr_get(v, "state", &member) && read_state(&member, &view->state, err) != OK)
        return ERR_INVALID;
    if (jr_get_count(v, "done", EVENT_MAX_UNITS, &view->done_units, err) != OK ||
        read_count(v, "total", &view->has_total, &view->total_units, err) != OK)
        return ERR_INVALID;
    view->has_fraction = jr_get(v, "fraction", &member);
    if (view->has_fraction && jr_number(&member, 0, 1, &view->fraction, err) != OK)
        return ERR_INVALID;
    if (jr_get_number(v, "seconds", 0, MAX_SECONDS, &seconds, err) != OK)
        return ERR_INVALID;
    view->wall_ns = (int64_t)(seconds * NS_PER_S);
    return OK;
}

enum status snapshot_phases_read(const struct jr *v, struct phase_view phases[static PHASE_COUNT],
                                 struct error *err)
{
    if (jr_array(v, 0, MAX_PHASES, err) != OK)
        return ERR_INVALID;
    memset(phases, 0, PHASE_COUNT * sizeof(phases[0]));
    for (size_t i = 0; i < jr_size(v); i++) {
        struct jr element = jr_at(v, i);
        bool has_phase;
        enum phase phase;
        if (jr_object(&element, err) != OK || read_phase(&element, &has_phase, &phase, err) != OK)
            return ERR_INVALID;
        if (has_phase && read_view(&element, &phases[phase], err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

// ---- short ----

static bool same_counts(const struct phase_view *a, const struct phase_view *b)
{
    return a->state == b->state && a->done_units == b->done_units && a->has_total == b->has_total &&
           (!a->has_total || a->total_units == b->total_units);
}

static void write_counts(enum phase phase, const struct phase_view *view, struct buffer *out)
{
    struct json_writer w;
    jw_init(&w, out);
    jw_key(&w, phase_info(phase)->name);
    jw_array_begin(&w);
    jw_string(&w, state_names[view->state]);
    jw_uint(&w, view->done_units);
    write_total(view, &w);
    jw_array_end(&w);
}

void snapshot_counts_add(struct phase_view shown[static PHASE_COUNT],
                         const struct phase_view now[static PHASE_COUNT], size_t max_bytes,
                         struct buffer *line)
{
    const char *before = ",\"counts\":{";
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (same_counts(&shown[i], &now[i]))
            continue;
        struct buffer entry BUFFER_AUTO;
        buffer_init(&entry, 256);
        write_counts((enum phase)i, &now[i], &entry);
        if (line->size + strlen(before) + entry.size + strlen("}") > max_bytes)
            continue;
        buffer_text(line, before);
        buffer_append(line, entry.data, entry.size);
        shown[i] = now[i];
        before = ",";
    }
    if (before[1] == '\0')
        buffer_text(line, "}");
}

static enum status read_counts(const struct jr *v, struct phase_view *view, struct error *err)
{
    if (jr_array(v, 3, 3, err) != OK)
        return ERR_INVALID;
    struct jr state = jr_at(v, 0);
    struct jr done = jr_at(v, 1);
    struct jr total = jr_at(v, 2);
    if (read_state(&state, &view->state, err) != OK ||
        jr_count(&done, EVENT_MAX_UNITS, &view->done_units, err) != OK)
        return ERR_INVALID;
    view->has_total = jr_kind(&total) != JR_NULL;
    if (view->has_total && jr_count(&total, EVENT_MAX_UNITS, &view->total_units, err) != OK)
        return ERR_INVALID;
    view->has_fraction = view->has_total && view->total_units > 0;
    if (view->has_fraction) {
        double fraction = (double)view->done_units / (double)view->total_units;
        view->fraction = fraction < 1 ? fraction : 1;
    }
    return OK;
}

enum status snapshot_counts_read(const struct jr *v, struct phase_view phases[static PHASE_COUNT],
                                 struct error *err)
{
    if (jr_object(v, err) != OK)
        return ERR_INVALID;
    struct jr member;
    for (void *iter = NULL; jr_next(v, &iter, &member);) {
        enum phase phase;
        if (phase_from_name(member.key, &phase) && read_counts(&member, &phases[phase], err) != OK)
            return ERR_INVALID;
    }
    return OK;
}
