// SPDX-License-Identifier: GPL-3.0-or-later
// snapshot_members.c — one row a member: its name, its writer, its reader, where it lives.
#include "job/snapshot_members.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "job/event_json.h"
#include "job/snapshot_phases.h"

#define NS_PER_S 1e9
#define MAX_COUNT INT64_C(1000000000000000)
enum { VERSION = 1, MAX_SECONDS = 1000000000, PERCENT_DECIMALS = 2, SECONDS_DECIMALS = 1 };
enum { SPEED_DECIMALS = 3 };

// A name that must be one of a table's; `what` says of what kind.
static enum status read_index(const struct jr *v, const char *const *names, int count,
                              const char *what, int *ret, struct error *err)
{
    const char *name;
    if (jr_string(v, EVENT_MAX_NAME, &name, err) != OK)
        return ERR_INVALID;
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            *ret = i;
            return OK;
        }
    }
    return jr_expected(v, err, "%s", what);
}

// ---- who and where ----

static void write_version(const struct job_snapshot *s, struct json_writer *w)
{
    (void)s;
    jw_int(w, VERSION);
}

static enum status read_version(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    (void)s;
    int64_t version;
    return jr_integer(v, VERSION, VERSION, &version, err);
}

static void write_type(const struct job_snapshot *s, struct json_writer *w)
{
    jw_string(w, export_info(s->progress.type)->name);
}

static enum status read_type(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    const char *name;
    if (jr_string(v, EVENT_MAX_NAME, &name, err) != OK)
        return ERR_INVALID;
    if (!export_type_from_name(name, &s->progress.type))
        return jr_expected(v, err, "the name of an export");
    return OK;
}

static void write_state(const struct job_snapshot *s, struct json_writer *w)
{
    jw_string(w, job_state_name(s->state));
}

static enum status read_state(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    const char *name;
    if (jr_string(v, EVENT_MAX_NAME, &name, err) != OK)
        return ERR_INVALID;
    if (!job_state_from_name(name, &s->state))
        return jr_expected(v, err, "the name of a state");
    s->progress.ended = job_state_terminal(s->state);
    s->progress.outcome = s->state == JOB_FAILED      ? OUTCOME_FAILED
                          : s->state == JOB_CANCELLED ? OUTCOME_CANCELLED
                                                      : OUTCOME_COMPLETE;
    return OK;
}

static void write_queue(const struct job_snapshot *s, struct json_writer *w)
{
    if (s->queue_position == 0) {
        jw_null(w);
        return;
    }
    jw_object_begin(w);
    jw_key_uint(w, "position", s->queue_position);
    if (s->has_queue_eta) {
        jw_key_number(w, "eta_s", (double)s->queue_eta_ns / NS_PER_S, 0);
        jw_key_number(w, "eta_low_s", (double)s->queue_eta_low_ns / NS_PER_S, 0);
        jw_key_number(w, "eta_high_s", (double)s->queue_eta_high_ns / NS_PER_S, 0);
    }
    jw_object_end(w);
}

static enum status read_queue(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    int64_t position = 0;
    double median_s = 0, low_s = 0, high_s = 0;
    struct jr eta;
    s->queue_position = 0;
    s->has_queue_eta = false;
    if (jr_kind(v) == JR_NULL)
        return OK;
    if (jr_object(v, err) != OK ||
        jr_get_integer(v, "position", 1, UINT32_MAX, &position, err) != OK ||
        jr_get_number(v, "eta_s", 0, MAX_SECONDS, &median_s, err) != OK ||
        jr_get_number(v, "eta_low_s", 0, MAX_SECONDS, &low_s, err) != OK ||
        jr_get_number(v, "eta_high_s", 0, MAX_SECONDS, &high_s, err) != OK)
        return ERR_INVALID;
    s->queue_position = (uint32_t)position;
    s->has_queue_eta = jr_get(v, "eta_s", &eta);
    s->queue_eta_ns = (int64_t)(median_s * NS_PER_S);
    s->queue_eta_low_ns = (int64_t)(low_s * NS_PER_S);
    s->queue_eta_high_ns = (int64_t)(high_s * NS_PER_S);
    return OK;
}

// ---- how far ----

static void write_percent(const struct job_snapshot *s, struct json_writer *w)
{
    // 100 is said only at the end; rounding must not say it before.
    double percent = 100 * s->progress.fraction;
    if (percent < 100 && percent > 99.99)
        percent = 99.99;
    jw_number(w, percent, PERCENT_DECIMALS);
}

static enum status read_percent(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    double percent = 0;
    enum status status = jr_number(v, 0, 100, &percent, err);
    s->progress.fraction = percent / 100;
    return status;
}

static void write_speed(const struct job_snapshot *s, struct json_writer *w)
{
    jw_number(w, 100 * s->progress.speed, SPEED_DECIMALS);
}

static enum status read_speed(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    double speed = 0;
    enum status status = jr_number(v, 0, MAX_SECONDS, &speed, err);
    s->progress.speed = speed / 100;
    return status;
}

static void write_eta_of(const struct job_snapshot *s, int64_t eta_ns, struct json_writer *w)
{
    if (s->progress.has_eta)
        jw_number(w, (double)eta_ns / NS_PER_S, SECONDS_DECIMALS);
    else
        jw_null(w);
}

// null leaves *ret.
static enum status read_eta_of(const struct jr *v, int64_t *ret, struct error *err)
{
    double eta_s = 0;
    if (jr_kind(v) == JR_NULL)
        return OK;
    enum status status = jr_number(v, 0, MAX_SECONDS, &eta_s, err);
    *ret = (int64_t)(eta_s * NS_PER_S);
    return status;
}

static void write_eta(const struct job_snapshot *s, struct json_writer *w)
{
    write_eta_of(s, s->progress.eta_ns, w);
}

static enum status read_eta(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    s->progress.has_eta = jr_kind(v) != JR_NULL;
    return read_eta_of(v, &s->progress.eta_ns, err);
}

static void write_eta_low(const struct job_snapshot *s, struct json_writer *w)
{
    write_eta_of(s, s->progress.eta_low_ns, w);
}

static enum status read_eta_low(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    return read_eta_of(v, &s->progress.eta_low_ns, err);
}

static void write_eta_high(const struct job_snapshot *s, struct json_writer *w)
{
    write_eta_of(s, s->progress.eta_high_ns, w);
}

static enum status read_eta_high(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    return read_eta_of(v, &s->progress.eta_high_ns, err);
}

// ---- doing what, how well ----

static void write_phase(const struct job_snapshot *s, struct json_writer *w)
{
    jw_string(w, phase_info(s->progress.phase)->name);
}

static enum status read_current_phase(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    const char *name;
    if (jr_string(v, EVENT_MAX_NAME, &name, err) != OK)
        return ERR_INVALID;
    (void)phase_from_name(name, &s->progress.phase); // one from the future: keep the last
    return OK;
}

static void write_phases(const struct job_snapshot *s, struct json_writer *w)
{
    snapshot_phases_write(s->progress.phases, w);
}

static enum status read_phases(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    return snapshot_phases_read(v, s->progress.phases, err);
}

static enum status read_counts(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    return snapshot_counts_read(v, s->progress.phases, err);
}

const char *const snapshot_source_names[] = {
    [SOURCE_SIMULATED] = "simulated",
    [SOURCE_MODEL] = "model",
    [SOURCE_COUNTS] = "counts",
};
static_assert(sizeof(snapshot_source_names) / sizeof(snapshot_source_names[0]) == SOURCE_COUNT,
              "a name each");

static void write_source(const struct job_snapshot *s, struct json_writer *w)
{
    jw_string(w, snapshot_source_names[s->progress.source]);
}

static enum status read_source(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    int i = 0;
    enum status status = read_index(v, snapshot_source_names, SOURCE_COUNT, "a source of progress",
                                    &i, err);
    s->progress.source = (enum snapshot_source)i;
    return status;
}

const char *const snapshot_health_names[] = {
    [HEALTH_OK] = "ok",
    [HEALTH_SLOW] = "slow",
    [HEALTH_STALLED] = "stalled",
    [HEALTH_UNKNOWN] = "unknown",
};
static_assert(sizeof(snapshot_health_names) / sizeof(snapshot_health_names[0]) == HEALTH_COUNT,
              "a name each");

static void write_health(const struct job_snapshot *s, struct json_writer *w)
{
    jw_string(w, snapshot_health_names[s->progress.health]);
}

static enum status read_health(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    int i = 0;
    enum status status = read_index(v, snapshot_health_names, HEALTH_COUNT, "a health", &i, err);
    s->progress.health = (enum health)i;
    return status;
}

// ---- how it ended ----

static void write_result(const struct job_snapshot *s, struct json_writer *w)
{
    if (!s->has_result) {
        jw_null(w);
        return;
    }
    jw_object_begin(w);
    jw_key_string(w, "output", s->result.output);
    jw_key_uint(w, "bytes", s->result.bytes);
    jw_key_uint(w, "frames", s->result.frames);
    jw_key_number(w, "duration_s", s->result.duration_s, 6);
    if (s->result.data[0]) {
        jw_key(w, "data");
        jw_raw(w, s->result.data);
    }
    jw_object_end(w);
}

static enum status read_result(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    const char *output = "";
    s->has_result = jr_kind(v) != JR_NULL;
    if (!s->has_result)
        return OK;
    if (jr_object(v, err) != OK ||
        jr_get_string(v, "output", sizeof(s->result.output) - 1, &output, err) != OK ||
        jr_get_count(v, "bytes", MAX_COUNT, &s->result.bytes, err) != OK ||
        jr_get_count(v, "frames", MAX_COUNT, &s->result.frames, err) != OK)
        return ERR_INVALID;
    (void)text_copy(s->result.output, sizeof(s->result.output), output);
    read_data(v, s->result.data);
    return jr_get_number(v, "duration_s", 0, MAX_SECONDS, &s->result.duration_s, err);
}

static void write_error(const struct job_snapshot *s, struct json_writer *w)
{
    if (!s->has_error) {
        jw_null(w);
        return;
    }
    jw_object_begin(w);
    jw_key_string(w, "code", status_info(s->error.code)->name);
    jw_key_string(w, "text", s->error.text);
    jw_key_bool(w, "retryable", s->error.retryable);
    jw_object_end(w);
}

static enum status read_error(const struct jr *v, struct job_snapshot *s, struct error *err)
{
    const char *code = "";
    const char *text = "";
    s->has_error = jr_kind(v) != JR_NULL;
    if (!s->has_error)
        return OK;
    if (jr_object(v, err) != OK || jr_get_string(v, "code", EVENT_MAX_NAME, &code, err) != OK ||
        jr_get_string(v, "text", SNAPSHOT_MAX_TEXT, &text, err) != OK)
        return ERR_INVALID;
    s->error.code = status_from_name(code);
    (void)text_copy(s->error.text, sizeof(s->error.text), text);
    return jr_get_bool(v, "retryable", &s->error.retryable, err);
}

// ---- the table ----

#define AT(member) offsetof(struct job_snapshot, member), sizeof(((struct job_snapshot *)0)->member)
#define HAS_AND_ETA                                                                                \
    offsetof(struct job_snapshot, progress.has_eta),                                               \
        offsetof(struct job_snapshot, progress.eta_low_ns) -                                       \
            offsetof(struct job_snapshot, progress.has_eta)
#define POSITION_AND_ETA                                                                           \
    offsetof(struct job_snapshot, queue_position),                                                 \
        offsetof(struct job_snapshot, has_result) - offsetof(struct job_snapshot, queue_position)

// In the order of the full form. `counts` is the short form of `phases`.
const struct snapshot_member snapshot_members[] = {
    {"v", CUSTOM, 0, 0, write_version, read_version},
    {"job", TEXT, AT(job), NULL, NULL},
    {"seq", COUNT64, AT(seq), NULL, NULL},
    {"type", CUSTOM, AT(progress.type), write_type, read_type},
    {"state", CUSTOM, AT(state), write_state, read_state},
    {"phase", CUSTOM, AT(progress.phase), write_phase, read_current_phase},
    {"phases", CUSTOM, AT(progress.phases), write_phases, read_phases},
    {"counts", CUSTOM, AT(progress.phases), NULL, read_counts},
    {"percent", CUSTOM, AT(progress.fraction), write_percent, read_percent},
    {"speed", CUSTOM, AT(progress.speed), write_speed, read_speed},
    {"eta_s", CUSTOM, HAS_AND_ETA, write_eta, read_eta},
    {"eta_low_s", CUSTOM, AT(progress.eta_low_ns), write_eta_low, read_eta_low},
    {"eta_high_s", CUSTOM, AT(progress.eta_high_ns), write_eta_high, read_eta_high},
    {"eta_text", TEXT, AT(eta_text), NULL, NULL},
    {"elapsed_s", SECONDS, AT(progress.elapsed_ns), NULL, NULL},
    {"units_per_s", NUMBER, AT(progress.units_per_second), NULL, NULL},
    {"source", CUSTOM, AT(progress.source), write_source, read_source},
    {"health", CUSTOM, AT(progress.health), write_health, read_health},
    {"message", TEXT, AT(message), NULL, NULL},
    {"item", COUNT32, AT(progress.item), NULL, NULL},
    {"items", COUNT32, AT(progress.items), NULL, NULL},
    {"attempt", COUNT32, AT(progress.attempt), NULL, NULL},
    {"queue", CUSTOM, POSITION_AND_ETA, write_queue, read_queue},
    {"worker", TEXT, AT(worker), NULL, NULL},
    {"result", CUSTOM, AT(result), write_result, read_result},
    {"error", CUSTOM, AT(error), write_error, read_error},
    {"submitted_at_ms", COUNT64, AT(submitted_at_ms), NULL, NULL},
    {"updated_at_ms", COUNT64, AT(updated_at_ms), NULL, NULL},
};
static_assert(sizeof(snapshot_members) / sizeof(snapshot_members[0]) == SNAPSHOT_MEMBERS,
              "as the header says");

void snapshot_member_write(const struct snapshot_member *row, const struct job_snapshot *s,
                           struct json_writer *w)
{
    const void *at = (const char *)s + row->offset;
    switch (row->kind) {
    case CUSTOM:
        row->write(s, w);
        break;
    case TEXT:
        jw_string(w, at);
        break;
    case COUNT32:
        jw_uint(w, *(const uint32_t *)at);
        break;
    case COUNT64:
        jw_uint(w, *(const uint64_t *)at);
        break;
    case SECONDS:
        jw_number(w, (double)*(const int64_t *)at / NS_PER_S, SECONDS_DECIMALS);
        break;
    case NUMBER:
        jw_number(w, *(const double *)at, PERCENT_DECIMALS);
        break;
    }
}

static enum status read_plain(const struct snapshot_member *row, const struct jr *v, void *at,
                              struct error *err)
{
    const char *text = "";
    int64_t count = 0;
    enum status status = OK;
    switch (row->kind) {
    case TEXT:
        status = jr_string(v, SNAPSHOT_MAX_TEXT, &text, err);
        (void)text_copy(at, row->size, text);
        break;
    case COUNT32:
        status = jr_integer(v, 0, UINT32_MAX, &count, err);
        *(uint32_t *)at = (uint32_t)count;
        break;
    case COUNT64:
        status = jr_count(v, MAX_COUNT, at, err);
        break;
    case SECONDS:
        status = read_eta_of(v, at, err);
        break;
    case NUMBER:
        status = jr_number(v, 0, (double)MAX_COUNT, at, err);
        break;
    case CUSTOM:
        break;
    }
    return status;
}

enum status snapshot_member_read(const struct snapshot_member *row, const struct jr *v,
                                 struct job_snapshot *s, struct error *err)
{
    if (row->kind == CUSTOM)
        return row->read(v, s, err);
    return read_plain(row, v, (char *)s + row->offset, err);
}

bool snapshot_member_writes(const struct snapshot_member *row)
{
    return row->kind != CUSTOM || row->write;
}

const struct snapshot_member *snapshot_member_named(const char *name)
{
    for (int i = 0; i < SNAPSHOT_MEMBERS; i++) {
        if (strcmp(snapshot_members[i].name, name) == 0)
            return &snapshot_members[i];
    }
    return NULL;
}
