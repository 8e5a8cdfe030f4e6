// SPDX-License-Identifier: GPL-3.0-or-later
// spotlight.c — the drawing of the spotlight against drawing the whole frame sample by sample.
//
// Usage: spotlight [ROUNDS]
//
// A 1920×1080 picture with one ellipse of 150 × 260 px. "naive" evaluates the same formula, with
// the same roundings, for every sample of all planes. Both in turn; medians.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "media/av.h"
#include "media/spotlight.h"
#include "sys/clock.h"

enum { WIDTH = 1920, HEIGHT = 1080, MAX_ROUNDS = 1000 };

static struct picture *make_picture(void)
{
    AVFrame *frame = av_own_frame_new();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = WIDTH;
    frame->height = HEIGHT;
    if (av_frame_get_buffer(frame, 0) < 0)
        exit(1);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < frame->linesize[k] * (k ? HEIGHT / 2 : HEIGHT); i++)
            frame->data[k][i] = (uint8_t)(16 + i % 219);
    return picture_new(frame);
}

static double cover(double distance, double ramp)
{
    return fmin(fmax(0.5 - distance / ramp, 0), 1);
}

static void naive_plane(const struct spotlight *l, uint8_t *data, int stride, int k)
{
    const struct spot *s = &l->spot;
    double step = k ? 2 : 1;
    double ramp = fmax(1.5, step);
    double black = k ? 128 : 16;
    double line_value = k ? 128 : 235;
    double rim_value = k ? 128 : 92;
    double out = l->effect == REGION_DARK_OVERLAY ? 1 - l->dim * s->strength : 1;
    double in = l->effect == REGION_BRIGHTNESS_BOOST ? 1 + s->fill_opacity * s->strength : 1;
    for (int y = 0; y < HEIGHT / (int)step; y++) {
        for (int x = 0; x < WIDTH / (int)step; x++) {
            double dx = x * step + 0.5 - s->x;
            double dy = y * step + step / 2 - s->y;
            double gx = dx / (s->radius_x * s->radius_x);
            double gy = dy / (s->radius_y * s->radius_y);
            double f = sqrt(dx * gx + dy * gy);
            double slope = sqrt(gx * gx + gy * gy);
            double d = slope > 0 ? f * (f - 1) / slope : -s->radius_x;
            double value = data[y * stride + x];
            value = black + (value - black) * (out + cover(d, ramp) * (in - out));
            value += s->stroke_opacity * s->strength * cover(fabs(d) - 2, ramp) *
                     (rim_value - value);
            value += s->stroke_opacity * s->strength * cover(fabs(d) - 1, ramp) *
                     (line_value - value);
            data[y * stride + x] = (uint8_t)lrint(fmin(fmax(value, 0), 255));
        }
    }
}

static void naive(const struct spotlight *l, struct picture *picture)
{
    for (int k = 0; k < 3; k++)
        naive_plane(l, picture->frame->data[k], picture->frame->linesize[k], k);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double timed_ms(void (*draw)(const struct spotlight *, struct picture *),
                       const struct spotlight *l, struct picture *picture)
{
    int64_t begin_ns = clock_now_ns();
    draw(l, picture);
    return (double)(clock_now_ns() - begin_ns) / 1e6;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"dark_overlay", "brightness_boost", "original"};
    static double fast[MAX_ROUNDS];
    static double slow[MAX_ROUNDS];
    int rounds = argc > 1 ? atoi(argv[1]) : 21;
    if (rounds < 1 || rounds > MAX_ROUNDS)
        return 1;
    struct picture *picture AUTO(picture_unref) = make_picture();
    struct spot spot = {960.3, 540.7, 150, 260, 0.2, 1, 0xFFFFFF, 1};
    printf("| effect | kernel ms | naive ms | times faster |\n|---|---|---|---|\n");
    for (int effect = 0; effect < REGION_EFFECT_COUNT; effect++) {
        struct spotlight light = {(enum region_effect)effect, 0.15, spot};
        for (int i = 0; i < rounds; i++) {
            fast[i] = timed_ms(spotlight_draw, &light, picture);
            slow[i] = timed_ms(naive, &light, picture);
        }
        qsort(fast, (size_t)rounds, sizeof(*fast), ascending);
        qsort(slow, (size_t)rounds, sizeof(*slow), ascending);
        printf("| %s | %.3f | %.1f | %.0f |\n", names[effect], fast[rounds / 2], slow[rounds / 2],
               slow[rounds / 2] / fast[rounds / 2]);
    }
    return 0;
}
