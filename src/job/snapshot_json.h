// SPDX-License-Identifier: GPL-3.0-or-later
// snapshot_json.h — what viewers see of a job, as JSON (docs/protocol.md): written and read.
//
// Two forms. The full form says everything; a viewer gets it first, and again when the state of
// the job changes. The short form says what changed since, in at most SNAPSHOT_SHORT_MAX bytes,
// and is what goes out many times a second. Both are one JSON object on one line, no line end.
//
// Pure. Units: as struct snapshot inside; on the wire percent, seconds and milliseconds since
// 1970 as the names say. Ownership: a struct job_snapshot is a plain value of about 3 KB.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "job/event.h"
#include "job/job_state.h"
#include "progress/tracker.h"

enum {
    SNAPSHOT_SHORT_MAX = 200,
    SNAPSHOT_MESSAGE = 80,     // with the NUL; a short form must have room for it
    SNAPSHOT_ETA_TEXT = 48,    // with the NUL
    SNAPSHOT_MAX_TEXT = 16384, // of a form that is read
};

struct snapshot_result {
    char output[EVENT_MAX_OUTPUT];
    uint64_t bytes;
    uint64_t frames;
    double duration_s;
    char data[EVENT_MAX_DATA]; // one JSON value; "" when the export has none
};

struct snapshot_error {
    enum status code;
    char text[EVENT_MAX_TEXT];
    bool retryable;
};

struct job_snapshot {
    char job[EVENT_MAX_NAME];
    uint64_t seq; // of snapshots, ascending; the newest counts
    enum job_state state;
    struct snapshot progress;
    char message[SNAPSHOT_MESSAGE];   // "Upscaling frame 41/100"
    char eta_text[SNAPSHOT_ETA_TEXT]; // "2–3 min"
    char worker[EVENT_MAX_NAME];      // "" until one said hello
    uint32_t queue_position;          // from 1; 0 when not waiting in line
    bool has_queue_eta;               // how long it will wait; these four mean nothing unless
    int64_t queue_eta_ns;             // it waits; median, and the interval around it
    int64_t queue_eta_low_ns, queue_eta_high_ns;
    bool has_result;
    struct snapshot_result result; // meaningless unless has_result
    bool has_error;
    struct snapshot_error error;             // meaningless unless has_error
    uint64_t submitted_at_ms, updated_at_ms; // since 1970; 0 when not known
};

extern const char *const snapshot_source_names[SOURCE_COUNT]; // "counts"
extern const char *const snapshot_health_names[HEALTH_COUNT]; // "stalled"

// Appends the full form.
void snapshot_json_full(const struct job_snapshot *s, struct buffer *out);

// Has anything changed that the short form leaves out? Then the full form is to be sent.
bool snapshot_json_needs_full(const struct job_snapshot *shown, const struct job_snapshot *now);

// Appends the short form: what differs between *shown, which is what the viewer knows, and *now.
// What was written is copied into *shown. What did not fit stays different there, so it goes out
// with one of the next; the state, the percent and its speed always fit. Result, error, worker
// and times are in the full form only. Returns the number of bytes.
size_t snapshot_json_short(struct job_snapshot *shown, const struct job_snapshot *now,
                           struct buffer *out);

// Applies either form to *into: what it does not say stays. Start from a zeroed struct with the
// full form. Unknown members are ignored. ERR_INVALID names the member; *into is then undefined.
MUST_USE enum status snapshot_json_apply(struct job_snapshot *into, const char *text, size_t n,
                                         struct error *err);
