// SPDX-License-Identifier: GPL-3.0-or-later
// spotlight.h — draws a spotlight onto a picture, in the picture's own planes.
//
// R'G'B' times a factor is the same as Y' − 16, Cb − 128 and Cr − 128 times that factor, so no
// plane is turned into RGB and back. The effects are those of enum region_effect; the outline is
// drawn over them: 2 px wide at 1080 lines, a rim of 1 px in the same colour, darker, on both
// sides. Every edge is a linear ramp of 1.5 px at 1080 lines over the distance to the ellipse. All
// widths scale with the picture's height; a ramp and a line are never narrower than 1 px.
//
// The distance from (x, y) to the ellipse, to first order and exact for a circle: with
// f² = (x/rx)² + (y/ry)², it is f (f − 1) / |(x/rx², y/ry²)| (Taubin 1991, eq. for curves F = 0).
//
// Cost: only the band around the edge is computed by pixel. What lies inside and outside of it is
// multiplied by a constant, or not touched where that is 1: `original` touches nothing but the
// band, `brightness_boost` nothing outside of it. Accuracy: within one step of 8 bits of the
// formula in double precision. Threads: any number at the same time, each on its own picture.
#pragma once

#include "job/region_path.h"
#include "media/picture.h"

struct spotlight {
    enum region_effect effect;
    double dim; // of REGION_DARK_OVERLAY, in [0, 1]
    struct spot spot;
};

// Draws onto a picture as canvas.h makes them (yuv420p, bt709, limited range), which nobody else
// refers to yet. The ellipse may lie partly or entirely outside of it.
void spotlight_draw(const struct spotlight *light, struct picture *picture);
