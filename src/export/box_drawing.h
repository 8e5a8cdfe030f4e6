// SPDX-License-Identifier: GPL-3.0-or-later
// box_drawing.h — the boxes of a detector on the picture that they were found in.
//
// Each box is a frame around the person with the confidence in percent above it (inside, where
// there is no room above). Lines and letters grow with the picture. Threads: none of its own.
#pragma once

#include "base/image.h"
#include "vision/boxes.h"

// Draws n boxes, in the picture's pixels, the last first. ERR_MEMORY; ERR_INVALID for a box wider
// or higher than CAPTION_MAX_SIDE_PX.
MUST_USE enum status boxes_draw(struct image *image, const struct box *boxes, size_t n,
                                struct error *err);
