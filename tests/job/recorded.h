// SPDX-License-Identifier: GPL-3.0-or-later
// recorded.h — small recorded jobs for the tests of what replays them.
#pragma once

#include <stdio.h>

#include "job/trace.h"
#include "test.h"

struct recorded {
    struct buffer text;
    struct trace traces[64];
    size_t count;
};

static inline void recorded_line(struct recorded *r, double at_s, int seq, const char *rest)
{
    buffer_printf(&r->text,
                  "{\"at_ms\":%.3f,\"event\":{\"v\":1,\"job\":\"j\",\"attempt\":1,\"seq\":%d,"
                  "\"t_ms\":1,\"ev\":%s}}\n",
                  at_s * 1e3, seq, rest);
}

// A job of `frames` frames that takes frame_s for each and half a second before them, submitted
// at_s after the beginning of time.
static inline void recorded_job(struct recorded *r, const char *id, double at_s, int frames,
                                double frame_s)
{
    char rest[512];
    int seq = 0;
    double t = 0.5;
    buffer_printf(&r->text,
                  "{\"at_ms\":0,\"submit\":{\"id\":\"%s\",\"type\":\"framing_ai\","
                  "\"submitted_at_ms\":%.0f}}\n",
                  id, at_s * 1e3);
    recorded_line(r, 0.05, seq++,
                  "\"hello\",\"worker\":\"w\",\"engine\":\"x4fast\",\"device\":\"cpu-avx2-2\","
                  "\"cold\":true");
    (void)snprintf(rest, sizeof(rest),
                   "\"plan\",\"plan\":[{\"phase\":\"upscale\",\"unit\":\"frames\",\"total\":%d}],"
                   "\"features\":{\"frames_upscale\":%d,\"pixels_in\":20000}",
                   frames, frames);
    recorded_line(r, 0.1, seq++, rest);
    recorded_line(r, t, seq++, "\"begin\",\"phase\":\"upscale\"");
    for (int i = 1; i <= frames; i++) {
        t += frame_s;
        (void)snprintf(rest, sizeof(rest), "\"progress\",\"phase\":\"upscale\",\"done\":%d", i);
        recorded_line(r, t, seq++, rest);
    }
    (void)snprintf(rest, sizeof(rest),
                   "\"result\",\"output\":\"o\",\"bytes\":5,\"frames\":%d,\"duration_s\":1,"
                   "\"timings\":{\"upscale\":{\"busy_s\":%g,\"wall_s\":%g}}",
                   frames, frames * frame_s, frames * frame_s);
    recorded_line(r, t + 0.01, seq, rest);
    buffer_printf(&r->text, "{\"at_ms\":%.3f,\"end\":\"complete\"}\n", (t + 0.02) * 1e3);
}

static inline void recorded_init(struct recorded *r)
{
    *r = (struct recorded){0};
    buffer_init(&r->text, 1 << 24);
}

// All text is there: take its traces.
static inline void recorded_read(struct recorded *r)
{
    struct trace_reader reader;
    struct error err;
    bool found = true;
    trace_reader_init(&reader, r->text.data, r->text.size);
    while (found) {
        assert_true(r->count < 64);
        if (trace_next(&reader, &r->traces[r->count], &found, &err) != OK)
            fail_msg("%s", err.text);
        r->count += found;
    }
    assert_int_equal(reader.counts.broken, 0);
}

static inline void recorded_done(struct recorded *r)
{
    for (size_t i = 0; i < r->count; i++)
        trace_done(&r->traces[i]);
    buffer_done(&r->text);
}
