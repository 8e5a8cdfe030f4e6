// SPDX-License-Identifier: GPL-3.0-or-later
// boxes.c — see boxes.h.
#include "vision/boxes.h"

#include <math.h>
#include <stdlib.h>

#include "vision/nanodet_model.h"

enum { PERSON = 0 };

static double clamp(double v, double least, double most)
{
    return v < least ? least : v > most ? most : v;
}

struct letterbox letterbox_fit(int source_width, int source_height, int square_width,
                               int square_height)
{
    double scale = fmin((double)square_width / source_width, (double)square_height / source_height);
    struct letterbox l = {
        .source_width = source_width,
        .source_height = source_height,
        .width = (int)clamp(round(source_width * scale), 1, square_width),
        .height = (int)clamp(round(source_height * scale), 1, square_height),
    };
    l.x = (square_width - l.width) / 2;
    l.y = (square_height - l.height) / 2;
    return l;
}

struct box letterbox_to_source(const struct letterbox *l, struct box b)
{
    double across = l->source_width / l->width, down = l->source_height / l->height;
    return (struct box){
        .left = clamp((b.left - l->x) * across, 0, l->source_width),
        .top = clamp((b.top - l->y) * down, 0, l->source_height),
        .right = clamp((b.right - l->x) * across, 0, l->source_width),
        .bottom = clamp((b.bottom - l->y) * down, 0, l->source_height),
        .confidence = b.confidence,
    };
}

// The expected number of strides of distance `side` of cell `i`.
static double distance(const struct cells *c, int side, size_t i)
{
    size_t plane = (size_t)c->columns * (size_t)c->rows;
    const float *x = c->data + (NANODET_CLASSES + (size_t)side * NANODET_BINS) * plane + i;
    double most = -INFINITY, sum = 0, weighted = 0;
    for (size_t k = 0; k < NANODET_BINS; k++)
        most = fmax(most, (double)x[k * plane]);
    for (size_t k = 0; k < NANODET_BINS; k++) {
        double e = exp((double)x[k * plane] - most);
        sum += e;
        weighted += (double)k * e;
    }
    return weighted / sum;
}

size_t boxes_decode(const struct cells *c, double threshold, struct box *boxes, size_t n)
{
    const float *scores = c->data + (size_t)PERSON * (size_t)c->columns * (size_t)c->rows;
    for (int y = 0; y < c->rows; y++)
        for (int x = 0; x < c->columns; x++) {
            size_t i = (size_t)y * (size_t)c->columns + (size_t)x;
            double confidence = 1 / (1 + exp(-(double)scores[i]));
            if (!(confidence >= threshold))
                continue;
            double cx = x + 0.5, cy = y + 0.5;
            boxes[n++] = (struct box){
                .left = (cx - distance(c, 0, i)) * c->stride,
                .top = (cy - distance(c, 1, i)) * c->stride,
                .right = (cx + distance(c, 2, i)) * c->stride,
                .bottom = (cy + distance(c, 3, i)) * c->stride,
                .confidence = confidence,
            };
        }
    return n;
}

static double area(double width, double height)
{
    return width > 0 && height > 0 ? width * height : 0;
}

double boxes_overlap(const struct box *a, const struct box *b)
{
    double shared = area(fmin(a->right, b->right) - fmax(a->left, b->left),
                         fmin(a->bottom, b->bottom) - fmax(a->top, b->top));
    double all = area(a->right - a->left, a->bottom - a->top) +
                 area(b->right - b->left, b->bottom - b->top) - shared;
    return all > 0 ? shared / all : 0;
}

static int order(double a, double b)
{
    return (a > b) - (a < b);
}

static int by_confidence(const void *a, const void *b)
{
    const struct box *x = a, *y = b;
    int o = order(y->confidence, x->confidence);
    if (o == 0)
        o = order(x->left, y->left);
    return o ? o : order(x->top, y->top);
}

size_t boxes_suppress(struct box *boxes, size_t n, double overlap)
{
    size_t kept = 0;
    if (n > 1)
        qsort(boxes, n, sizeof *boxes, by_confidence);
    for (size_t i = 0; i < n; i++) {
        bool stays = true;
        for (size_t k = 0; stays && k < kept; k++)
            stays = boxes_overlap(&boxes[i], &boxes[k]) <= overlap;
        if (stays)
            boxes[kept++] = boxes[i];
    }
    return kept;
}
