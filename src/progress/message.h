// SPDX-License-Identifier: GPL-3.0-or-later
// message.h — the sentences people read about a job: the one place that makes them. Pure.
//
// Texts go into the caller's array, always terminated, cut at whole UTF-8 characters.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "progress/tracker.h"

enum { MESSAGE_SIZE = 96 }; // fits every sentence

// What a snapshot does not know. All zero: leave it out.
struct message_context {
    uint32_t queue_position; // from 1, while waiting
    uint32_t max_attempts;   // "Retrying (2 of 3)…"
    bool gpu;                // "Starting GPU…" rather than "Starting worker…"
};

// What the job is doing: "Upscaling frame 41/100", "Downloading 45 of 128 MB". `context` may be
// NULL. Returns dst.
const char *message_phase(char *dst, size_t size, const struct snapshot *s,
                          const struct message_context *context);

// The time left in words as wide as the interval: "2 min 10 s", "2–3 min", "about 3 min, at most
// 6 min", "a few seconds"; "" when it is not known, or nothing is left. Returns dst.
const char *message_eta(char *dst, size_t size, const struct snapshot *s);
