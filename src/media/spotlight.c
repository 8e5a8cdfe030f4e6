// SPDX-License-Identifier: GPL-3.0-or-later
// spotlight.c — see spotlight.h.
//
// Each row of a plane is cut into at most five stretches: outside, band, inside, band, outside.
// For the distance d and f of the header, |d| ≥ |f − 1| · min(rx, ry), so the ellipses
// f = 1 ± reach / min(rx, ry) enclose every pixel that an edge of width `reach` may touch; their
// cuts with the row are where the stretches begin and end.
#include "media/spotlight.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "media/av.h"

enum { BLOCK = 16, GAIN_ONE = 256 };

static const double line_px = 2; // these three at 1080 lines
static const double rim_px = 1;
static const double ramp_px = 1.5;
static const double rim_shade = 0.35; // the rim's colour: this times the line's

// A constant factor on one plane.
struct tone {
    double gain;
    unsigned gain_256; // 256 × gain where gain ≤ 1: then the table is (v·g + black·(256 − g)) / 256
    uint8_t table[256];
};

// One plane to draw on: sample (i, j) shows the luma position (x0 + i·step, y0 + j·step).
struct plane {
    uint8_t *data;
    ptrdiff_t stride;
    int width, height;
    double x0, y0, step;
    double black;           // the value of no light
    double line, rim;       // the colours in this plane
    struct tone in, out;    //
    double ramp;            // px
    double half_line, half; // from the ellipse to the end of the line, of the rim
};

// Y', Cb, Cr of R'G'B', limited range at 8 bits (ITU-R BT.709-6, items 3.2 to 3.4).
static void to_ycc(uint32_t rgb, double shade, double ycc[3])
{
    double red = shade * (rgb >> 16 & 0xFF) / 255;
    double green = shade * (rgb >> 8 & 0xFF) / 255;
    double blue = shade * (rgb & 0xFF) / 255;
    double luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    ycc[0] = 16 + 219 * luma;
    ycc[1] = 128 + 224 * (blue - luma) / 1.8556;
    ycc[2] = 128 + 224 * (red - luma) / 1.5748;
}

static uint8_t to_byte(double value)
{
    return (uint8_t)lrint(fmin(fmax(value, 0), UINT8_MAX));
}

static struct tone tone_of(double gain, double black)
{
    struct tone t = {.gain = gain};
    bool darker = gain <= 1;
    if (darker) {
        t.gain_256 = (unsigned)lrint(gain * GAIN_ONE);
        t.gain = (double)t.gain_256 / GAIN_ONE;
    }
    unsigned zero = (unsigned)black;
    for (unsigned v = 0; v < 256; v++)
        t.table[v] = darker ? (uint8_t)((v * t.gain_256 + zero * (GAIN_ONE - t.gain_256) +
                                         GAIN_ONE / 2) /
                                        GAIN_ONE)
                            : to_byte(black + (v - black) * gain);
    return t;
}

// -- constant stretches

typedef uint8_t bytes __attribute__((vector_size(BLOCK)));
typedef uint16_t words __attribute__((vector_size(2 * BLOCK)));

static void multiply(uint8_t *at, int n, const struct tone *tone, double black)
{
    if (n <= 0 || tone->gain == 1)
        return;
    int i = 0;
    uint16_t gain = (uint16_t)tone->gain_256;
    uint16_t offset = (uint16_t)((unsigned)black * (GAIN_ONE - tone->gain_256) + GAIN_ONE / 2);
    for (; tone->gain < 1 && i + BLOCK <= n; i += BLOCK) {
        bytes v;
        memcpy(&v, at + i, sizeof v);
        words wide = __builtin_convertvector(v, words) * gain + offset; // at most 65408
        v = __builtin_convertvector(wide >> 8, bytes);
        memcpy(at + i, &v, sizeof v);
    }
    for (; i < n; i++)
        at[i] = tone->table[at[i]];
}

// -- the band

// 1 well before the edge at distance 0, 0 well behind it.
static double cover(double distance, double ramp)
{
    return fmin(fmax(0.5 - distance / ramp, 0), 1);
}

struct row {
    const struct plane *plane;
    const struct spot *spot;
    uint8_t *at;
    double dy; // of this row from the centre, px
};

static void draw_band(const struct row *row, int from, int to)
{
    const struct plane *p = row->plane;
    const struct spot *s = row->spot;
    double opacity = s->stroke_opacity * s->strength;
    double gy = row->dy / (s->radius_y * s->radius_y);
    for (int i = from; i < to; i++) {
        double dx = p->x0 + i * p->step - s->x;
        double gx = dx / (s->radius_x * s->radius_x);
        double f = sqrt(dx * gx + row->dy * gy);
        double slope = sqrt(gx * gx + gy * gy);
        double d = slope > 0 ? f * (f - 1) / slope : -fmin(s->radius_x, s->radius_y);
        double in = cover(d, p->ramp);
        double rim = opacity * cover(fabs(d) - p->half, p->ramp);
        double line = opacity * cover(fabs(d) - p->half_line, p->ramp);
        double value = p->black +
                       (row->at[i] - p->black) * (p->out.gain + in * (p->in.gain - p->out.gain));
        value += rim * (p->rim - value);
        value += line * (p->line - value);
        row->at[i] = to_byte(value);
    }
}

// -- planes

// Half the width of the ellipse f = `scale` where it crosses the row, px; false where it does not.
static bool half_width(const struct row *row, double scale, double *ret)
{
    double dy = row->dy / row->spot->radius_y;
    if (scale <= fabs(dy))
        return false;
    *ret = row->spot->radius_x * sqrt(scale * scale - dy * dy);
    return true;
}

// The first sample of the plane at or behind the luma column x.
static int column(const struct plane *p, double x)
{
    return (int)fmin(fmax(ceil((x - p->x0) / p->step), 0), p->width);
}

static void draw_row(const struct row *row, double inner, double outer)
{
    const struct plane *p = row->plane;
    double x = row->spot->x;
    double half;
    if (!half_width(row, outer, &half)) {
        multiply(row->at, p->width, &p->out, p->black);
        return;
    }
    int from = column(p, x - half);
    int to = column(p, x + half);
    int in_from = to;
    int in_to = to;
    if (half_width(row, inner, &half)) {
        in_from = column(p, x - half);
        in_to = column(p, x + half);
    }
    multiply(row->at, from, &p->out, p->black);
    draw_band(row, from, in_from);
    multiply(row->at + in_from, in_to - in_from, &p->in, p->black);
    draw_band(row, in_to, to);
    multiply(row->at + to, p->width - to, &p->out, p->black);
}

static void draw_plane(const struct plane *p, const struct spot *s)
{
    double reach = (s->stroke_opacity > 0 ? p->half : 0) + p->ramp / 2;
    double band = reach / fmin(s->radius_x, s->radius_y);
    for (int j = 0; j < p->height; j++) {
        const struct row row = {
            .plane = p,
            .spot = s,
            .at = p->data + j * p->stride,
            .dy = p->y0 + j * p->step - s->y,
        };
        draw_row(&row, 1 - band, 1 + band);
    }
}

void spotlight_draw(const struct spotlight *light, struct picture *picture)
{
    const struct spot *s = &light->spot;
    AVFrame *frame = picture->frame;
    assert(frame->format == AV_PIX_FMT_YUV420P && s->radius_x > 0 && s->radius_y > 0);
    double out = light->effect == REGION_DARK_OVERLAY ? 1 - light->dim * s->strength : 1;
    double in = light->effect == REGION_BRIGHTNESS_BOOST ? 1 + s->fill_opacity * s->strength : 1;
    double scale = frame->height / 1080.0;
    double line = fmax(line_px * scale, 1);
    double line_ycc[3];
    double rim_ycc[3];
    to_ycc(s->rgb, 1, line_ycc);
    to_ycc(s->rgb, rim_shade, rim_ycc);
    for (int k = 0; k < 3; k++) {
        double step = k > 0 ? 2 : 1;
        double black = k > 0 ? 128 : 16;
        const struct plane plane = {
            .data = frame->data[k],
            .stride = frame->linesize[k],
            .width = k > 0 ? (frame->width + 1) / 2 : frame->width,
            .height = k > 0 ? (frame->height + 1) / 2 : frame->height,
            .x0 = 0.5, // chroma lies on the left of two columns
            .y0 = step / 2,
            .step = step,
            .black = black,
            .line = line_ycc[k],
            .rim = rim_ycc[k],
            .in = tone_of(in, black),
            .out = tone_of(out, black),
            .ramp = fmax(ramp_px * scale, step), // an edge is never sharper than the samples lie
            .half_line = line / 2,
            .half = line / 2 + rim_px * scale,
        };
        draw_plane(&plane, s);
    }
}
