// SPDX-License-Identifier: GPL-3.0-or-later
// boxes.h — from the numbers of a NanoDet network to boxes in the source's pixels.
//
// The network sees a square into which the picture is fitted with its aspect kept. For every cell
// of every output it tells 80 scores and, for each side of a box, a distribution over 0…10 strides
// of the distance from the cell's centre to that side:
//     score    = 1 / (1 + exp(−x))
//     distance = stride · Σ k softmax(x)_k        (Li et al. 2020, “Generalized Focal Loss”)
// Of boxes that overlap by more than a share of their union only the most confident stays.
// Pure. Units: pixels, float, origin top left; confidence in [0, 1].
#pragma once

#include <stddef.h>

struct box {
    double left, top, right, bottom;
    double confidence;
};

// Where a picture lies in the square that the network sees, in the square's pixels.
struct letterbox {
    double source_width, source_height;
    int x, y, width, height;
};

// The largest place of the source's aspect, whole pixels, at least 1 × 1, in the middle.
struct letterbox letterbox_fit(int source_width, int source_height, int square_width,
                               int square_height);
// From the square to the source; kept within it.
struct box letterbox_to_source(const struct letterbox *l, struct box in_square);

// One output of the network: NANODET_CHANNELS planes of columns × rows cells.
struct cells {
    const float *data;
    int columns, rows;
    int stride; // pixels of the square from cell to cell
};

// Appends a box in the square for every cell whose score for a person is at least `threshold` to
// `boxes`, which holds `n` and has room for one a cell. Returns the new number.
size_t boxes_decode(const struct cells *cells, double threshold, struct box *boxes, size_t n);

// Intersection over union, 0 … 1.
double boxes_overlap(const struct box *a, const struct box *b);

// Sorts by confidence, the highest first (then left, then top), and drops every box that overlaps
// one before it by more than `overlap`. Returns how many are left.
size_t boxes_suppress(struct box *boxes, size_t n, double overlap);
