// SPDX-License-Identifier: GPL-3.0-or-later
// phase.h — the vocabulary: export types, phases, units; one table each.
//
// Pure. Wire names are the tables' `name` columns; phase names are also accepted with the
// prefix "modal_" ("modal_upscale" = upscale), as systems with older workers say them.
#pragma once

#include <stdbool.h>

enum export_type {
    EXPORT_FRAMING_AI,
    EXPORT_MULTI_CLIP,
    EXPORT_OVERLAY,
    EXPORT_ANNOTATE_COMPILATION,
    EXPORT_DETECT_PLAYERS,
    EXPORT_EXTRACT_CLIP,
    EXPORT_TYPE_COUNT
};

// What a phase counts.
enum unit { UNIT_NONE, UNIT_BYTES, UNIT_FRAMES, UNIT_CLIPS, UNIT_COUNT };

// In the usual order of a job; a worker may overlap those from DOWNLOAD to UPLOAD.
enum phase {
    PHASE_QUEUE,   // waiting for a worker; timed by the server
    PHASE_STARTUP, // the worker coming up; timed by the server
    PHASE_DOWNLOAD,
    PHASE_INIT, // loading the model; silent
    PHASE_OVERLAY,
    PHASE_PROCESS,
    PHASE_UPSCALE,
    PHASE_ENCODE,
    PHASE_CONCAT,
    PHASE_MERGE,
    PHASE_UPLOAD,
    PHASE_FINALIZE, // verify and make durable; timed by the server
    PHASE_COUNT
};

struct phase_info {
    const char *name;  // on the wire
    const char *label; // for people: "Upscaling"
    enum unit unit;    // what its counts mean
};

struct export_info {
    const char *name;               // on the wire: "framing_ai"
    const char *label;              // for people: "Follow and upscale"
    enum phase phases[PHASE_COUNT]; // the worker's phases, in order
    int phase_count;                // 0 for exports too short to have any
};

// Rows; an out-of-range value asserts.
const struct phase_info *phase_info(enum phase phase);
const struct export_info *export_info(enum export_type type);
const char *unit_name(enum unit unit); // "bytes"

// By wire name. False when there is none of that name; *ret is then unchanged.
bool phase_from_name(const char *name, enum phase *ret);
bool export_type_from_name(const char *name, enum export_type *ret);
bool unit_from_name(const char *name, enum unit *ret);
