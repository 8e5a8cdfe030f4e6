// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/av.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void av_quiet(void)
{
    av_log_set_level(AV_LOG_QUIET);
}

static enum status status_of(int rc)
{
    switch (rc) {
    case AVERROR(ENOMEM):
        return ERR_MEMORY;
    case AVERROR(ENOSPC):
        return ERR_NO_SPACE;
    case AVERROR_EXIT:
        return ERR_CANCELLED;
    case AVERROR(EIO):
        return ERR_IO;
    case AVERROR_BUG:
    case AVERROR_BUG2:
        return ERR_INTERNAL;
    default:
        return ERR_MEDIA;
    }
}

enum status av_error(struct error *err, const struct cancel *cancel, int rc, const char *fmt, ...)
{
    if (cancel_fired(cancel))
        return cancel_check(cancel, err);
    char words[AV_ERROR_MAX_STRING_SIZE];
    av_strerror(rc, words, sizeof words);
    char text[sizeof err->text];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    enum status status = error_set(err, status_of(rc), "%s: %s", text, words);
    error_detail(err, "libav error %d", rc);
    return status;
}

struct picture *picture_new(AVFrame *frame)
{
    struct picture *picture = mem_new(struct picture);
    atomic_init(&picture->references, 1);
    picture->frame = frame;
    picture->width = frame->width;
    picture->height = frame->height;
    return picture;
}

struct picture *picture_ref(struct picture *picture)
{
    atomic_fetch_add_explicit(&picture->references, 1, memory_order_relaxed);
    return picture;
}

void picture_unref(struct picture *picture)
{
    if (!picture || atomic_fetch_sub_explicit(&picture->references, 1, memory_order_acq_rel) > 1)
        return;
    av_own_frame(picture->frame);
    free(picture);
}

int picture_width(const struct picture *picture)
{
    return picture->width;
}

int picture_height(const struct picture *picture)
{
    return picture->height;
}

double picture_time_s(const struct picture *picture)
{
    return picture->time_s;
}

size_t picture_index(const struct picture *picture)
{
    return picture->index;
}

void av_own_frame(AVFrame *frame)
{
    av_frame_free(&frame);
}

void av_own_packet(AVPacket *packet)
{
    av_packet_free(&packet);
}

void av_own_codec(AVCodecContext *codec)
{
    avcodec_free_context(&codec);
}

AVFrame *av_own_frame_new(void)
{
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        abort(); // a few hundred bytes: as mem_new(), there is nothing sensible left to do
    return frame;
}

AVPacket *av_own_packet_new(void)
{
    AVPacket *packet = av_packet_alloc();
    if (!packet)
        abort();
    return packet;
}

enum status av_own_packet_fill(AVPacket *packet, const void *bytes, size_t n, struct error *err)
{
    AVBufferRef *buffer = n < INT_MAX - AV_INPUT_BUFFER_PADDING_SIZE
                              ? av_buffer_allocz(n + AV_INPUT_BUFFER_PADDING_SIZE)
                              : NULL;
    if (!buffer)
        return error_set(err, ERR_MEMORY, "no memory for a packet of %zu bytes", n);
    memcpy(buffer->data, bytes, n);
    av_buffer_unref(&packet->buf);
    packet->buf = buffer;
    packet->data = buffer->data;
    packet->size = (int)n;
    return OK;
}
