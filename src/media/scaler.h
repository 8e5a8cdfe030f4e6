// SPDX-License-Identifier: GPL-3.0-or-later
// scaler.h — from the float image that the upscaler gives to the picture that is encoded.
//
// In: struct image (planar RGB float, gamma as in the video; outside [0, 1] is clamped).
// Out: yuv420p, bt709, limited range, chroma sited left as MPEG-2 has it, exactly
// width × height. Y = 16 + 219 (0.2126 R + 0.7152 G + 0.0722 B), Cb and Cr accordingly, 128 ± 112
// (ITU-R BT.709-6, items 3.2 to 3.4 at 8 bits). Another size is reached by Lanczos with 3 lobes,
// widened when shrinking; luma of the same size is not resampled. Pixel centres lie at half
// integers, so the edges of the two pictures coincide.
//
// Pictures come from a pool: memory is flat as long as the caller drops them.
// Threads: one owner per scaler; its pictures may be dropped by any thread, also after the
// scaler is gone.
#pragma once

#include "base/image.h"
#include "base/memory.h"

struct picture;
struct scaler;

// Pictures of width × height: even, at most IMAGE_MAX_SIDE (ERR_INVALID otherwise).
MUST_USE enum status scaler_new(int width, int height, struct scaler **ret_scaler,
                                struct error *err);
void scaler_free(struct scaler *scaler);
AUTO_DEFINE(struct scaler, scaler_free)

// Makes a picture of `image`, whose size may differ from call to call (a change costs a few
// milliseconds). The caller drops *ret_picture with picture_unref().
MUST_USE enum status scaler_picture(struct scaler *scaler, const struct image *image,
                                    struct picture **ret_picture, struct error *err);
