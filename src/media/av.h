// SPDX-License-Identifier: GPL-3.0-or-later
// av.h — PRIVATE to src/media: what its .c files share about libav.
//
// Headers named av*.h are the only ones here that know libav's types; nobody outside this
// folder includes them. Destructors for AUTO() carry the prefix av_own_. Threads: none of
// its own, except that a struct picture may be shared between threads (picture.h).
#pragma once

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "media/picture.h"
#include "sys/cancel.h"

// libav writes to standard error unless told not to. Called by every constructor in media; cheap
// and idempotent.
void av_quiet(void);

// Fills *err from libav's return code `rc` (< 0): ENOMEM → ERR_MEMORY, ENOSPC → ERR_NO_SPACE,
// EIO → ERR_IO, anything else → ERR_MEDIA; a fired `cancel` (may be NULL) → ERR_CANCELLED whatever
// rc says. The text is "fmt: libav's own words". Returns the status.
__attribute__((cold)) enum status av_error(struct error *err, const struct cancel *cancel, int rc,
                                           const char *fmt, ...) PRINTF_LIKE(4, 5);

// A frame with what we know of it beyond libav. Made by picture_new(), never changed afterwards.
struct picture {
    atomic_int references;
    AVFrame *frame; // owned; format, size, colour and sample aspect ratio as libav says them
    int rotation;   // degrees clockwise (0, 90, 180, 270) that a viewer must turn the frame
    int width;      // display size: after rotation and sample aspect ratio
    int height;
    double time_s;
    size_t index;
};

// A picture with one reference that takes over `frame`; unrotated, display size = frame size. Set
// the other fields before anyone else sees it.
struct picture *picture_new(AVFrame *frame);

// For AUTO(): free through libav's pointer-to-pointer destructors. NULL is allowed.
void av_own_frame(AVFrame *frame);
AUTO_DEFINE(AVFrame, av_own_frame)
void av_own_packet(AVPacket *packet);
AUTO_DEFINE(AVPacket, av_own_packet)
void av_own_codec(AVCodecContext *codec);
AUTO_DEFINE(AVCodecContext, av_own_codec)

// av_frame_alloc() and av_packet_alloc() that cannot fail (as mem_new()).
AVFrame *av_own_frame_new(void);
AVPacket *av_own_packet_new(void);
// Puts n other bytes into the packet; its times and flags stay. ERR_MEMORY.
MUST_USE enum status av_own_packet_fill(AVPacket *packet, const void *bytes, size_t n,
                                        struct error *err);
