// SPDX-License-Identifier: GPL-3.0-or-later
// json_write.h — write compact JSON into a buffer.
//
// Commas and escapes are the writer's business, nesting is the caller's. Numbers print
// rounded to the given decimals without trailing zeros; NaN and infinity assert (they are
// our bugs). Text that is not valid UTF-8 is written with U+FFFD for each bad byte, so the
// output is always valid JSON. Too much for the buffer's maximum sets buffer.overflow.
// Threads: one owner.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct json_writer {
    struct buffer *out;
    bool need_comma;
};

void jw_init(struct json_writer *w, struct buffer *out);
void jw_object_begin(struct json_writer *w);
void jw_object_end(struct json_writer *w);
void jw_array_begin(struct json_writer *w);
void jw_array_end(struct json_writer *w);
void jw_key(struct json_writer *w, const char *key);
void jw_string(struct json_writer *w, const char *text); // NULL writes null
void jw_bool(struct json_writer *w, bool value);
void jw_null(struct json_writer *w);
void jw_int(struct json_writer *w, int64_t value);
void jw_uint(struct json_writer *w, uint64_t value);
// At most `decimals` (0…17) digits behind the point, trailing zeros dropped.
void jw_number(struct json_writer *w, double value, int decimals);
// Appends text that is JSON already (a stored object, say), as one value.
void jw_raw(struct json_writer *w, const char *json);

// key and value in one call, for the usual object members
void jw_key_string(struct json_writer *w, const char *key, const char *text);
void jw_key_bool(struct json_writer *w, const char *key, bool value);
void jw_key_int(struct json_writer *w, const char *key, int64_t value);
void jw_key_uint(struct json_writer *w, const char *key, uint64_t value);
void jw_key_number(struct json_writer *w, const char *key, double value, int decimals);
