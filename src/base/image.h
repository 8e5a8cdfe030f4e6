// SPDX-License-Identifier: GPL-3.0-or-later
// image.h — a picture in memory, between decoding, the network and encoding.
//
// Planar RGB float32, 3 × height × stride: plane c (0 red, 1 green, 2 blue), row y begins
// at data + ((size_t)c × height + y) × stride. Values are R'G'B' (gamma as in the video) in
// [0, 1]; a little outside is allowed between stages and clamped by the last one.
// Ownership: a struct image owns its data; image_resize() reuses it, so a stage that keeps
// one image for a whole film allocates once. Threads: one owner at a time.
#pragma once

#include <stddef.h>

#include "base/error.h"

struct image {
    int width;
    int height;
    size_t stride;   // floats from one row to the next, ≥ width
    float *data;     // 64-byte aligned; NULL before the first image_resize()
    size_t capacity; // floats that data has room for
};

enum { IMAGE_MAX_SIDE = 16384 };

// Makes the image width × height (each 1…IMAGE_MAX_SIDE, or ERR_LIMIT), stride = width rounded up
// to 16. Contents are undefined afterwards. On failure the image is as before.
MUST_USE enum status image_resize(struct image *image, int width, int height, struct error *err);
// Releases the data and zeroes the image. NULL is allowed.
void image_done(struct image *image);
// First element of row y in plane c.
static inline float *image_row(const struct image *image, int c, int y)
{
    return image->data + ((size_t)c * (size_t)image->height + (size_t)y) * image->stride;
}
