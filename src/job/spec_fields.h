// SPDX-License-Identifier: GPL-3.0-or-later
// spec_fields.h — readers and writers of the values that several exports share.
//
// Each reads its value at cursor `v` (the member itself) and on failure says ERR_INVALID with the
// path. Arrays are allocated and given to the caller, who frees them with free(), also after a
// failure. Pure. Threads: none of their own.
#pragma once

#include "base/json_read.h"
#include "base/json_write.h"
#include "job/crop_path.h"
#include "job/spec.h"
#include "job/timeline.h"

// Of times and positions as written: a nanosecond, and less than any resampler can tell.
enum { SPEC_DECIMALS = 9 };

// A number that must be there.
MUST_USE enum status require_number(const struct jr *v, const char *key, double min, double max,
                                    double *ret, struct error *err);
// ERR_INVALID "PATH.key: must be greater than WHAT (bound), got value".
enum status not_greater(const struct jr *v, const char *key, const char *what, double bound,
                        double got, struct error *err);
// "#RRGGBB"; absent leaves *ret as it is.
MUST_USE enum status get_colour(const struct jr *v, const char *key, uint32_t *ret,
                                struct error *err);
void write_colour(uint32_t rgb, const char *key, struct json_writer *w);

// {"start": …, "end": …}, either may be missing.
MUST_USE enum status read_trim(const struct jr *v, struct trim *ret, struct error *err);
// [{"start", "end", "speed"}] or {"boundaries": [0, 2, 5], "segmentSpeeds": {"0": 0.5}}.
MUST_USE enum status read_segments(const struct jr *v, struct segment **ret, size_t *ret_count,
                                   struct error *err);
// 29.97 or "30000/1001", from 1 to TIMELINE_MAX_FPS.
MUST_USE enum status read_fps(const struct jr *v, struct rational *ret, struct error *err);
// {"width": …, "height": …}, both, even.
MUST_USE enum status read_output_size(const struct jr *v, struct output_size *ret,
                                      struct error *err);
// [{"time", "x", "y", "width", "height"}], ascending.
MUST_USE enum status read_keyframes(const struct jr *v, struct crop_keyframe **ret,
                                    size_t *ret_count, struct error *err);

// One whole value each.
void write_trim(const struct trim *trim, struct json_writer *w);
void write_segments(const struct segment *segments, size_t count, struct json_writer *w);
void write_fps(struct rational fps, struct json_writer *w);
void write_output_size(struct output_size size, struct json_writer *w);
void write_keyframes(const struct crop_keyframe *keyframes, size_t count, struct json_writer *w);
