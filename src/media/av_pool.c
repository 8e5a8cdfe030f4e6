// SPDX-License-Identifier: GPL-3.0-or-later
// av_pool.c — see av_pool.h.
#include "media/av_pool.h"

#include <libavutil/imgutils.h>

#include "base/image.h"

enum { PLANE_ALIGN = 64 };

struct av_pool {
    AVBufferPool *buffers;
    int width, height;
};

enum status av_pool_new(int width, int height, struct av_pool **ret, struct error *err)
{
    *ret = NULL;
    if (width < 2 || height < 2 || width % 2 || height % 2 || width > IMAGE_MAX_SIDE ||
        height > IMAGE_MAX_SIDE)
        return error_set(err, ERR_INVALID,
                         "pictures of %d×%d pixels: each side must be even and 2 to %d", width,
                         height, IMAGE_MAX_SIDE);
    av_quiet();
    int bytes = av_image_get_buffer_size(AV_PIX_FMT_YUV420P, width, height, PLANE_ALIGN);
    if (bytes < 0)
        return av_error(err, NULL, bytes, "make pictures of %d×%d pixels", width, height);
    struct av_pool *pool = mem_new(struct av_pool);
    *pool = (struct av_pool){.width = width, .height = height};
    pool->buffers = av_buffer_pool_init((size_t)bytes + PLANE_ALIGN, NULL);
    if (!pool->buffers) {
        av_pool_free(pool);
        return error_set(err, ERR_MEMORY, "no memory for pictures of %d×%d pixels", width, height);
    }
    *ret = pool;
    return OK;
}

void av_pool_free(struct av_pool *pool)
{
    if (!pool)
        return;
    av_buffer_pool_uninit(&pool->buffers); // goes with its last frame
    free(pool);
}

enum status av_pool_frame(struct av_pool *pool, AVFrame **ret, struct error *err)
{
    AVFrame *frame = av_own_frame_new();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = pool->width;
    frame->height = pool->height;
    frame->sample_aspect_ratio = (AVRational){1, 1};
    frame->color_primaries = AVCOL_PRI_BT709;
    frame->color_trc = AVCOL_TRC_BT709;
    frame->colorspace = AVCOL_SPC_BT709;
    frame->color_range = AVCOL_RANGE_MPEG;
    frame->chroma_location = AVCHROMA_LOC_LEFT;
    frame->buf[0] = av_buffer_pool_get(pool->buffers);
    if (!frame->buf[0] ||
        av_image_fill_arrays(frame->data, frame->linesize, frame->buf[0]->data, AV_PIX_FMT_YUV420P,
                             pool->width, pool->height, PLANE_ALIGN) < 0) {
        av_frame_free(&frame);
        return error_set(err, ERR_MEMORY, "no memory for a picture of %d×%d pixels", pool->width,
                         pool->height);
    }
    *ret = frame;
    return OK;
}
