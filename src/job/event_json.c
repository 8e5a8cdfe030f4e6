// SPDX-License-Identifier: GPL-3.0-or-later
// event_json.c — see event_json.h.
#include "job/event_json.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

enum { MAX_SECONDS = 100000000, DECIMALS = 6 };

// ---- single members ----

enum status read_count(const struct jr *v, const char *key, bool *ret_has, uint64_t *ret,
                       struct error *err)
{
    struct jr member;
    *ret_has = jr_get(v, key, &member);
    return *ret_has ? jr_count(&member, EVENT_MAX_UNITS, ret, err) : OK;
}

enum status read_small(const struct jr *v, const char *key, uint32_t *ret, struct error *err)
{
    int64_t number = *ret;
    enum status status = jr_get_integer(v, key, 0, UINT32_MAX, &number, err);
    *ret = (uint32_t)number;
    return status;
}

enum status read_text(const struct jr *v, const char *key, char *dst, size_t size,
                      struct error *err)
{
    const char *text = NULL;
    if (jr_get_string(v, key, EVENT_MAX_LINE, &text, err) != OK)
        return ERR_INVALID;
    if (text)
        (void)text_copy(dst, size, text);
    return OK;
}

enum status read_phase(const struct jr *v, bool *ret_has, enum phase *ret, struct error *err)
{
    struct jr member;
    const char *name;
    if (jr_require(v, "phase", "the name of a phase", &member, err) != OK ||
        jr_string(&member, EVENT_MAX_LINE, &name, err) != OK)
        return ERR_INVALID;
    *ret_has = phase_from_name(name, ret);
    return OK;
}

// ---- plan ----

static enum status read_classes(const struct jr *v, struct plan_phase *ret, struct error *err)
{
    if (jr_object(v, err) != OK)
        return ERR_INVALID;
    struct jr member;
    for (void *iter = NULL; jr_next(v, &iter, &member);) {
        if (ret->class_count == PLAN_MAX_CLASSES)
            return jr_expected(v, err, "at most %d classes", PLAN_MAX_CLASSES);
        struct plan_class *class = &ret->classes[ret->class_count++];
        if (!text_copy(class->name, sizeof(class->name), member.key))
            return jr_expected(&member, err, "a class name of at most %d bytes",
                               PLAN_CLASS_NAME - 1);
        if (jr_count(&member, EVENT_MAX_UNITS, &class->units, err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

static enum status read_plan_phase(const struct jr *v, struct plan *ret, struct error *err)
{
    bool has_phase;
    enum phase phase;
    struct jr classes;
    if (jr_object(v, err) != OK || read_phase(v, &has_phase, &phase, err) != OK)
        return ERR_INVALID;
    if (!has_phase)
        return OK;
    struct plan_phase *row = &ret->phases[phase];
    *row = (struct plan_phase){.present = true};
    if (read_count(v, "total", &row->has_total, &row->total_units, err) != OK ||
        read_small(v, "items", &row->items, err) != OK)
        return ERR_INVALID;
    return jr_get(v, "classes", &classes) ? read_classes(&classes, row, err) : OK;
}

enum status read_plan(const struct jr *v, struct plan *ret, struct error *err)
{
    *ret = (struct plan){0};
    if (jr_array(v, 0, 4 * PHASE_COUNT, err) != OK)
        return ERR_INVALID;
    for (size_t i = 0; i < jr_size(v); i++) {
        struct jr element = jr_at(v, i);
        if (read_plan_phase(&element, ret, err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

static void write_plan_phase(enum phase phase, const struct plan_phase *row, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key_string(w, "phase", phase_info(phase)->name);
    jw_key_string(w, "unit", unit_name(phase_info(phase)->unit));
    if (row->has_total)
        jw_key_uint(w, "total", row->total_units);
    if (row->items)
        jw_key_uint(w, "items", row->items);
    if (row->class_count) {
        jw_key(w, "classes");
        jw_object_begin(w);
        for (int i = 0; i < row->class_count; i++)
            jw_key_uint(w, row->classes[i].name, row->classes[i].units);
        jw_object_end(w);
    }
    jw_object_end(w);
}

void write_plan(const struct plan *plan, struct json_writer *w)
{
    jw_array_begin(w);
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (plan->phases[i].present)
            write_plan_phase((enum phase)i, &plan->phases[i], w);
    }
    jw_array_end(w);
}

// ---- features ----

#define FEATURE(field)                                                                             \
    {                                                                                              \
#field, offsetof(struct features, has_##field), offsetof(struct features, field)           \
    }

struct feature_row {
    const char *name;
    size_t has_offset;   // of a bool
    size_t value_offset; // of a uint64_t
};

static const struct feature_row feature_rows[] = {
    FEATURE(frames_upscale), FEATURE(frames_output), FEATURE(pixels_in),
    FEATURE(pixels_out),     FEATURE(bytes_in),      FEATURE(bytes_out),
    FEATURE(clips),          FEATURE(runnable),      FEATURE(processors),
};
enum { FEATURE_ROWS = sizeof(feature_rows) / sizeof(feature_rows[0]) };

static bool feature_has(const struct features *features, const struct feature_row *row)
{
    return *(const bool *)((const char *)features + row->has_offset);
}

enum status read_features(const struct jr *v, struct features *ret, struct error *err)
{
    if (jr_object(v, err) != OK)
        return ERR_INVALID;
    for (int i = 0; i < FEATURE_ROWS; i++) {
        bool *has = (bool *)((char *)ret + feature_rows[i].has_offset);
        uint64_t value = 0;
        if (read_count(v, feature_rows[i].name, has, &value, err) != OK)
            return ERR_INVALID;
        memcpy((char *)ret + feature_rows[i].value_offset, &value, sizeof(value));
    }
    struct jr remote;
    ret->has_remote = jr_get(v, "remote", &remote);
    if (ret->has_remote && jr_bool(&remote, &ret->remote, err) != OK)
        return ERR_INVALID;
    return read_text(v, "quality", ret->quality, sizeof(ret->quality), err);
}

void write_feature_members(const struct features *features, struct json_writer *w)
{
    for (int i = 0; i < FEATURE_ROWS; i++) {
        uint64_t value;
        memcpy(&value, (const char *)features + feature_rows[i].value_offset, sizeof(value));
        if (feature_has(features, &feature_rows[i]))
            jw_key_uint(w, feature_rows[i].name, value);
    }
    if (features->quality[0] != '\0')
        jw_key_string(w, "quality", features->quality);
    if (features->has_remote)
        jw_key_bool(w, "remote", features->remote);
}

void write_features(const struct features *features, struct json_writer *w)
{
    jw_object_begin(w);
    write_feature_members(features, w);
    jw_object_end(w);
}

bool features_any(const struct features *features)
{
    for (int i = 0; i < FEATURE_ROWS; i++) {
        if (feature_has(features, &feature_rows[i]))
            return true;
    }
    return features->quality[0] != '\0' || features->has_remote;
}

// ---- data ----

void read_data(const struct jr *v, char dst[static EVENT_MAX_DATA])
{
    struct jr member;
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, EVENT_MAX_DATA - 1);
    if (jr_get(v, "data", &member))
        jr_dump(&member, &text);
    (void)text_copy(dst, EVENT_MAX_DATA, text.overflow ? "" : buffer_string(&text));
}

// ---- timings ----

// Older records tell that at half of the work alone.
static enum status read_paces(const struct jr *v, double ret[PACE_CHECKS], struct error *err)
{
    struct jr list;
    if (!jr_get(v, "pace_s", &list))
        return jr_get_number(v, "half_s", 0, MAX_SECONDS, &ret[PACE_CHECKS - 1], err);
    if (jr_array(&list, PACE_CHECKS, PACE_CHECKS, err) != OK)
        return ERR_INVALID;
    for (size_t i = 0; i < PACE_CHECKS; i++) {
        struct jr pace = jr_at(&list, i);
        if (jr_number(&pace, 0, MAX_SECONDS, &ret[i], err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

static void write_paces(const double paces[PACE_CHECKS], struct json_writer *w)
{
    if (paces[PACE_CHECKS - 1] <= 0)
        return;
    jw_key(w, "pace_s");
    jw_array_begin(w);
    for (int i = 0; i < PACE_CHECKS; i++)
        jw_number(w, paces[i], DECIMALS);
    jw_array_end(w);
}

enum status read_timings(const struct jr *v, struct record_phase ret[static PHASE_COUNT],
                         struct error *err)
{
    if (jr_object(v, err) != OK)
        return ERR_INVALID;
    struct jr member;
    for (void *iter = NULL; jr_next(v, &iter, &member);) {
        enum phase phase;
        if (!phase_from_name(member.key, &phase))
            continue;
        struct record_phase *timing = &ret[phase];
        bool has_units;
        *timing = (struct record_phase){.present = true};
        if (jr_kind(&member) == JR_NUMBER) {
            if (jr_number(&member, 0, MAX_SECONDS, &timing->wall_s, err) != OK)
                return ERR_INVALID;
            continue;
        }
        if (jr_object(&member, err) != OK ||
            jr_get_number(&member, "busy_s", 0, MAX_SECONDS, &timing->busy_s, err) != OK ||
            jr_get_number(&member, "wall_s", 0, MAX_SECONDS, &timing->wall_s, err) != OK ||
            read_paces(&member, timing->pace_s, err) != OK ||
            jr_get_number(&member, "ahead", 0, (double)EVENT_MAX_UNITS, &timing->ahead, err) !=
                OK ||
            jr_get_number(&member, "lag", 0, (double)EVENT_MAX_UNITS, &timing->lag, err) != OK ||
            read_count(&member, "units", &has_units, &timing->units, err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

void write_timings(const struct record_phase timings[static PHASE_COUNT], struct json_writer *w)
{
    jw_object_begin(w);
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (!timings[i].present)
            continue;
        jw_key(w, phase_info((enum phase)i)->name);
        jw_object_begin(w);
        jw_key_number(w, "busy_s", timings[i].busy_s, DECIMALS);
        jw_key_number(w, "wall_s", timings[i].wall_s, DECIMALS);
        if (timings[i].units)
            jw_key_uint(w, "units", timings[i].units);
        write_paces(timings[i].pace_s, w);
        if (timings[i].ahead > 0)
            jw_key_number(w, "ahead", timings[i].ahead, DECIMALS);
        if (timings[i].lag > 0)
            jw_key_number(w, "lag", timings[i].lag, DECIMALS);
        jw_object_end(w);
    }
    jw_object_end(w);
}
