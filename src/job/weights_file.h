// SPDX-License-Identifier: GPL-3.0-or-later
// weights_file.h — a set of weights as JSON: written by `headway analyze --write`, read as
// `learned`.
//
//     {"headway_weights": 1, "date": "2026-11-27T08:15:00Z", "types": {"overlay": {"samples": 12,
//      "phases": {"download": [0, 3.1], "overlay": [3.1, 3.2], …}}}}
//
// Ranges are percent of the whole job, from and to. Pure.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "progress/weights.h"

enum { WEIGHTS_FILE_MAX_BYTES = 64 * 1024 };

struct weights_file {
    int64_t at_ms;                       // when it was made, since 1970
    uint64_t samples[EXPORT_TYPE_COUNT]; // records that a type's ranges rest on; 0: it has none
    struct weight_set set;
};

// Appends the JSON with line ends, as people read it.
void weights_file_write(const struct weights_file *f, struct buffer *out);
// ERR_INVALID names the member. Types and phases that are not known are ignored.
MUST_USE enum status weights_file_parse(const char *text, size_t n, struct weights_file *ret,
                                        struct error *err);
