// SPDX-License-Identifier: GPL-3.0-or-later
// benchmark.h — the record of a finished export as a line of a log, written and read.
//
//     BENCHMARK_DATA: {"v":1,"type":"overlay","job":"run-7","at_ms":…,"phases":{"upload":
//         {"busy_s":0.2,"wall_s":3,"units":91823}},"total_s":4.1,"src":"worker"}
//
// docs/history.md names the members. Reading is lenient: the marker may stand anywhere in a line,
// text may follow the JSON, the JSON may be escaped inside a JSON string (as loggers wrap lines);
// phases may be written with "modal_" in front, and as a plain number of seconds; members that
// are not known are ignored, and phases too. What is there must be right.
//
// Pure. Ownership: a struct benchmark is a plain value.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "job/event.h"
#include "progress/record.h"

#define BENCHMARK_MARKER "BENCHMARK_DATA:"
enum { BENCHMARK_MAX_TEXT = 8192 }; // of the JSON

struct benchmark {
    char job[EVENT_MAX_NAME]; // "" when not told
    bool has_estimate;
    double estimated_s; // the total that was expected before the work began
    struct record record;
};

// Appends the JSON, without marker or line end.
void benchmark_write(const struct benchmark *b, struct buffer *out);

// Reads the JSON. ERR_INVALID names the member; ERR_LIMIT: longer than BENCHMARK_MAX_TEXT.
MUST_USE enum status benchmark_parse(const char *json, size_t n, struct benchmark *ret,
                                     struct error *err);

// Is there a marker in the line?
bool benchmark_marked(const char *line, size_t n);
// Reads what stands behind the first marker of a line.
MUST_USE enum status benchmark_parse_line(const char *line, size_t n, struct benchmark *ret,
                                          struct error *err);
