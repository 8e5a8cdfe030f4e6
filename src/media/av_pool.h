// SPDX-License-Identifier: GPL-3.0-or-later
// av_pool.h — PRIVATE to src/media: frames of the film, their memory used again and again.
//
// Every frame is yuv420p, bt709, limited range, chroma sited left, pixels square: what the film
// encodes. Its samples are undefined at first. Threads: one owner; frames may be dropped by any
// thread, also after the pool is gone.
#pragma once

#include "media/av.h"

struct av_pool;

// Frames of width × height: even, at most IMAGE_MAX_SIDE (ERR_INVALID otherwise).
MUST_USE enum status av_pool_new(int width, int height, struct av_pool **ret, struct error *err);
void av_pool_free(struct av_pool *pool);
AUTO_DEFINE(struct av_pool, av_pool_free)

MUST_USE enum status av_pool_frame(struct av_pool *pool, AVFrame **ret, struct error *err);
