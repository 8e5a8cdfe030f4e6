// SPDX-License-Identifier: GPL-3.0-or-later
// event.c — one row a kind of line: its name, its reader, its writer.
#include "job/event.h"

#include <assert.h>
#include <string.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/text.h"
#include "job/event_json.h"

enum { PROTOCOL_VERSION = 1, MAX_SECONDS = 100000000, DECIMALS = 6, SHORTEST_TEXT = 8 };

// Both may be NULL: the kind has no fields of its own.
struct event_row {
    const char *name;
    enum status (*read)(const struct jr *v, struct event *ret, struct error *err);
    // text_bytes: how much of each text for people may be written
    void (*write)(const struct event *event, size_t text_bytes, struct json_writer *w);
};

static void put_text(struct json_writer *w, const char *key, const char *text, size_t text_bytes)
{
    char part[EVENT_MAX_TEXT];
    assert(text_bytes < sizeof(part));
    (void)text_copy(part, text_bytes + 1, text);
    if (part[0])
        jw_key_string(w, key, part);
}

static enum status name_too_long(const char *key, size_t size, struct error *err)
{
    return error_set(err, ERR_INVALID, "%s: expected at most %zu bytes", key, size - 1);
}

// ---- hello, plan ----

static enum status read_plan_part(const struct jr *v, struct event *ret, struct error *err)
{
    struct event_plan *part = &ret->plan;
    struct jr member;
    part->has_plan = jr_get(v, "plan", &member);
    if (part->has_plan && read_plan(&member, &part->plan, err) != OK)
        return ERR_INVALID;
    return jr_get(v, "features", &member) ? read_features(&member, &part->features, err) : OK;
}

static void write_plan_part(const struct event *event, size_t text_bytes, struct json_writer *w)
{
    (void)text_bytes;
    const struct event_plan *part = &event->plan;
    if (part->has_plan) {
        jw_key(w, "plan");
        write_plan(&part->plan, w);
    }
    if (features_any(&part->features)) {
        jw_key(w, "features");
        write_features(&part->features, w);
    }
}

static enum status read_hello(const struct jr *v, struct event *ret, struct error *err)
{
    struct event_plan *part = &ret->plan;
    struct features *features = &part->features;
    struct jr cold;
    if (read_text(v, "worker", part->worker, sizeof(part->worker), err) != OK ||
        read_text(v, "call_id", part->call_id, sizeof(part->call_id), err) != OK ||
        read_text(v, "engine", features->engine, sizeof(features->engine), err) != OK ||
        read_text(v, "device", features->device, sizeof(features->device), err) != OK)
        return ERR_INVALID;
    features->has_cold = jr_get(v, "cold", &cold);
    if (features->has_cold && jr_bool(&cold, &features->cold, err) != OK)
        return ERR_INVALID;
    return read_plan_part(v, ret, err);
}

static void write_hello(const struct event *event, size_t text_bytes, struct json_writer *w)
{
    const struct event_plan *part = &event->plan;
    jw_key_string(w, "worker", part->worker);
    jw_key_string(w, "engine", part->features.engine);
    jw_key_string(w, "device", part->features.device);
    if (part->features.has_cold)
        jw_key_bool(w, "cold", part->features.cold);
    if (part->call_id[0])
        jw_key_string(w, "call_id", part->call_id);
    write_plan_part(event, text_bytes, w);
}

// ---- begin, end, progress ----

static enum status read_begin(const struct jr *v, struct event *ret, struct error *err)
{
    struct event_phase *part = &ret->phase;
    if (read_phase(v, &part->has_phase, &part->phase, err) != OK)
        return ERR_INVALID;
    return read_count(v, "total", &part->has_total, &part->total_units, err);
}

static void write_begin(const struct event *event, size_t text_bytes, struct json_writer *w)
{
    (void)text_bytes;
    jw_key_string(w, "phase", phase_info(event->phase.phase)->name);
    if (event->phase.has_total)
        jw_key_uint(w, "total", event->phase.total_units);
}

static enum status read_end(const struct jr *v, struct event *ret, struct error *err)
{
    struct event_phase *part = &ret->phase;
    bool has_done;
    if (read_phase(v, &part->has_phase, &part->phase, err) != OK ||
        read_count(v, "done", &has_done, &part->done_units, err) != OK)
        return ERR_INVALID;
    return jr_get_number(v, "busy_s", 0, MAX_SECONDS, &part->busy_s, err);
}

static void write_end(const struct event *event, size_t text_bytes, struct json_writer *w)
{
    (void)text_bytes;
    jw_key_string(w, "phase", phase_info(event->phase.phase)->name);
    jw_key_uint(w, "done", event->phase.done_units);
    jw_key_number(w, "busy_s", event->phase.busy_s, DECIMALS);
}

static enum status read_progress(const struct jr *v, struct event *ret, struct error *err)
{
    struct event_progress *part = &ret->progress;
    struct jr done;
    bool has_done;
    const char *class = "";
    if (read_phase(v, &part->has_phase, &part->phase, err) != OK ||
        jr_require(v, "done", "a count", &done, err) != OK ||
        read_count(v, "done", &has_done, &part->done_units, err) != OK ||
        read_count(v, "total", &part->has_total, &part->total_units, err) != OK ||
        read_small(v, "item", &part->item, err) != OK ||
        read_small(v, "items", &part->items, err) != OK ||
        jr_get_string(v, "class", sizeof(part->cost_class) - 1, &class, err) != OK)
        return ERR_INVALID;
    (void)text_copy(part->cost_class, sizeof(part->cost_class), class);
    return OK;
}

static void write_progress(const struct event *event, size_t text_bytes, struct json_writer *w)
{
    (void)text_bytes;
    const struct event_progress *part = &event->progress;
    jw_key_string(w, "phase", phase_info(part->phase)->name);
    jw_key_uint(w, "done", part->done_units);
    if (part->has_total)
        jw_key_uint(w, "total", part->total_units);
    if (part->items) {
        jw_key_uint(w, "item", part->item);
        jw_key_uint(w, "items", part->items);
    }
    if (part->cost_class[0])
        jw_key_string(w, "class", part->cost_class);
}

// ---- note, result, error ----

static const char *const level_names[] = {[NOTE_INFO] = "info", [NOTE_WARNING] = "warning"};
static_assert(sizeof(level_names) / sizeof(level_names[0]) == NOTE_LEVEL_COUNT, "a name each");

static enum status read_note(const struct jr *v, struct event *ret, struct error *err)
{
    const char *level = level_names[NOTE_INFO];
    if (jr_get_string(v, "level", EVENT_MAX_LINE, &level, err) != OK)
        return ERR_INVALID;
    // A level that we do not know may be serious: warn.
    bool info = strcmp(level, level_names[NOTE_INFO]) == 0;
    ret->note.level = info ? NOTE_INFO : NOTE_WARNING;
    return read_text(v, "text", ret->note.text, sizeof(ret->note.text), err);
}

static void write_note(const struct event *event, size_t text_bytes, struct json_writer *w)
{
    assert((unsigned)event->note.level < NOTE_LEVEL_COUNT);
    jw_key_string(w, "level", level_names[event->note.level]);
    put_text(w, "text", event->note.text, text_bytes);
}

static enum status read_result(const struct jr *v, struct event *ret, struct error *err)
{
    struct event_result *part = &ret->result;
    struct jr timings;
    const char *output = "";
    bool has;
    if (jr_get_string(v, "output", EVENT_MAX_LINE, &output, err) != OK ||
        read_count(v, "bytes", &has, &part->bytes, err) != OK ||
        read_count(v, "frames", &has, &part->frames, err) != OK ||
        jr_get_number(v, "duration_s", 0, MAX_SECONDS, &part->duration_s, err) != OK)
        return ERR_INVALID;
    if (!text_copy(part->output, sizeof(part->output), output))
        return name_too_long("output", sizeof(part->output), err);
    read_data(v, part->data);
    return jr_get(v, "timings", &timings) ? read_timings(&timings, part->timings, err) : OK;
}

static void write_result(const struct event *event, size_t text_bytes, struct json_writer *w)
{
    (void)text_bytes;
    const struct event_result *part = &event->result;
    jw_key_string(w, "output", part->output);
    jw_key_uint(w, "bytes", part->bytes);
    jw_key_uint(w, "frames", part->frames);
    jw_key_number(w, "duration_s", part->duration_s, DECIMALS);
    if (part->data[0]) {
        jw_key(w, "data");
        jw_raw(w, part->data);
    }
    jw_key(w, "timings");
    write_timings(part->timings, w);
}

static enum status read_error(const struct jr *v, struct event *ret, struct error *err)
{
    struct event_error *part = &ret->error;
    const char *code = "";
    if (jr_get_string(v, "code", EVENT_MAX_LINE, &code, err) != OK)
        return ERR_INVALID;
    part->code = status_from_name(code);
    if (part->code == OK)
        part->code = ERR_INTERNAL;
    part->retryable = status_info(part->code)->retryable;
    if (jr_get_bool(v, "retryable", &part->retryable, err) != OK ||
        read_text(v, "text", part->text, sizeof(part->text), err) != OK)
        return ERR_INVALID;
    return read_text(v, "detail", part->detail, sizeof(part->detail), err);
}

static void write_error(const struct event *event, size_t text_bytes, struct json_writer *w)
{
    const struct event_error *part = &event->error;
    jw_key_string(w, "code", status_info(part->code)->name);
    jw_key_bool(w, "retryable", part->retryable);
    put_text(w, "text", part->text, text_bytes);
    put_text(w, "detail", part->detail, text_bytes);
}

// ---- the table ----

static const struct event_row rows[] = {
    [EVENT_UNKNOWN] = {"unknown", NULL, NULL},
    [EVENT_HELLO] = {"hello", read_hello, write_hello},
    [EVENT_PLAN] = {"plan", read_plan_part, write_plan_part},
    [EVENT_BEGIN] = {"begin", read_begin, write_begin},
    [EVENT_END] = {"end", read_end, write_end},
    [EVENT_PROGRESS] = {"progress", read_progress, write_progress},
    [EVENT_ALIVE] = {"alive", NULL, NULL},
    [EVENT_NOTE] = {"note", read_note, write_note},
    [EVENT_RESULT] = {"result", read_result, write_result},
    [EVENT_ERROR] = {"error", read_error, write_error},
};
static_assert(sizeof(rows) / sizeof(rows[0]) == EVENT_KIND_COUNT, "a row per kind");

const char *event_name(enum event_kind kind)
{
    assert((unsigned)kind < EVENT_KIND_COUNT);
    return rows[kind].name;
}

// ---- reading ----

static enum event_kind kind_from_name(const char *name)
{
    for (int i = EVENT_UNKNOWN + 1; i < EVENT_KIND_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return (enum event_kind)i;
    }
    return EVENT_UNKNOWN;
}

static enum status require_integer(const struct jr *v, const char *key, int64_t min, int64_t max,
                                   int64_t *ret, struct error *err)
{
    struct jr member;
    if (jr_require(v, key, "a whole number", &member, err) != OK)
        return ERR_INVALID;
    return jr_integer(&member, min, max, ret, err);
}

// The fields that every line has.
static enum status read_common(const struct jr *v, struct event *ret, struct error *err)
{
    int64_t version;
    int64_t attempt;
    int64_t seq;
    struct jr job;
    struct jr ev;
    const char *name;
    const char *kind;
    if (require_integer(v, "v", PROTOCOL_VERSION, PROTOCOL_VERSION, &version, err) != OK ||
        jr_require(v, "job", "the id of the job", &job, err) != OK ||
        jr_string(&job, EVENT_MAX_NAME - 1, &name, err) != OK ||
        require_integer(v, "attempt", 1, UINT32_MAX, &attempt, err) != OK ||
        require_integer(v, "seq", 0, EVENT_MAX_UNITS, &seq, err) != OK ||
        jr_get_integer(v, "t_ms", 0, EVENT_MAX_UNITS, &ret->t_ms, err) != OK ||
        jr_require(v, "ev", "the kind of the line", &ev, err) != OK ||
        jr_string(&ev, EVENT_MAX_LINE, &kind, err) != OK)
        return ERR_INVALID;
    (void)text_copy(ret->job, sizeof(ret->job), name);
    ret->attempt = (uint32_t)attempt;
    ret->seq = (uint64_t)seq;
    ret->kind = kind_from_name(kind);
    return OK;
}

enum status event_read(const struct jr *v, struct event *ret, struct error *err)
{
    *ret = (struct event){0};
    if (jr_kind(v) != JR_OBJECT)
        return jr_expected(v, err, "an object");
    if (read_common(v, ret, err) != OK)
        return ERR_INVALID;
    return rows[ret->kind].read ? rows[ret->kind].read(v, ret, err) : OK;
}

enum status event_parse(const char *line, size_t n, struct event *ret, struct error *err)
{
    if (n > EVENT_MAX_LINE)
        return error_set(err, ERR_LIMIT, "a line of %zu bytes, more than %d", n, EVENT_MAX_LINE);
    AUTO(jr_free) struct jr_doc *doc = NULL;
    if (jr_parse(line, n, &doc, err) != OK)
        return ERR_INVALID;
    struct jr root = jr_root(doc);
    return event_read(&root, ret, err);
}

// ---- writing ----

static void write_line(const struct event *event, size_t text_bytes, struct buffer *out)
{
    struct json_writer w;
    jw_init(&w, out);
    jw_object_begin(&w);
    jw_key_int(&w, "v", PROTOCOL_VERSION);
    jw_key_string(&w, "job", event->job);
    jw_key_uint(&w, "attempt", event->attempt);
    jw_key_uint(&w, "seq", event->seq);
    jw_key_int(&w, "t_ms", event->t_ms);
    jw_key_string(&w, "ev", rows[event->kind].name);
    if (rows[event->kind].write)
        rows[event->kind].write(event, text_bytes, &w);
    jw_object_end(&w);
    buffer_text(out, "\n");
}

enum status event_write(const struct event *event, struct buffer *out, struct error *err)
{
    assert(event->kind > EVENT_UNKNOWN && event->kind < EVENT_KIND_COUNT && event->attempt > 0);
    for (size_t text_bytes = EVENT_MAX_TEXT - 1; text_bytes >= SHORTEST_TEXT; text_bytes /= 2) {
        struct buffer line BUFFER_AUTO;
        buffer_init(&line, EVENT_MAX_LINE);
        write_line(event, text_bytes, &line);
        if (line.overflow)
            continue;
        buffer_append(out, line.data, line.size);
        return OK;
    }
    return error_set(err, ERR_LIMIT, "a %s line does not fit %d bytes", event_name(event->kind),
                     EVENT_MAX_LINE);
}
