// SPDX-License-Identifier: GPL-3.0-or-later
// grid.h — a tensor of one picture in one of the memory layouts of a CPU back end, and the
// operations on it that are only a matter of moving pixels.
//
// Layout: channels in blocks of `block`: [block number][row][column][channel in block]. Block 1
// is planar (nchw), 8 and 16 are nChw8c and nChw16c (the last block padded), and block = channels
// is nhwc. Elements are float, or bfloat16 (the upper half of a float) when `bf16`.
// Pure. Ownership: a grid borrows its data. Threads: none of its own; the result does not depend
// on how the work is cut.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/image.h"

struct grid {
    void *data;
    int channels;
    int block;
    int width, height;
    bool bf16;
};

struct rect {
    int x, y, width, height;
};

// Bytes that the grid's data takes, padding of the last block included.
size_t grid_bytes(const struct grid *g);
// Copies `from` out of the picture into the upper left of a planar float grid; the rest is zero.
void grid_load(const struct grid *dst, const struct image *src, struct rect from);
// Copies `from` out of a planar float grid to (x, y) of the picture.
void grid_store(struct image *dst, int x, int y, const struct grid *src, struct rect from);
// The same values in another layout or element type; equal channels and sides.
void grid_convert(const struct grid *dst, const struct grid *src);
// Zeroes column `width` and row `height`, where they exist: what a 3×3 convolution with zero
// padding would see beyond a picture of width × height. `reach` such columns and rows.
void grid_clear_margin(const struct grid *g, int width, int height, int reach);
// x > 0 ? x : slopes[channel]·x in place; float grids only. Padding channels stay as they are.
void grid_prelu(const struct grid *g, const float *slopes);
// Repeats each pixel factor × factor times; same layout.
void grid_nearest(const struct grid *dst, const struct grid *src, int factor);
// factor² · c channels of any layout → c planar float channels with sides × factor.
void grid_pixel_shuffle(const struct grid *dst, const struct grid *src, int factor);
// Planar float, sides × factor / divisor, of the first width × height pixels of `src`; the border
// pixels are repeated. Cubic convolution with a = −0.75 (as ncnn's Interp type 3 and ONNX Resize
// "cubic"; R. Keys 1981), half-pixel centres, no antialiasing.
void grid_bicubic(const struct grid *dst, const struct grid *src, int width, int height, int factor,
                  int divisor);
