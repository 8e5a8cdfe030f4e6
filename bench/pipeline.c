// SPDX-License-Identifier: GPL-3.0-or-later
// pipeline.c — does an export take as long as its slowest stage, and no more memory when longer?
//
// Usage: pipeline time|memory CLIP MODEL_DIR OUTPUT     (bench/pipeline.sh makes the clip and calls
// it)
//
// time: the same frames are enlarged once alone, from images that were cut before, and once
// by the whole export, in turn (A B A B …); the median ratio is printed. Beside each time stands
// the time of all processors, in whose ratio no stage can hide behind another.
// memory: exports of 5 s and of 30 s run in processes of their own; their peaks are compared.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "export/clip.h"
#include "export/export.h"
#include "sys/clock.h"
#include "vision/upscaler.h"

enum { ROUNDS = 3, MAX_IMAGES = 400, FILM_S = 5 };

static const char *clip_path, *model_dir, *output_path;

static void must(enum status status, const struct error *err)
{
    if (status == OK)
        return;
    (void)fprintf(stderr, "pipeline: %s\n", err->text);
    exit(1);
}

// ---- a listener that listens to nothing ----

static void no_plan(struct listener *l, const struct plan *p, const struct features *f)
{
    (void)l, (void)p, (void)f;
}
static void no_begin(struct listener *l, enum phase p)
{
    (void)l, (void)p;
}
static void no_report(struct listener *l, const struct report *r)
{
    (void)l, (void)r;
}
static void no_end(struct listener *l, enum phase p, uint64_t n, int64_t ns)
{
    (void)l, (void)p, (void)n, (void)ns;
}
static void no_note(struct listener *l, const char *text)
{
    (void)l, (void)text;
}
static struct listener nobody = {no_plan, no_begin, no_report, no_end, no_note};

// ---- the two ways ----

static struct spec *make_spec(double seconds, int width, int height, const char *model)
{
    struct buffer text BUFFER_AUTO;
    buffer_init(&text, 4096);
    buffer_printf(&text,
                  "{\"type\":\"framing_ai\",\"input\":\"%s\",\"output\":\"%s\",\"model\":\"%s\","
                  "\"trim\":{\"start\":0,\"end\":%.3f},\"keyframes\":[{\"time\":0,\"x\":300.25,"
                  "\"y\":100.5,\"width\":%d,\"height\":%d}]}",
                  clip_path, output_path, model, seconds, width, height);
    struct spec *spec = NULL;
    struct error err;
    must(spec_parse(buffer_string(&text), text.size, &spec, &err), &err);
    return spec;
}

// On the clock and of all processors, in seconds.
struct span {
    double wall_s, cpu_s;
};

static double cpu_now_s(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static struct span span_begin(void)
{
    return (struct span){(double)clock_now_ns() / 1e9, cpu_now_s()};
}

static struct span span_since(struct span begin)
{
    struct span now = span_begin();
    return (struct span){now.wall_s - begin.wall_s, now.cpu_s - begin.cpu_s};
}

static struct span run_export(const struct spec *spec)
{
    struct error err;
    struct export_result result;
    struct cancel *cancel AUTO(cancel_free) = cancel_new();
    const struct export_options options = {
        .spec = spec, .model_dir = model_dir, .listener = &nobody, .cancel = cancel};
    struct span begin = span_begin();
    must(export_run(&options, &result, &err), &err);
    return span_since(begin);
}

static size_t cut_images(const struct spec *spec, struct image images[MAX_IMAGES])
{
    struct error err;
    struct meter download;
    struct clip *clip AUTO(clip_free) = NULL;
    meter_init(&download, &nobody, PHASE_DOWNLOAD);
    const struct clip_options options = {
        .spec = spec_clip_at(spec, 0), .film = spec->output_size, .download = &download};
    must(clip_open(&options, &clip, &err), &err);
    size_t count = clip_timeline(clip)->run_count;
    for (size_t i = 0; i < count && i < MAX_IMAGES; i++) {
        struct frame frame = {0};
        must(clip_cut(clip, i, &frame, &err), &err);
        images[i] = frame.image;
    }
    return count;
}

static struct span run_upscaler(const struct upscaler_options *options, const struct image *images,
                                size_t count)
{
    struct error err;
    struct image out = {0};
    struct upscaler *upscaler AUTO(upscaler_free) = NULL;
    struct span begin = span_begin();
    must(upscaler_new(options, NULL, &upscaler, &err), &err);
    for (size_t i = 0; i < count; i++)
        must(upscaler_run(upscaler, &images[i], &out, NULL, &err), &err);
    image_done(&out);
    return span_since(begin);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure_time(void)
{
    static struct image images[MAX_IMAGES];
    struct spec *spec AUTO(spec_free) = make_spec(FILM_S, 205, 365, "x4fast");
    const struct upscaler_options options = {.model = spec->model, .model_dir = model_dir};
    size_t count = cut_images(spec, images);
    double ratios[ROUNDS];
    (void)printf("| round | upscale alone | CPU | whole export | CPU | ratio | ratio of CPU |\n"
                 "|---|---|---|---|---|---|---|\n");
    for (int i = 0; i < ROUNDS; i++) {
        struct span alone = run_upscaler(&options, images, count);
        struct span whole = run_export(spec);
        ratios[i] = whole.wall_s / alone.wall_s;
        (void)printf("| %d | %.2f s | %.2f s | %.2f s | %.2f s | %.3f | %.3f |\n", i + 1,
                     alone.wall_s, alone.cpu_s, whole.wall_s, whole.cpu_s, ratios[i],
                     whole.cpu_s / alone.cpu_s);
        (void)fflush(stdout);
    }
    qsort(ratios, ROUNDS, sizeof(ratios[0]), ascending);
    (void)printf(
        "%zu frames of 205x365, x4fast: whole / slowest stage, median %.3f (goal 1.10)\n\n", count,
        ratios[ROUNDS / 2]);
    for (size_t i = 0; i < count; i++)
        image_done(&images[i]);
}

// Peak memory in MB of an export in a process of its own.
static double peak_mb(double seconds)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct spec *spec AUTO(spec_free) = make_spec(seconds, 205, 365, "animevideov3");
        (void)run_export(spec);
        _exit(0);
    }
    int status = 0;
    struct rusage usage;
    if (pid < 0 || wait4(pid, &status, 0, &usage) < 0 || status != 0)
        exit(1);
    return (double)usage.ru_maxrss / 1024;
}

static void measure_memory(void)
{
    double short_mb = peak_mb(5);
    double long_mb = peak_mb(30);
    (void)printf("peak memory: 5 s %.1f MB, 30 s %.1f MB, ratio %.3f (goal 1.10)\n\n", short_mb,
                 long_mb, long_mb / short_mb);
}

int main(int argc, char **argv)
{
    bool time = argc == 5 && strcmp(argv[1], "time") == 0;
    bool memory = argc == 5 && strcmp(argv[1], "memory") == 0;
    if (!time && !memory) {
        (void)fprintf(stderr, "usage: pipeline time|memory CLIP MODEL_DIR OUTPUT\n");
        return 64;
    }
    clip_path = argv[2];
    model_dir = argv[3];
    output_path = argv[4];
    time ? measure_time() : measure_memory();
    return 0;
}
