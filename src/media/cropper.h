// SPDX-License-Identifier: GPL-3.0-or-later
// cropper.h — cut a rectangle out of a picture, at any sub-pixel position, as RGB floats.
//
// The way of a pixel: the codec's own samples (any subsampling, 8 to 16 bit) are resampled per
// plane straight to the output grid — luma and chroma each at its own siting, so that neither
// shifts — and only then turned into R'G'B' by the stream's matrix and range. Nothing is
// rounded to 8 bits on the way. A slow pan neither jitters nor breathes.
//
// Position:  output pixel (i, j) shows the display position
//            (rect.x + (i + ½) · rect.width / width, rect.y + (j + ½) · rect.height / height),
//            where display pixel n covers [n, n + 1). Beyond the frame its edge goes on.
// Rotation:  first the whole frame is turned counter-clockwise about its centre, then cut.
// Kernels:   media/resample.h.
// Colour:    matrix and range as the stream says; unknown matrix: BT.709 from 720 lines up, else
//            BT.601 (Rec. ITU-R BT.709-6, BT.601-7, BT.2020-2 §4); unknown range: limited.
//            The result is clamped to [0, 1].
// Ownership: the cropper keeps scratch memory of a few times the output's size between calls.
// Threads:   one owner per cropper; pictures may be shared.
#pragma once

#include "base/error.h"
#include "base/image.h"
#include "base/memory.h"
#include "job/crop_path.h"
#include "media/picture.h"

struct cropper;

struct crop_wish {
    struct crop_rect rect; // display pixels of the (rotated) frame
    double rotation_deg;   // counter-clockwise
    int width;             // of the output, 1…IMAGE_MAX_SIDE
    int height;
};

struct cropper *cropper_new(void);
void cropper_free(struct cropper *cropper);
AUTO_DEFINE(struct cropper, cropper_free)

// Fills `out` (resized as needed). ERR_INVALID: a rectangle that is empty, not finite or more than
// a frame's size outside the frame. ERR_LIMIT, ERR_MEMORY; ERR_MEDIA for a pixel format that cannot
// be read.
MUST_USE enum status cropper_cut(struct cropper *cropper, const struct picture *picture,
                                 const struct crop_wish *wish, struct image *out,
                                 struct error *err);
