// SPDX-License-Identifier: GPL-3.0-or-later
// resample.h — read a plane of samples at positions between its samples.
//
// Positions are in sample numbers of the plane: 0 is the centre of the first sample, 0.5 lies
// half way to the second. Outside the plane the edge sample goes on for ever. Two ways:
//   along the axes   resample_grid(): separable Lanczos-3, corrected so that flat planes stay flat
//                    and ramps straight; where samples are skipped the kernel widens with the
//                    step, so that detail too fine is averaged and does not flicker
//   at an angle      resample_affine(): 4 × 4 Catmull-Rom (cubic convolution, Keys 1981,
//                    a = −1/2); does not average, so steps should not exceed one sample
// Pure but for memory. Threads: one owner per struct resampler.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

// Samples of one component in memory. Bytes, or little-endian 16-bit words shifted left by `shift`.
struct plane {
    const uint8_t *data; // of the first sample
    ptrdiff_t stride;    // bytes from row to row; may be negative
    int step;            // bytes from sample to sample
    int bytes;           // of a sample: 1, 2, or 4 for float
    int shift;
    int width;
    int height;
};

// Output sample (i, j) reads the position (x0 + i · xi + j · xj, y0 + i · yi + j · yj).
struct affine {
    double x0, xi, xj;
    double y0, yi, yj;
};

// Scratch memory that grows to what is needed. All-zero is ready.
struct resampler {
    struct scratch {
        void *data;
        size_t bytes;
    } rows, line, taps_x, taps_y;
};

void resampler_done(struct resampler *r);

// Where the results go: width × height floats, `stride` floats from row to row.
struct float_plane {
    float *data;
    size_t stride;
    int width;
    int height;
};

// Along the axes: needs xj == 0 and yi == 0 (they are not looked at). ERR_MEMORY.
MUST_USE enum status resample_grid(struct resampler *r, const struct plane *source,
                                   const struct affine *at, const struct float_plane *dst,
                                   struct error *err);
// At any angle. ERR_MEMORY.
MUST_USE enum status resample_affine(struct resampler *r, const struct plane *source,
                                     const struct affine *at, const struct float_plane *dst,
                                     struct error *err);
