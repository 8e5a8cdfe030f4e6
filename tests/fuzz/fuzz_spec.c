// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_spec.c — any bytes as a spec. What is accepted must survive being written and read again,
// and its timeline over a small source must keep its promises.
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "job/spec.h"
#include "job/timeline.h"

enum { FRAMES = 50 };

static void check_clip(const struct spec *spec, const struct spec_clip *clip)
{
    double starts_s[FRAMES];
    for (int i = 0; i < FRAMES; i++)
        starts_s[i] = i / 25.0;
    struct frame_times times = {starts_s, FRAMES, FRAMES / 25.0};
    struct timeline_source source = {.times = &times, .duration_s = times.end_s, .fps = {25, 1}};
    struct timeline_wish wish = {clip->trim, clip->segments, clip->segment_count, spec->has_fps,
                                 spec->fps};
    struct timeline t;
    if (timeline_build(&wish, &source, &t, NULL) != OK)
        return;
    uint64_t shown = 0;
    for (size_t i = 0; i < t.run_count; i++)
        shown += t.runs[i].repeats;
    assert(shown == t.output_frames && t.piece_count > 0);
    struct crop_path path = {clip->keyframes, clip->keyframe_count, 640, 360, 0.5625};
    for (size_t i = 0; i < t.run_count; i++) {
        struct crop_rect r = crop_path_at(&path, t.runs[i].clip_time_s);
        assert(r.width > 0 && r.height > 0 && r.x >= 0 && r.y >= 0);
        assert(r.x + r.width <= 640 + 1e-6 && r.y + r.height <= 360 + 1e-6);
    }
    timeline_done(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    AUTO(spec_free) struct spec *spec = NULL;
    if (spec_parse((const char *)data, size, &spec, &err) != OK) {
        assert(err.status != OK && err.text[0]);
        return 0;
    }
    struct buffer once BUFFER_AUTO;
    struct buffer twice BUFFER_AUTO;
    buffer_init(&once, 2 * SPEC_MAX_TEXT_BYTES);
    buffer_init(&twice, 2 * SPEC_MAX_TEXT_BYTES);
    spec_write(spec, &once);
    AUTO(spec_free) struct spec *again = NULL;
    // Times that differ by less than the written decimals may collapse; all else comes back.
    if (spec_parse(buffer_string(&once), once.size, &again, &err) == OK) {
        spec_write(again, &twice);
        assert(strcmp(buffer_string(&once), buffer_string(&twice)) == 0);
    }
    bool has_clips = spec->type == EXPORT_FRAMING_AI || spec->type == EXPORT_MULTI_CLIP;
    for (size_t i = 0; has_clips && i < spec_clip_count(spec); i++) {
        const struct spec_clip clip = spec_clip_at(spec, i);
        check_clip(spec, &clip);
    }
    return 0;
}
