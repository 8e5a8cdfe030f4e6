// SPDX-License-Identifier: GPL-3.0-or-later
// png.c — see png.h.
#include "media/png.h"

#include <math.h>

#include "media/av.h"

static enum status failed(int rc, struct error *err)
{
    return av_error(err, NULL, rc, "writing a PNG picture");
}

static uint8_t to_byte(float v)
{
    return (uint8_t)lrintf(255 * (v < 0 ? 0 : v > 1 ? 1 : v));
}

// The pixels side by side, as the encoder takes them.
static enum status interleave(const struct image *image, AVFrame *frame, struct error *err)
{
    frame->format = AV_PIX_FMT_RGB24;
    frame->width = image->width;
    frame->height = image->height;
    int rc = av_frame_get_buffer(frame, 0);
    if (rc < 0)
        return failed(rc, err);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < image->height; y++) {
            const float *from = image_row(image, c, y);
            uint8_t *to = frame->data[0] + (ptrdiff_t)y * frame->linesize[0] + c;
            for (int x = 0; x < image->width; x++)
                to[3 * x] = to_byte(from[x]);
        }
    return OK;
}

static enum status open_encoder(const struct image *image, AVCodecContext **ret, struct error *err)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!context)
        return failed(AVERROR_ENCODER_NOT_FOUND, err);
    *ret = context;
    context->width = image->width;
    context->height = image->height;
    context->pix_fmt = AV_PIX_FMT_RGB24;
    context->time_base = (AVRational){1, 1};
    int rc = avcodec_open2(context, codec, NULL);
    return rc < 0 ? failed(rc, err) : OK;
}

enum status png_write(const struct image *image, struct byte_sink *sink, uint64_t *ret_bytes,
                      struct error *err)
{
    av_quiet();
    AVCodecContext *encoder AUTO(av_own_codec) = NULL;
    AVFrame *frame AUTO(av_own_frame) = av_own_frame_new();
    AVPacket *packet AUTO(av_own_packet) = av_own_packet_new();
    enum status status = open_encoder(image, &encoder, err);
    if (status == OK)
        status = interleave(image, frame, err);
    if (status != OK)
        return status;
    int rc = avcodec_send_frame(encoder, frame);
    if (rc >= 0)
        rc = avcodec_send_frame(encoder, NULL);
    if (rc >= 0)
        rc = avcodec_receive_packet(encoder, packet);
    if (rc < 0)
        return failed(rc, err);
    *ret_bytes = (uint64_t)packet->size;
    return sink->write_at(sink, 0, packet->data, (size_t)packet->size, err);
}
