// SPDX-License-Identifier: GPL-3.0-or-later
// decoder.h — the frames of a source by number, exactly.
//
// decoder_next(d, k) gives frame number k of the reader's frame table, wherever the decoder
// stands: it goes on forward when k lies ahead, and otherwise starts at the keyframe before k and
// drops what comes before k. Frame k is the same picture, bit for bit, whichever way it was
// reached. Ask in ascending order for speed.
//
// Memory:    a few frames per thread; flat in the length of the video.
// Ownership: the reader is borrowed, must outlive the decoder and has one decoder at a time.
// Threads:   one owner at a time; decodes with threads of its own.
// Errors:    ERR_MEDIA names the frame that is missing or cannot be decoded (a damaged frame
//            that the codec concealed is delivered). The byte source's errors unchanged.
//            ERR_CANCELLED within one packet.
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "media/picture.h"
#include "media/reader.h"

struct decoder;

// threads: 0 for one per core. Builds the reader's frame table if nobody asked for it before.
MUST_USE enum status decoder_open(struct reader *reader, int threads, struct decoder **ret,
                                  struct error *err);
void decoder_free(struct decoder *decoder);
AUTO_DEFINE(struct decoder, decoder_free)

// Frame number `index` of the source, as a new reference in *ret. ERR_INVALID behind the last.
MUST_USE enum status decoder_next(struct decoder *decoder, size_t index, struct picture **ret,
                                  struct error *err);
