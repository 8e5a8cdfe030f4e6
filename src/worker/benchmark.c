// SPDX-License-Identifier: GPL-3.0-or-later
// benchmark.c — see benchmark.h.
#include "worker/benchmark.h"

#include "base/json_write.h"

static void write_count(struct json_writer *w, const char *key, bool has, uint64_t value)
{
    if (has)
        jw_key_uint(w, key, value);
}

static void write_phases(struct json_writer *w, const struct benchmark *b)
{
    jw_key(w, "phases");
    jw_object_begin(w);
    for (int k = 0; k < PHASE_COUNT; k++) {
        if (!b->timings[k].present)
            continue;
        jw_key(w, phase_info((enum phase)k)->name);
        jw_object_begin(w);
        jw_key_number(w, "busy_s", b->timings[k].busy_s, 4);
        jw_key_number(w, "wall_s", b->timings[k].wall_s, 4);
        jw_object_end(w);
    }
    jw_object_end(w);
}

void benchmark_write(const struct benchmark *b, struct buffer *out)
{
    const struct features *f = &b->features;
    struct json_writer w;
    buffer_text(out, "BENCHMARK_DATA: ");
    jw_init(&w, out);
    jw_object_begin(&w);
    jw_key_int(&w, "v", 1);
    jw_key_string(&w, "type", export_info(b->type)->name);
    jw_key_string(&w, "job", b->job);
    jw_key_int(&w, "at_ms", b->at_ms);
    jw_key_string(&w, "engine", f->engine);
    jw_key_string(&w, "device", f->device);
    if (f->has_cold)
        jw_key_bool(&w, "cold", f->cold);
    write_count(&w, "frames_upscale", f->has_frames_upscale, f->frames_upscale);
    write_count(&w, "frames_output", f->has_frames_output, f->frames_output);
    write_count(&w, "pixels_in", f->has_pixels_in, f->pixels_in);
    write_count(&w, "pixels_out", f->has_pixels_out, f->pixels_out);
    write_count(&w, "bytes_in", f->has_bytes_in, f->bytes_in);
    jw_key_uint(&w, "bytes_out", b->bytes_out);
    write_count(&w, "clips", f->has_clips, f->clips);
    write_phases(&w, b);
    jw_key_number(&w, "total_s", b->total_s, 4);
    jw_key_string(&w, "src", "worker");
    jw_object_end(&w);
}
