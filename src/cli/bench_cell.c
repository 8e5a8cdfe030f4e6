// SPDX-License-Identifier: GPL-3.0-or-later
// bench_cell.c — see bench_cell.h. The specs are what people ask for: a moving crop of a ninth of
// the width, a spotlight over half of the time, moments with cards, a look every second.
#include "cli/bench_cell.h"

#include <stdio.h>

#include "base/json_write.h"

enum { DECIMALS = 3, MOMENTS = 3, CLIPS = 2 };

int bench_cells(const struct bench_axes *axes, struct bench_cell cells[static BENCH_MAX_CELLS])
{
    int n = 0;
    for (int i = 0; i < axes->seconds_count; i++) {
        for (int j = 0; j < axes->source_count; j++) {
            const struct bench_source *source = &axes->sources[j];
            if (source->duration_s > 0 && source->duration_s < axes->seconds[i])
                continue;
            for (int at = 0; at < EXPORT_TYPE_COUNT * 2 * axes->rounds; at++) {
                int type = at / 2 % EXPORT_TYPE_COUNT;
                if (axes->types[type] && n < BENCH_MAX_CELLS)
                    cells[n++] = (struct bench_cell){.type = (enum export_type)type,
                                                     .source = *source,
                                                     .seconds = axes->seconds[i],
                                                     .cold = at % 2 == 0,
                                                     .round = 1 + at / 2 / EXPORT_TYPE_COUNT};
            }
        }
    }
    return n;
}

void bench_cell_name(const struct bench_cell *cell, char dst[static BENCH_NAME])
{
    (void)snprintf(dst, BENCH_NAME, "bench-%s-%ds-%s-%s-%d", export_info(cell->type)->name,
                   cell->seconds, cell->source.name, cell->cold ? "cold" : "warm", cell->round);
}

// ---- specs ----

static void key_range(struct json_writer *w, const char *key, double start, double end)
{
    jw_key(w, key);
    jw_object_begin(w);
    jw_key_number(w, "start", start, DECIMALS);
    jw_key_number(w, "end", end, DECIMALS);
    jw_object_end(w);
}

static void key_size(struct json_writer *w, bool quick)
{
    jw_key(w, "output_size");
    jw_object_begin(w);
    jw_key_int(w, "width", quick ? 120 : 810);
    jw_key_int(w, "height", quick ? 214 : 1440);
    jw_object_end(w);
    if (quick)
        jw_key_string(w, "model", "animevideov3");
}

// A crop of 9 : 16 that wanders over the picture in so many seconds.
static void key_crop(struct json_writer *w, const struct bench_source *s, double seconds)
{
    double height = s->height / 3.0;
    double width = height * 9 / 16;
    jw_key(w, "keyframes");
    jw_array_begin(w);
    for (int i = 0; i < 3; i++) {
        jw_object_begin(w);
        jw_key_number(w, "time", seconds * i / 2, DECIMALS);
        jw_key_number(w, "x", (s->width - width) * (0.2 + 0.3 * i), DECIMALS);
        jw_key_number(w, "y", (s->height - height) * (i == 1 ? 0.3 : 0.5), DECIMALS);
        jw_key_number(w, "width", width, DECIMALS);
        jw_key_number(w, "height", height, DECIMALS);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void write_framing(struct json_writer *w, const struct bench_cell *cell, const char *input,
                          bool quick)
{
    jw_key_string(w, "input", input);
    key_range(w, "trim", 0, cell->seconds);
    key_crop(w, &cell->source, cell->seconds);
    key_size(w, quick);
}

static void write_clips(struct json_writer *w, const struct bench_cell *cell, const char *input,
                        bool quick)
{
    double part = (double)cell->seconds / CLIPS;
    key_size(w, quick);
    jw_key(w, "clips");
    jw_array_begin(w);
    for (int i = 0; i < CLIPS; i++) {
        jw_object_begin(w);
        jw_key_string(w, "input", input);
        key_range(w, "trim", i * part, (i + 1) * part);
        key_crop(w, &cell->source, part);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void write_ellipse(struct json_writer *w, const struct bench_source *s, double time_s,
                          double x)
{
    jw_object_begin(w);
    jw_key_number(w, "time", time_s, DECIMALS);
    jw_key_number(w, "x", s->width * x, DECIMALS);
    jw_key_number(w, "y", s->height * 0.5, DECIMALS);
    jw_key_number(w, "radius_x", s->height * 0.08, DECIMALS);
    jw_key_number(w, "radius_y", s->height * 0.12, DECIMALS);
    jw_object_end(w);
}

static void write_overlay(struct json_writer *w, const struct bench_cell *cell, const char *input,
                          bool quick)
{
    (void)quick;
    double start = cell->seconds * 0.25;
    double end = cell->seconds * 0.75;
    jw_key_string(w, "input", input);
    key_range(w, "trim", 0, cell->seconds);
    jw_key(w, "regions");
    jw_array_begin(w);
    jw_object_begin(w);
    jw_key_number(w, "start", start, DECIMALS);
    jw_key_number(w, "end", end, DECIMALS);
    jw_key(w, "keyframes");
    jw_array_begin(w);
    write_ellipse(w, &cell->source, start, 0.3);
    write_ellipse(w, &cell->source, end, 0.7);
    jw_array_end(w);
    jw_object_end(w);
    jw_array_end(w);
}

static void write_moments(struct json_writer *w, const struct bench_cell *cell, const char *input,
                          bool quick)
{
    (void)quick;
    double part = (double)cell->seconds / MOMENTS;
    jw_key_string(w, "input", input);
    jw_key(w, "clips");
    jw_array_begin(w);
    for (int i = 0; i < MOMENTS; i++) {
        jw_object_begin(w);
        jw_key_number(w, "start", i * part, DECIMALS);
        jw_key_number(w, "end", (i + 1) * part, DECIMALS);
        jw_key_string(w, "name", "A moment");
        jw_key_string(w, "notes", "What happened, in a few words that fill a line of the card.");
        jw_key_int(w, "rating", 1 + i);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void write_looks(struct json_writer *w, const struct bench_cell *cell, const char *input,
                        bool quick)
{
    (void)quick;
    jw_key_string(w, "input", input);
    jw_key(w, "timestamps");
    jw_array_begin(w);
    for (int i = 0; i < cell->seconds; i++)
        jw_int(w, i);
    jw_array_end(w);
}

static void write_part(struct json_writer *w, const struct bench_cell *cell, const char *input,
                       bool quick)
{
    (void)quick;
    jw_key_string(w, "input", input);
    jw_key_number(w, "start", cell->seconds * 0.1, DECIMALS);
    jw_key_number(w, "end", cell->seconds * 0.9, DECIMALS);
}

static void (*const writers[EXPORT_TYPE_COUNT])(struct json_writer *w,
                                                const struct bench_cell *cell, const char *input,
                                                bool quick) = {
    [EXPORT_FRAMING_AI] = write_framing,   [EXPORT_MULTI_CLIP] = write_clips,
    [EXPORT_OVERLAY] = write_overlay,      [EXPORT_ANNOTATE_COMPILATION] = write_moments,
    [EXPORT_DETECT_PLAYERS] = write_looks, [EXPORT_EXTRACT_CLIP] = write_part,
};

void bench_cell_spec(const struct bench_cell *cell, const char *input, const char *output,
                     bool quick, struct buffer *out)
{
    struct json_writer w;
    jw_init(&w, out);
    jw_object_begin(&w);
    jw_key_string(&w, "type", export_info(cell->type)->name);
    jw_key_string(&w, "output", output);
    writers[cell->type](&w, cell, input, quick);
    jw_object_end(&w);
}
