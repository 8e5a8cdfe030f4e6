// SPDX-License-Identifier: GPL-3.0-or-later
// naive.h — a network run in the plainest way, to compare the back ends with.
#pragma once

#include "base/image.h"
#include "vision/network.h"

// Resizes `out` and fills it. Slow: for small pictures and networks.
void naive_run(const struct network *net, const struct image *in, struct image *out);
// Output k of the network as planes, *ret_n floats; free() it.
float *naive_output(const struct network *net, const struct image *in, int k, size_t *ret_n);

// Repeatable pixels in [0, 1].
void naive_noise(struct image *image, int width, int height, unsigned seed);

// Peak signal to noise ratio in dB, peak 1; 200 when equal.
double naive_psnr(const struct image *a, const struct image *b);
double naive_max_difference(const struct image *a, const struct image *b);
