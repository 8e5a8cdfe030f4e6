// SPDX-License-Identifier: GPL-3.0-or-later
// upscaler.c — times the upscaler on one raw frame, for bench/upscaler_vs_ort.sh and by hand.
//
//   bench_upscaler MODEL THREADS PRECISION WIDTHxHEIGHT ROUNDS IN OUT
// IN: 3 × h × w float32 (planar RGB), "-" for a made-up picture. OUT: the result, likewise, "-"
// for none. Prints one line: median and least milliseconds of ROUNDS, and what ran.
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "sys/clock.h"
#include "vision/upscaler.h"

static int by_value(const void *a, const void *b)
{
    double d = *(const double *)a - *(const double *)b;
    return (d > 0) - (d < 0);
}

static bool read_frame(const char *path, struct image *image)
{
    FILE *f = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
    bool ok = f || strcmp(path, "-") == 0;
    unsigned noise = 1;
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < image->height; y++) {
            float *row = image_row(image, c, y);
            size_t n = (size_t)image->width;
            if (f)
                ok = ok && fread(row, sizeof *row, n, f) == n;
            for (size_t x = 0; !f && x < n; x++)
                row[x] = (float)((noise = noise * 1664525 + 1013904223) >> 8) * 0x1p-24F;
        }
    return (!f || fclose(f) == 0) && ok;
}

static bool write_frame(const char *path, const struct image *image)
{
    if (strcmp(path, "-") == 0)
        return true;
    FILE *f = fopen(path, "wb");
    bool ok = f;
    for (int c = 0; c < 3; c++)
        for (int y = 0; ok && y < image->height; y++)
            ok = fwrite(image_row(image, c, y), sizeof(float), (size_t)image->width, f) ==
                 (size_t)image->width;
    return f && fclose(f) == 0 && ok;
}

static void report(const struct upscaler *u, const struct image *in, double *ms, int rounds)
{
    struct upscaler_info info = upscaler_info(u);
    qsort(ms, (size_t)rounds, sizeof *ms, by_value);
    double megapixels = in->width * in->height / 1e6;
    printf("{\"median_ms\":%.2f,\"least_ms\":%.2f,\"ms_per_mpx\":%.1f,\"gflops\":%.1f,"
           "\"device\":\"%s\",\"precision\":\"%s\",\"implementation\":\"%s\"}\n",
           ms[rounds / 2], ms[0], ms[rounds / 2] / megapixels,
           info.mflop_per_px * megapixels / ms[rounds / 2] * 1e6, info.backend.device,
           info.backend.precision, info.backend.implementation);
}

static enum status run(char **argv, struct error *err)
{
    struct upscaler_options options = {.model = argv[1], .threads = atoi(argv[2])};
    options.precision = strcmp(argv[3], "bf16") == 0  ? PRECISION_BF16
                        : strcmp(argv[3], "f32") == 0 ? PRECISION_F32
                                                      : PRECISION_AUTO;
    int width = 0, height = 0, rounds = atoi(argv[5]);
    struct image in = {0}, out = {0};
    if (sscanf(argv[4], "%dx%d", &width, &height) != 2 || rounds < 1 || rounds > 1000)
        return error_set(err, ERR_USAGE, "WIDTHxHEIGHT and 1 to 1000 rounds expected");
    struct upscaler *u AUTO(upscaler_free) = NULL;
    enum status s = image_resize(&in, width, height, err);
    if (s == OK && !read_frame(argv[6], &in))
        s = error_set(err, ERR_IO, "%s: not a frame of %dx%d", argv[6], width, height);
    if (s == OK)
        s = upscaler_new(&options, NULL, &u, err);
    double *ms AUTO(mem_free) = mem_zeroed((size_t)rounds, sizeof *ms);
    for (int i = -1; s == OK && i < rounds; i++) { // the first is not counted: it makes the plan
        int64_t start_ns = clock_now_ns();
        s = upscaler_run(u, &in, &out, NULL, err);
        if (i >= 0)
            ms[i] = (double)(clock_now_ns() - start_ns) / 1e6;
        else
            (void)fprintf(stderr, "first run %.1f ms\n", (double)(clock_now_ns() - start_ns) / 1e6);
    }
    if (s == OK && !write_frame(argv[7], &out))
        s = error_set(err, ERR_IO, "%s: could not be written", argv[7]);
    if (s == OK)
        report(u, &in, ms, rounds);
    image_done(&in);
    image_done(&out);
    return s;
}

int main(int argc, char **argv)
{
    struct error err = {0};
    if (argc != 8) {
        (void)fprintf(stderr, "usage: %s MODEL THREADS PRECISION WxH ROUNDS IN OUT\n", argv[0]);
        return 2;
    }
    if (run(argv, &err) == OK)
        return 0;
    (void)fprintf(stderr, "%s: %s\n", argv[0], err.text);
    return status_info(err.status)->exit_code;
}
