// SPDX-License-Identifier: GPL-3.0-or-later
// spec_clip.c — one clip of a spec: what only its source can tell.
#include "job/spec.h"

enum status spec_clip_check(const struct spec_clip *clip, int width_px, int height_px,
                            struct error *err)
{
    for (size_t i = 0; i < clip->keyframe_count; i++) {
        const struct crop_keyframe *k = &clip->keyframes[i];
        if (k->x < width_px && k->y < height_px && k->x + k->width > 0 && k->y + k->height > 0)
            continue;
        return error_set(err, ERR_INVALID,
                         "keyframes[%zu]: the crop, %.6g×%.6g at (%.6g, %.6g), lies entirely "
                         "outside the source, which is %d×%d",
                         i, k->width, k->height, k->x, k->y, width_px, height_px);
    }
    return OK;
}
