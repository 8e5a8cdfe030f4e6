// SPDX-License-Identifier: GPL-3.0-or-later
// spec_flags.h — flags of `headway run` that become fields of a spec.
//
// One table says flag, field and kind; the help text, the parsing and the JSON come from it.
// Flags only make JSON: what is acceptable is decided in one place, job/spec. A flag replaces
// the field of the same name in a spec file.
// Threads: one owner.
#pragma once

#include <argp.h>

#include "base/buffer.h"
#include "base/error.h"

enum { SPEC_FLAG_COUNT = 13, SPEC_FLAG_FIRST_KEY = 0x1000 };

struct spec_flags {
    const char *values[SPEC_FLAG_COUNT]; // as given, NULL when not; borrowed from argv
};

// Rows for argp's table, keys from SPEC_FLAG_FIRST_KEY on; SPEC_FLAG_COUNT of them.
void spec_flags_options(struct argp_option options[static SPEC_FLAG_COUNT]);
// Takes a flag's argument when `key` is one of ours.
bool spec_flags_take(struct spec_flags *flags, int key, const char *argument);

// Appends the spec as JSON: the fields of `base_text` (a JSON object of base_bytes bytes, or NULL),
// replaced by `type` (when not NULL) and by the flags. ERR_INVALID when base_text is no object,
// ERR_USAGE when a flag's argument has not the form that its help shows.
MUST_USE enum status spec_flags_write(const struct spec_flags *flags, const char *type,
                                      const char *base_text, size_t base_bytes, struct buffer *out,
                                      struct error *err);
// The same on top of the file `path` ("-": standard input; NULL: none).
MUST_USE enum status spec_flags_read(const struct spec_flags *flags, const char *type,
                                     const char *path, struct buffer *out, struct error *err);
// What messages call that file: "standard input" for "-".
const char *spec_flags_source(const char *path);
