// SPDX-License-Identifier: GPL-3.0-or-later
// event_json.h — plans, features and timings as JSON. For the other .c files of this floor.
//
// Readers take the value itself and leave what they do not know out; writers write one whole
// value. Pure.
#pragma once

#include "base/json_read.h"
#include "base/json_write.h"
#include "job/event.h"

// Member `key` as a count up to EVENT_MAX_UNITS; *ret_has tells whether it was there.
MUST_USE enum status read_count(const struct jr *v, const char *key, bool *ret_has, uint64_t *ret,
                                struct error *err);
// Member `key` as an unsigned number below 2^32; absent leaves *ret.
MUST_USE enum status read_small(const struct jr *v, const char *key, uint32_t *ret,
                                struct error *err);
// Member `key` cut to dst[size]; absent leaves dst.
MUST_USE enum status read_text(const struct jr *v, const char *key, char *dst, size_t size,
                               struct error *err);
// Member "phase", required to be a text; *ret_has is false when there is no such phase.
MUST_USE enum status read_phase(const struct jr *v, bool *ret_has, enum phase *ret,
                                struct error *err);

// [{"phase", "unit", "total"?, "items"?, "classes"?: {name: units}}]
MUST_USE enum status read_plan(const struct jr *v, struct plan *ret, struct error *err);
void write_plan(const struct plan *plan, struct json_writer *w);

// {"frames_upscale": …, "quality": …, "remote": …}; all of struct features but cold, device,
// engine.
MUST_USE enum status read_features(const struct jr *v, struct features *ret, struct error *err);
void write_features(const struct features *features, struct json_writer *w);
// Its members alone, into the object that is open.
void write_feature_members(const struct features *features, struct json_writer *w);
// Is there any of them to write?
bool features_any(const struct features *features);

// Member "data", any JSON value, as compact text; "" when it is absent or longer than fits.
void read_data(const struct jr *v, char dst[static EVENT_MAX_DATA]);

// {"upscale": {"busy_s": 1.5, "wall_s": 2, "units"?: 80}}; a plain number is wall_s, as older
// workers say it
MUST_USE enum status read_timings(const struct jr *v, struct record_phase ret[static PHASE_COUNT],
                                  struct error *err);
void write_timings(const struct record_phase timings[static PHASE_COUNT], struct json_writer *w);
