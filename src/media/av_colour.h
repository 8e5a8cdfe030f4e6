// SPDX-License-Identifier: GPL-3.0-or-later
// av_colour.h — PRIVATE to src/media: how the sample values of a frame mean colours. Pure.
#pragma once

#include "media/av.h"

// r = y·luma_gain + luma_offset + v·red_v + …: R'G'B' in [0, 1] from raw sample values. For RGB
// frames only luma_gain and luma_offset count, for every component.
struct av_colour {
    float luma_gain, luma_offset;
    float chroma_zero; // the raw value of no colour
    float red_v, green_u, green_v, blue_u;
};

// From the frame's matrix, range and `depth` in bits; see cropper.h for what unknown means.
struct av_colour av_colour_of(const AVFrame *frame, int depth, bool is_rgb);
// Where the first chroma sample of a subsampled axis (by 2^shift) sits, in luma samples.
double av_colour_chroma_x(const AVFrame *frame, int shift);
double av_colour_chroma_y(const AVFrame *frame, int shift);
// Do the frame's 8-bit samples mean what the film's do: BT.709, limited range?
bool av_colour_is_film(const AVFrame *frame);
