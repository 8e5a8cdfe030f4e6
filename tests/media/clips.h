// SPDX-License-Identifier: GPL-3.0-or-later
// clips.h — source material for tests: made by the ffmpeg program, or the sample clips.
//
// A program that uses it calls clips_begin() and clips_end() as its group's setup and
// teardown: made files live in a folder of its own that goes with it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/byte_io.h"
#include "sys/cancel.h"

// |a − b| ≤ tolerance, else the test fails and says the two.
#define assert_near(a, b, tolerance) check_near((a), (b), (tolerance), #a, __FILE__, __LINE__)
void check_near(double a, double b, double tolerance, const char *what, const char *file, int line);

int clips_begin(void **state);
int clips_end(void **state);

// Runs `ffmpeg … ARGS FILE` in the folder and returns FILE's path (until the next call). Fails the
// test when ffmpeg fails.
const char *clips_make(const char *file, const char *args);
// The path for a file in the folder that is not there yet (until the next call).
const char *clips_path(const char *file);
// The path of a sample clip, until the next call; skips the test when it was not fetched.
const char *clips_sample(const char *file);

// A file's bytes in memory as a byte source, with the faults that a test asks for.
struct clip {
    struct byte_source source; // hand this on
    struct buffer bytes;
    int reads;
    int fail_at_read; // this and later reads fail with ERR_UNAVAILABLE "the line is dead"; 0 never
    int cancel_at_read; // fires `cancel` at this read; 0 never
    struct cancel *cancel;
    int64_t bytes_read;
};

void clip_load(struct clip *clip, const char *path);
// Of the first n bytes only.
void clip_truncate(struct clip *clip, size_t n);
void clip_text(struct clip *clip, const char *text, size_t n);
void clip_done(struct clip *clip);
