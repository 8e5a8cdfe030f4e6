// SPDX-License-Identifier: GPL-3.0-or-later
// runs.h — finished exports for the tests: sound records of framing_ai, as a worker stamps them.
#pragma once

#include <stdio.h>

#include "analysis/analysis.h"
#include "base/text.h"
#include "test.h"

static inline struct record_phase phase_of(double busy_s, double wall_s)
{
    return (struct record_phase){.present = true, .busy_s = busy_s, .wall_s = wall_s};
}

// The i-th run: so many frames at so many seconds each. Cold ones load the network for 2 s.
static inline struct benchmark run_of(int i, int frames, double frame_s, bool cold)
{
    struct benchmark b = {.record = {
                              .type = EXPORT_FRAMING_AI,
                              .features = {.has_frames_upscale = true,
                                           .frames_upscale = (uint64_t)frames,
                                           .has_frames_output = true,
                                           .frames_output = (uint64_t)frames,
                                           .has_pixels_in = true,
                                           .pixels_in = 74825,
                                           .has_pixels_out = true,
                                           .pixels_out = 1166400,
                                           .has_cold = true,
                                           .cold = cold,
                                           .device = "cpu-avx2-2",
                                           .engine = "x4fast"},
                              .by_worker = true,
                              .at_ms = 1700000000000 + 60000 * (int64_t)i,
                          }};
    struct record_phase *p = b.record.phases;
    double wobble = 1 + 0.02 * ((i * 7) % 5 - 2);
    p[PHASE_DOWNLOAD] = phase_of(0.3 * (1 + (i % 3)), 0.3 * (1 + (i % 3)));
    p[PHASE_INIT] = phase_of(cold ? 2 : 0.1, cold ? 2 : 0.1);
    p[PHASE_UPSCALE] = phase_of(frames * frame_s * wobble, frames * frame_s * wobble);
    p[PHASE_ENCODE] = phase_of(frames * 0.03, frames * frame_s * wobble);
    p[PHASE_UPLOAD] = phase_of(0.2 + 0.01 * (i % 4), 0.3);
    b.record.total_s = p[PHASE_UPSCALE].wall_s + p[PHASE_INIT].wall_s + p[PHASE_DOWNLOAD].wall_s +
                       1;
    (void)snprintf(b.job, sizeof(b.job), "run-%d", i);
    return b;
}

static inline void add_runs(struct samples *s, int from, int n, double frame_s, bool cold)
{
    for (int i = from; i < from + n; i++) {
        struct benchmark b = run_of(i, 100 + 50 * (i % 3), frame_s, cold);
        samples_add(s, &b);
    }
}

static inline void add_log(struct samples *s, const char *text)
{
    samples_begin(s, "log");
    samples_bytes(s, text, strlen(text));
    samples_end(s);
}

// The table that was published as measured, with the arithmetic of the simulated bar behind it.
#define PUBLISHED                                                                                  \
    "BENCHMARK_DATA: {\"type\":\"framing_ai\",\"frames_upscale\":225,\"phases\":{"                 \
    "\"modal_download\":20.1,\"modal_init\":10.0,\"modal_upscale\":122.5,\"modal_encode\":28.1,"   \
    "\"modal_upload\":66.2},\"total_s\":246.9,\"src\":\"worker\"}\n"

static inline const struct finding *finding_of(const struct type_report *r, enum finding_kind kind)
{
    for (int i = 0; i < r->finding_count; i++) {
        if (r->findings[i].kind == kind)
            return &r->findings[i];
    }
    return NULL;
}

static inline struct analysis *analysis_new(struct samples *s)
{
    struct analysis *a = mem_new(struct analysis);
    samples_finish(s);
    analysis_make(s, NULL, 0, 1700000000000, a);
    return a;
}

static inline void analysis_free(struct analysis *a)
{
    free(a);
}
AUTO_DEFINE(struct analysis, analysis_free)
#define SAMPLES_AUTO __attribute__((cleanup(samples_done)))
