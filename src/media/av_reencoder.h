// SPDX-License-Identifier: GPL-3.0-or-later
// av_reencoder.h — PRIVATE to src/media: H.264 that fits in front of another stream's packets.
//
// Encodes decoded frames in the pixel format, size and colour of the stream they came from, with
// parameter sets of another number, so that one film can hold both: pictures name their set.
// No picture leans on a later one, so packets come out in order, each as it is shown.
// Threads: one owner; the encoder's own threads end with it.
#pragma once

#include "media/av.h"

struct av_reencoder_options {
    AVStream *like;   // an H.264 stream; borrowed during the opening only
    int parameter_id; // number of the SPS and PPS, 0 to 31
    bool best;        // slower and finer
    int threads;      // 0: one for each core
    const char *name; // of the source, for messages
};

// Can this stream's pictures be encoded such that they fit? Interlaced ones and pixel formats that
// the encoder does not have cannot.
bool av_reencoder_fits(const AVStream *like);

// ERR_UNAVAILABLE when there is no such encoder here, ERR_MEDIA when it refuses the stream's form.
MUST_USE enum status av_reencoder_open(const struct av_reencoder_options *options,
                                       AVCodecContext **ret, struct error *err);
