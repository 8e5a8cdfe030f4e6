// SPDX-License-Identifier: GPL-3.0-or-later
// spec_fields.c — see spec_fields.h.
#include "job/spec_fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum status require_number(const struct jr *v, const char *key, double min, double max, double *ret,
                           struct error *err)
{
    struct jr member;
    if (jr_require(v, key, "a number", &member, err) != OK)
        return ERR_INVALID;
    return jr_number(&member, min, max, ret, err);
}

enum status not_greater(const struct jr *v, const char *key, const char *what, double bound,
                        double got, struct error *err)
{
    struct jr member = {.parent = v, .key = key};
    char where[164];
    jr_path(&member, where, sizeof(where));
    return error_set(err, ERR_INVALID, "%s: must be greater than %s (%.9g), got %.9g", where, what,
                     bound, got);
}

// "#1a2B3c"; false for anything else.
static bool rgb_from_text(const char *text, uint32_t *ret)
{
    if (strlen(text) != 7 || text[0] != '#' || strspn(text + 1, "0123456789abcdefABCDEF") != 6)
        return false;
    *ret = (uint32_t)strtoul(text + 1, NULL, 16);
    return true;
}

enum status get_colour(const struct jr *v, const char *key, uint32_t *ret, struct error *err)
{
    struct jr member;
    const char *text;
    if (!jr_get(v, key, &member))
        return OK;
    if (jr_string(&member, SPEC_MAX_NAME_BYTES, &text, err) != OK)
        return ERR_INVALID;
    return rgb_from_text(text, ret) ? OK : jr_expected(&member, err, "a colour like \"#FFCC00\"");
}

void write_colour(uint32_t rgb, const char *key, struct json_writer *w)
{
    char text[8];
    (void)snprintf(text, sizeof(text), "#%06" PRIX32, rgb & 0xFFFFFF);
    jw_key_string(w, key, text);
}

// ---- trim ----

enum status read_trim(const struct jr *v, struct trim *ret, struct error *err)
{
    static const char *const fields[] = {"start", "end", NULL};
    struct jr end;
    if (jr_only(v, fields, err) != OK ||
        jr_get_number(v, "start", 0, SPEC_MAX_TIME_S, &ret->start_s, err) != OK)
        return ERR_INVALID;
    ret->has_end = jr_get(v, "end", &end);
    if (!ret->has_end)
        return OK;
    if (jr_number(&end, 0, SPEC_MAX_TIME_S, &ret->end_s, err) != OK)
        return ERR_INVALID;
    if (ret->end_s <= ret->start_s)
        return not_greater(v, "end", "trim.start", ret->start_s, ret->end_s, err);
    return OK;
}

void write_trim(const struct trim *trim, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key_number(w, "start", trim->start_s, SPEC_DECIMALS);
    if (trim->has_end)
        jw_key_number(w, "end", trim->end_s, SPEC_DECIMALS);
    jw_object_end(w);
}

// ---- segments ----

static enum status read_segment(const struct jr *v, struct segment *ret, struct error *err)
{
    static const char *const fields[] = {"start", "end", "speed", NULL};
    ret->speed = 1;
    if (jr_only(v, fields, err) != OK ||
        require_number(v, "start", 0, SPEC_MAX_TIME_S, &ret->start_s, err) != OK ||
        require_number(v, "end", 0, SPEC_MAX_TIME_S, &ret->end_s, err) != OK)
        return ERR_INVALID;
    return jr_get_number(v, "speed", SPEED_MIN, SPEED_MAX, &ret->speed, err);
}

static enum status read_segment_list(const struct jr *v, struct segment **ret, size_t *ret_count,
                                     struct error *err)
{
    if (jr_array(v, 0, TIMELINE_MAX_SEGMENTS, err) != OK)
        return ERR_INVALID;
    size_t count = jr_size(v);
    if (count == 0)
        return OK;
    *ret = mem_zeroed(count, sizeof(**ret));
    for (size_t i = 0; i < count; i++) {
        struct jr element = jr_at(v, i);
        if (read_segment(&element, &(*ret)[i], err) != OK)
            return ERR_INVALID;
    }
    *ret_count = count;
    return segments_check(*ret, count, err);
}

// The number that a member's name spells, below `limit`; "01" and "+1" are not spellings of 1.
static bool index_from_key(const char *key, size_t limit, size_t *ret)
{
    char *end;
    unsigned long index = strtoul(key, &end, 10);
    char canonical[24];
    (void)snprintf(canonical, sizeof(canonical), "%lu", index);
    if (*end != '\0' || strcmp(key, canonical) != 0 || index >= limit)
        return false;
    *ret = index;
    return true;
}

static enum status read_segment_speeds(const struct jr *v, struct segment *segments, size_t count,
                                       struct error *err)
{
    if (jr_object(v, err) != OK)
        return ERR_INVALID;
    struct jr member;
    for (void *iter = NULL; jr_next(v, &iter, &member);) {
        size_t i;
        if (!index_from_key(member.key, count, &i)) {
            char where[164];
            jr_path(&member, where, sizeof(where));
            return error_set(err, ERR_INVALID,
                             "%s: there is no such segment; the boundaries make 0 to %zu", where,
                             count - 1);
        }
        if (jr_number(&member, SPEED_MIN, SPEED_MAX, &segments[i].speed, err) != OK)
            return ERR_INVALID;
    }
    return OK;
}

static enum status read_boundaries(const struct jr *v, struct segment **ret, size_t *ret_count,
                                   struct error *err)
{
    if (jr_array(v, 2, TIMELINE_MAX_SEGMENTS + 1, err) != OK)
        return ERR_INVALID;
    size_t count = jr_size(v) - 1;
    struct segment *segments = mem_zeroed(count, sizeof(*segments));
    *ret = segments;
    double last = -1;
    for (size_t i = 0; i <= count; i++) {
        struct jr element = jr_at(v, i);
        double at_s;
        if (jr_number(&element, 0, SPEC_MAX_TIME_S, &at_s, err) != OK)
            return ERR_INVALID;
        if (at_s <= last)
            return jr_expected(&element, err, "more than the boundary before it (%.9g)", last);
        last = at_s;
        if (i > 0)
            segments[i - 1].end_s = at_s;
        if (i < count)
            segments[i] = (struct segment){.start_s = at_s, .speed = 1};
    }
    *ret_count = count;
    return OK;
}

enum status read_segments(const struct jr *v, struct segment **ret, size_t *ret_count,
                          struct error *err)
{
    static const char *const fields[] = {"boundaries", "segmentSpeeds", NULL};
    *ret = NULL;
    *ret_count = 0;
    if (jr_kind(v) == JR_ARRAY)
        return read_segment_list(v, ret, ret_count, err);
    if (jr_kind(v) != JR_OBJECT)
        return jr_expected(v, err, "an array of segments, or an object with boundaries");
    struct jr boundaries;
    struct jr speeds;
    if (jr_only(v, fields, err) != OK ||
        jr_require(v, "boundaries", "an array of times", &boundaries, err) != OK ||
        read_boundaries(&boundaries, ret, ret_count, err) != OK)
        return ERR_INVALID;
    if (!jr_get(v, "segmentSpeeds", &speeds))
        return OK;
    return read_segment_speeds(&speeds, *ret, *ret_count, err);
}

void write_segments(const struct segment *segments, size_t count, struct json_writer *w)
{
    jw_array_begin(w);
    for (size_t i = 0; i < count; i++) {
        jw_object_begin(w);
        jw_key_number(w, "start", segments[i].start_s, SPEC_DECIMALS);
        jw_key_number(w, "end", segments[i].end_s, SPEC_DECIMALS);
        jw_key_number(w, "speed", segments[i].speed, SPEC_DECIMALS);
        jw_object_end(w);
    }
    jw_array_end(w);
}

// ---- frame rate and size ----

enum status read_fps(const struct jr *v, struct rational *ret, struct error *err)
{
    double number = 0;
    const char *text;
    struct rational fps = {0, 0};
    if (jr_kind(v) == JR_NUMBER && jr_number(v, 1, TIMELINE_MAX_FPS, &number, NULL) == OK)
        fps = rational_from_fps(number);
    else if (jr_kind(v) == JR_STRING && jr_string(v, 32, &text, NULL) == OK)
        (void)rational_parse(text, &fps);
    if (!rational_valid(fps) || rational_value(fps) < 1 || rational_value(fps) > TIMELINE_MAX_FPS)
        return jr_expected(v, err, "a frame rate from 1 to %d, as a number or like \"30000/1001\"",
                           TIMELINE_MAX_FPS);
    *ret = rational_reduced(fps);
    return OK;
}

void write_fps(struct rational fps, struct json_writer *w)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%" PRId32 "/%" PRId32, fps.num, fps.den);
    jw_string(w, text);
}

static enum status read_side(const struct jr *v, const char *key, int *ret, struct error *err)
{
    struct jr member;
    int64_t px = 0;
    if (jr_require(v, key, "an even number of pixels", &member, err) != OK)
        return ERR_INVALID;
    enum status status = jr_integer(&member, SPEC_MIN_OUTPUT_PX, SPEC_MAX_OUTPUT_PX, &px, NULL);
    if (status != OK || px % 2 != 0)
        return jr_expected(&member, err, "an even number from %d to %d", SPEC_MIN_OUTPUT_PX,
                           SPEC_MAX_OUTPUT_PX);
    *ret = (int)px;
    return OK;
}

enum status read_output_size(const struct jr *v, struct output_size *ret, struct error *err)
{
    static const char *const fields[] = {"width", "height", NULL};
    if (jr_only(v, fields, err) != OK || read_side(v, "width", &ret->width, err) != OK)
        return ERR_INVALID;
    return read_side(v, "height", &ret->height, err);
}

void write_output_size(struct output_size size, struct json_writer *w)
{
    jw_object_begin(w);
    jw_key_int(w, "width", size.width);
    jw_key_int(w, "height", size.height);
    jw_object_end(w);
}

// ---- keyframes ----

static enum status read_keyframe(const struct jr *v, struct crop_keyframe *ret, struct error *err)
{
    static const char *const fields[] = {"time", "x", "y", "width", "height", NULL};
    const double most = SPEC_MAX_CROP_PX;
    if (jr_only(v, fields, err) != OK ||
        require_number(v, "time", 0, SPEC_MAX_TIME_S, &ret->time_s, err) != OK ||
        require_number(v, "x", -most, most, &ret->x, err) != OK ||
        require_number(v, "y", -most, most, &ret->y, err) != OK ||
        require_number(v, "width", 1, most, &ret->width, err) != OK)
        return ERR_INVALID;
    return require_number(v, "height", 1, most, &ret->height, err);
}

enum status read_keyframes(const struct jr *v, struct crop_keyframe **ret, size_t *ret_count,
                           struct error *err)
{
    *ret = NULL;
    *ret_count = 0;
    if (jr_array(v, 0, CROP_MAX_KEYFRAMES, err) != OK)
        return ERR_INVALID;
    size_t count = jr_size(v);
    if (count == 0)
        return OK;
    struct crop_keyframe *keyframes = mem_zeroed(count, sizeof(*keyframes));
    *ret = keyframes;
    for (size_t i = 0; i < count; i++) {
        struct jr element = jr_at(v, i);
        if (read_keyframe(&element, &keyframes[i], err) != OK)
            return ERR_INVALID;
        if (i > 0 && keyframes[i].time_s <= keyframes[i - 1].time_s)
            return not_greater(&element, "time", "that of the keyframe before it",
                               keyframes[i - 1].time_s, keyframes[i].time_s, err);
    }
    *ret_count = count;
    return OK;
}

void write_keyframes(const struct crop_keyframe *keyframes, size_t count, struct json_writer *w)
{
    jw_array_begin(w);
    for (size_t i = 0; i < count; i++) {
        jw_object_begin(w);
        jw_key_number(w, "time", keyframes[i].time_s, SPEC_DECIMALS);
        jw_key_number(w, "x", keyframes[i].x, SPEC_DECIMALS);
        jw_key_number(w, "y", keyframes[i].y, SPEC_DECIMALS);
        jw_key_number(w, "width", keyframes[i].width, SPEC_DECIMALS);
        jw_key_number(w, "height", keyframes[i].height, SPEC_DECIMALS);
        jw_object_end(w);
    }
    jw_array_end(w);
}
