// SPDX-License-Identifier: GPL-3.0-or-later
// image.c — see image.h.
#include "base/image.h"

#include <stdlib.h>

#include "base/memory.h"

enum status image_resize(struct image *image, int width, int height, struct error *err)
{
    if (width < 1 || height < 1 || width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE)
        return error_set(err, ERR_LIMIT, "an image of %d×%d pixels: each side must be 1 to %d",
                         width, height, IMAGE_MAX_SIDE);
    size_t stride = ((size_t)width + 15) / 16 * 16;
    size_t need = 3 * stride * (size_t)height;
    if (need > image->capacity) {
        float *data = mem_try_array(need, sizeof(float));
        if (!data)
            return error_set(err, ERR_MEMORY, "no memory for an image of %d×%d pixels", width,
                             height);
        free(image->data);
        image->data = data;
        image->capacity = need;
    }
    image->width = width;
    image->height = height;
    image->stride = stride;
    return OK;
}

void image_done(struct image *image)
{
    if (!image)
        return;
    free(image->data);
    *image = (struct image){0};
}
