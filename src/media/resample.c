// SPDX-License-Identifier: GPL-3.0-or-later
//
// Rows come in as floats with their edges already repeated as far as the kernel reaches, so
// the inner loops have no conditions. Horizontal first into a band of rows, then vertical.
#include "media/resample.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

enum { LOBES = 3 };

// For each of `count` outputs: the first source sample and `width` weights.
struct taps {
    int count;
    int width;
    int first; // smallest and largest source sample that any output reads
    int last;
    int *start;
    float *weights; // count × width
};

static enum status reserve(struct scratch *s, size_t n, size_t size, struct error *err)
{
    if (size != 0 && n <= s->bytes / size)
        return OK;
    void *data = mem_try_array(n, size);
    if (!data)
        return error_set(err, ERR_MEMORY, "no memory to resample a picture");
    free(s->data);
    *s = (struct scratch){data, n * size};
    return OK;
}

void resampler_done(struct resampler *r)
{
    free(r->rows.data);
    free(r->line.data);
    free(r->taps_x.data);
    free(r->taps_y.data);
    *r = (struct resampler){0};
}

static double sinc(double x)
{
    return fabs(x) < 1e-9 ? 1 : sin(M_PI * x) / (M_PI * x);
}

static double lanczos(double x)
{
    return fabs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
}

// Plain Lanczos places a detail up to 0.02 px off, differently at each fraction, which a slow pan
// shows as a tremble. So the weights are corrected to have no first moment: an odd bump is taken
// off, (1 − (d / reach)²) · (d − c) with c such that its sum is 0. Then straight ramps stay
// straight.
static void straighten(float *w, int width, double first_d, double reach)
{
    double moment = 0;
    double sum = 0;
    double sum_d = 0;
    double sum_dd = 0;
    for (int t = 0; t < width; t++) {
        double d = first_d + t;
        double bump = fmax(0, 1 - d * d / (reach * reach));
        moment += (double)w[t] * d;
        sum += bump;
        sum_d += bump * d;
        sum_dd += bump * d * d;
    }
    double c = sum_d / sum;
    double gain = moment / (sum_dd - c * sum_d);
    for (int t = 0; t < width; t++) {
        double d = first_d + t;
        w[t] -= (float)(gain * fmax(0, 1 - d * d / (reach * reach)) * (d - c));
    }
}

static void fill_weights(struct taps *taps, int i, double position, double scale)
{
    float *w = taps->weights + (size_t)i * (size_t)taps->width;
    int start = (int)floor(position - LOBES * scale) + 1;
    double sum = 0;
    for (int t = 0; t < taps->width; t++)
        sum += lanczos((start + t - position) / scale);
    for (int t = 0; t < taps->width; t++)
        w[t] = (float)(lanczos((start + t - position) / scale) / sum);
    straighten(w, taps->width, start - position, LOBES * scale);
    taps->start[i] = start;
    if (start < taps->first)
        taps->first = start;
    if (start + taps->width - 1 > taps->last)
        taps->last = start + taps->width - 1;
}

static enum status build_taps(struct scratch *memory, double origin, double step, int count,
                              struct taps *taps, struct error *err)
{
    double scale = fmax(1, fabs(step));
    int width = 2 * (int)ceil(LOBES * scale);
    size_t row = sizeof(int) + (size_t)width * sizeof(float);
    enum status status = reserve(memory, (size_t)count, row, err);
    if (status != OK)
        return status;
    int *start = memory->data;
    *taps = (struct taps){.count = count,
                          .width = width,
                          .first = INT32_MAX,
                          .last = INT32_MIN,
                          .start = start,
                          .weights = (float *)(void *)(start + count)};
    for (int i = 0; i < count; i++)
        fill_weights(taps, i, origin + i * step, scale);
    return OK;
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static void load_bytes(const struct plane *p, const uint8_t *row, int from, int n, float *dst)
{
    if (p->step == 1) {
        for (int i = 0; i < n; i++)
            dst[i] = (float)row[from + i];
        return;
    }
    for (int i = 0; i < n; i++)
        dst[i] = (float)row[(ptrdiff_t)(from + i) * p->step];
}

static void load_words(const struct plane *p, const uint8_t *row, int from, int n, float *dst)
{
    for (int i = 0; i < n; i++) {
        const uint8_t *at = row + (ptrdiff_t)(from + i) * p->step;
        dst[i] = (float)((at[0] | at[1] << 8) >> p->shift);
    }
}

// Samples first…last of row y as floats, edges repeated; y may be outside too.
static void load_row(const struct plane *p, int y, int first, int last, float *dst)
{
    const uint8_t *row = p->data + clamp(y, 0, p->height - 1) * p->stride;
    int from = clamp(first, 0, p->width - 1);
    int to = clamp(last, 0, p->width - 1);
    float *inside = dst + clamp(from - first, 0, last - first);
    int n = to - from + 1;
    if (p->bytes == 1)
        load_bytes(p, row, from, n, inside);
    else if (p->bytes == 2)
        load_words(p, row, from, n, inside);
    else
        memcpy(inside, row + (ptrdiff_t)from * 4, (size_t)n * sizeof *inside);
    for (float *at = inside - 1; at >= dst; at--)
        *at = inside[0];
    for (float *at = inside + n; at <= dst + (last - first); at++)
        *at = inside[n - 1];
}

static void filter_row(const struct taps *taps, const float *line, float *dst)
{
    if (taps->width == 2 * LOBES) { // the usual case, unrolled by the compiler
        for (int i = 0; i < taps->count; i++) {
            const float *w = taps->weights + (size_t)i * 2 * LOBES;
            const float *s = line + (taps->start[i] - taps->first);
            float sum = 0;
            for (int t = 0; t < 2 * LOBES; t++)
                sum += w[t] * s[t];
            dst[i] = sum;
        }
        return;
    }
    for (int i = 0; i < taps->count; i++) {
        const float *w = taps->weights + (size_t)i * (size_t)taps->width;
        const float *s = line + (taps->start[i] - taps->first);
        float sum = 0;
        for (int t = 0; t < taps->width; t++)
            sum += w[t] * s[t];
        dst[i] = sum;
    }
}

// dst = Σ weight × row, for `width` rows that lie `stride` floats apart.
static void filter_column(const float *weights, int width, const float *rows, size_t stride,
                          const struct float_plane *dst, int j)
{
    float *restrict out = dst->data + (size_t)j * dst->stride;
    memset(out, 0, (size_t)dst->width * sizeof *out);
    for (int t = 0; t < width; t++) {
        const float *restrict row = rows + (size_t)t * stride;
        float w = weights[t];
        for (int i = 0; i < dst->width; i++)
            out[i] += w * row[i];
    }
}

enum status resample_grid(struct resampler *r, const struct plane *source, const struct affine *at,
                          const struct float_plane *dst, struct error *err)
{
    struct taps x;
    struct taps y;
    enum status status = build_taps(&r->taps_x, at->x0, at->xi, dst->width, &x, err);
    if (status == OK)
        status = build_taps(&r->taps_y, at->y0, at->yj, dst->height, &y, err);
    if (status == OK)
        status = reserve(&r->line, (size_t)(x.last - x.first) + 1, sizeof(float), err);
    // Rows above and below the plane repeat its edge: they are filtered once, at the band's ends.
    if (status == OK)
        status = reserve(&r->rows, (size_t)(y.last - y.first) + 1,
                         (size_t)dst->width * sizeof(float), err);
    if (status != OK)
        return status;
    size_t stride = (size_t)dst->width;
    float *band = r->rows.data;
    for (int row = y.first; row <= y.last; row++) {
        float *out = band + (size_t)(row - y.first) * stride;
        if (row > y.first &&
            clamp(row, 0, source->height - 1) == clamp(row - 1, 0, source->height - 1)) {
            memcpy(out, out - stride, stride * sizeof *out);
            continue;
        }
        load_row(source, row, x.first, x.last, r->line.data);
        filter_row(&x, r->line.data, out);
    }
    for (int j = 0; j < dst->height; j++)
        filter_column(y.weights + (size_t)j * (size_t)y.width, y.width,
                      band + (size_t)(y.start[j] - y.first) * stride, stride, dst, j);
    return OK;
}

// Cubic convolution with a = −1/2 at the fraction f between the second and third of four samples.
static void catmull_rom(float f, float w[static 4])
{
    float f2 = f * f;
    float f3 = f2 * f;
    w[0] = -0.5f * f3 + f2 - 0.5f * f;
    w[1] = 1.5f * f3 - 2.5f * f2 + 1;
    w[2] = -1.5f * f3 + 2 * f2 + 0.5f * f;
    w[3] = 0.5f * f3 - 0.5f * f2;
}

// A window of the plane as floats, with its edges repeated.
struct window {
    const float *data;
    int left, top; // sample numbers of data[0]
    int width;
};

static float sample_at(const struct window *window, double x, double y)
{
    float wx[4];
    float wy[4];
    int ix = (int)floor(x);
    int iy = (int)floor(y);
    catmull_rom((float)(x - ix), wx);
    catmull_rom((float)(y - iy), wy);
    const float *s = window->data + (size_t)(iy - 1 - window->top) * (size_t)window->width +
                     (ix - 1 - window->left);
    float sum = 0;
    for (int v = 0; v < 4; v++, s += window->width)
        sum += wy[v] * (wx[0] * s[0] + wx[1] * s[1] + wx[2] * s[2] + wx[3] * s[3]);
    return sum;
}

// The smallest and largest value of a0 + i · ai + j · aj over the output, inside [0, size − 1].
static void extent(double a0, double ai, double aj, const struct float_plane *dst, int size,
                   int *ret_low, int *ret_high)
{
    double di = (dst->width - 1) * ai;
    double dj = (dst->height - 1) * aj;
    double low = a0 + fmin(di, 0) + fmin(dj, 0);
    double high = a0 + fmax(di, 0) + fmax(dj, 0);
    *ret_low = (int)floor(fmin(fmax(low, 0), size - 1)) - 1;
    *ret_high = (int)floor(fmin(fmax(high, 0), size - 1)) + 3;
}

enum status resample_affine(struct resampler *r, const struct plane *source,
                            const struct affine *at, const struct float_plane *dst,
                            struct error *err)
{
    int left;
    int right;
    int top;
    int bottom;
    extent(at->x0, at->xi, at->xj, dst, source->width, &left, &right);
    extent(at->y0, at->yi, at->yj, dst, source->height, &top, &bottom);
    int width = right - left + 1;
    enum status status = reserve(&r->rows, (size_t)(bottom - top) + 1,
                                 (size_t)width * sizeof(float), err);
    if (status != OK)
        return status;
    float *data = r->rows.data;
    for (int y = top; y <= bottom; y++)
        load_row(source, y, left, right, data + (size_t)(y - top) * (size_t)width);
    struct window window = {data, left, top, width};
    for (int j = 0; j < dst->height; j++) {
        float *out = dst->data + (size_t)j * dst->stride;
        for (int i = 0; i < dst->width; i++) {
            double x = at->x0 + i * at->xi + j * at->xj;
            double y = at->y0 + i * at->yi + j * at->yj;
            out[i] = sample_at(&window, fmin(fmax(x, 0), source->width - 1),
                               fmin(fmax(y, 0), source->height - 1));
        }
    }
    return OK;
}
