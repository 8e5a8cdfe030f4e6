// SPDX-License-Identifier: GPL-3.0-or-later
// canvas.h — from a frame of a source to a picture of the film that can be drawn on.
//
// The same frame as a viewer sees it (turned upright, pixels square), as yuv420p, bt709, limited
// range, exactly the canvas' size, in memory of its own. A source frame that is so already is
// copied, sample by sample; any other goes through floats (cropper.h, scaler.h).
// Drawing (caption.h) is allowed until the picture is given to someone else.
//
// Pictures come from a pool: memory is flat as long as they are dropped.
// Threads: one owner per canvas; its pictures may be dropped by any thread, also after the canvas
// is gone.
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "media/picture.h"

struct canvas;

// Pictures of width × height: even, at most IMAGE_MAX_SIDE (ERR_INVALID otherwise).
MUST_USE enum status canvas_new(int width, int height, struct canvas **ret, struct error *err);
void canvas_free(struct canvas *canvas);
AUTO_DEFINE(struct canvas, canvas_free)

// The caller drops *ret with picture_unref(). ERR_MEMORY; ERR_MEDIA for a pixel format that cannot
// be read.
MUST_USE enum status canvas_picture(struct canvas *canvas, const struct picture *source,
                                    struct picture **ret, struct error *err);
