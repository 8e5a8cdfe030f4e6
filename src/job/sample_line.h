// SPDX-License-Identifier: GPL-3.0-or-later
// sample_line.h — what a viewer had before them at one moment, as `headway replay` prints it.
//
//   {"trace":"r1","t_ms":500,"percent":4.2,"eta_s":11,"eta_low_s":9,"eta_high_s":14,
//    "phase":"upscale","source":"counts","health":"ok"}
//
// The three times are null when none was said. Pure. Ownership: texts are borrowed.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/json_read.h"

struct sample {
    int64_t t_ns; // since submit
    double fraction;
    bool has_eta, has_interval;
    double eta_s, low_s, high_s; // meaningless unless has_eta, has_interval
    bool stalled;                // the viewer was told that the job hangs
};

struct sample_line {
    const char *trace;
    struct sample sample;
    const char *phase, *source, *health;
};

enum { SAMPLE_MAX_LINE = 1024 };

// Appends one line with its line end.
void sample_line_write(const struct sample_line *line, struct buffer *out);
// Reads a line of a document that must outlive `ret`; phase, source and health are not wanted and
// NULL. ERR_INVALID names the member.
MUST_USE enum status sample_line_read(const struct jr *v, struct sample_line *ret,
                                      struct error *err);
