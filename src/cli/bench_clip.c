// SPDX-License-Identifier: GPL-3.0-or-later
// bench_clip.c — see bench_clip.h.
#include "cli/bench_clip.h"

#include <math.h>
#include <string.h>

#include "base/image.h"
#include "media/film.h"
#include "media/picture.h"
#include "media/scaler.h"
#include "storage/sink.h"

enum { SHAPES = 6, SAMPLE_RATE = 48000 };
static const double tau = 6.283185307179586;

// A uniform number in [0, 1): the finaliser of SplitMix64.
static float noise(uint64_t seed)
{
    seed += 0x9e3779b97f4a7c15;
    seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9;
    seed = (seed ^ seed >> 27) * 0x94d049bb133111eb;
    return (float)((seed ^ seed >> 31) >> 40) / (float)(1 << 24);
}

// Green ground with stripes and grain.
static void draw_ground(struct image *image)
{
    static const float colour[] = {0.22F, 0.46F, 0.2F};
    for (int c = 0; c < 3; c++) {
        for (int y = 0; y < image->height; y++) {
            float *row = image_row(image, c, y);
            for (int x = 0; x < image->width; x++) {
                bool stripe = (x * 12 / image->width) % 2 == 0;
                float grain = noise((uint64_t)y * (uint64_t)image->width + (uint64_t)x) - 0.5F;
                row[x] = colour[c] * (stripe ? 1.0F : 0.9F) + 0.06F * grain;
            }
        }
    }
}

struct disc {
    double x, y, radius;
    float colour[3];
};

// Shape i at a moment: each on an ellipse of its own, at a speed of its own.
static struct disc disc_at(const struct image *image, int i, double time_s)
{
    uint64_t seed = (uint64_t)i;
    double angle = tau * (time_s * (0.05 + 0.03 * i) + 0.17 * i);
    return (struct disc){
        .x = image->width * (0.5 + (0.1 + 0.05 * i) * cos(angle)),
        .y = image->height * (0.5 + (0.35 - 0.04 * i) * sin(angle)),
        .radius = image->height * 0.06,
        .colour = {noise(3 * seed), noise(3 * seed + 1), noise(3 * seed + 2)},
    };
}

static void draw_disc(struct image *image, const struct disc *d)
{
    int top = (int)fmax(0, d->y - d->radius);
    int bottom = (int)fmin(image->height - 1, d->y + d->radius);
    for (int y = top; y <= bottom; y++) {
        double half = sqrt(fmax(0, d->radius * d->radius - (y - d->y) * (y - d->y)));
        int left = (int)fmax(0, d->x - half);
        int right = (int)fmin(image->width - 1, d->x + half);
        for (int c = 0; c < 3; c++) {
            float *row = image_row(image, c, y);
            for (int x = left; x <= right; x++)
                row[x] = d->colour[c] * (0.8F + 0.2F * (float)((y / 4 + x / 4) % 2));
        }
    }
}

static enum status add_tone(struct film *film, const struct bench_clip *clip, int frame,
                            struct error *err)
{
    float samples[SAMPLE_RATE / 8];
    int64_t from = (int64_t)frame * SAMPLE_RATE / clip->fps;
    int64_t n = (int64_t)(frame + 1) * SAMPLE_RATE / clip->fps - from;
    for (int64_t i = 0; i < n; i++)
        samples[i] = 0.2F * (float)sin(tau * 440 * (double)(from + i) / SAMPLE_RATE);
    return film_audio(film, samples, n, err);
}

struct studio {
    struct image ground, image;
    struct scaler *scaler;
    struct film *film;
};

static enum status add_frame(struct studio *s, const struct bench_clip *clip, int frame,
                             struct error *err)
{
    struct picture *picture AUTO(picture_unref) = NULL;
    memcpy(s->image.data, s->ground.data,
           (size_t)3 * (size_t)s->ground.height * s->ground.stride * sizeof(float));
    for (int i = 0; i < SHAPES; i++) {
        struct disc d = disc_at(&s->image, i, (double)frame / clip->fps);
        draw_disc(&s->image, &d);
    }
    enum status status = scaler_picture(s->scaler, &s->image, &picture, err);
    if (status == OK)
        status = film_video(s->film, picture, err);
    return status == OK ? add_tone(s->film, clip, frame, err) : status;
}

static enum status film_all(struct studio *s, const struct bench_clip *clip, struct sink *sink,
                            struct cancel *cancel, struct error *err)
{
    const struct film_options options = {
        .width = clip->width,
        .height = clip->height,
        .fps_num = clip->fps,
        .fps_den = 1,
        .expected_frames = clip->frames,
        .has_audio = true,
        .sample_rate = SAMPLE_RATE,
        .channels = 1,
    };
    struct film_result result;
    enum status status = image_resize(&s->ground, clip->width, clip->height, err);
    if (status == OK)
        status = image_resize(&s->image, clip->width, clip->height, err);
    if (status == OK)
        status = scaler_new(clip->width, clip->height, &s->scaler, err);
    if (status == OK)
        status = film_open(sink_bytes(sink), &options, cancel, &s->film, err);
    if (status != OK)
        return status;
    draw_ground(&s->ground);
    for (int i = 0; i < clip->frames && status == OK; i++) {
        status = add_frame(s, clip, i, err);
        if (status == OK && clip->on_frame)
            clip->on_frame(clip->context, i + 1);
    }
    return status == OK ? film_finish(s->film, &result, err) : status;
}

enum status bench_clip_make(const struct bench_clip *clip, const char *path, struct cancel *cancel,
                            struct error *err)
{
    struct sink *sink AUTO(sink_free) = NULL;
    struct studio studio = {0};
    uint64_t size;
    enum status status = sink_open(NULL, path, cancel, &sink, err);
    if (status == OK)
        status = film_all(&studio, clip, sink, cancel, err);
    film_free(studio.film);
    scaler_free(studio.scaler);
    image_done(&studio.ground);
    image_done(&studio.image);
    return status == OK ? sink_commit(sink, &size, err) : status;
}
