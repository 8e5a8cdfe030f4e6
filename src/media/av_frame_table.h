// SPDX-License-Identifier: GPL-3.0-or-later
// av_frame_table.h — PRIVATE to src/media: the time stamp of every frame of a video stream.
//
// Built without decoding: from the container's index where that proves a constant frame
// rate (a few packets are read to check it), else by reading all packets once. Frames that
// no decoder shows are left out: those outside an edit list, those that lean on a keyframe
// before the stream's beginning, VP8's invisible ones, empty packets.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "media/av_input.h"

enum { FRAME_TABLE_MAX = 1 << 24 }; // 77 hours at 60 fps

struct av_frame_table {
    int64_t *pts; // strictly ascending, in the stream's time base
    size_t count;
    int64_t end_pts; // when the last frame ends
};

// Builds the table of input->video and leaves the input at its beginning, with only that stream
// read. ERR_MEDIA when there is no frame at all; ERR_LIMIT beyond FRAME_TABLE_MAX.
MUST_USE enum status av_frame_table_build(struct av_input *input, struct av_frame_table *ret,
                                          struct error *err);
void av_frame_table_done(struct av_frame_table *table);

// The frame whose time stamp is nearest to `pts`; false when that is further away than half the
// distance between neighbours there.
bool av_frame_table_find(const struct av_frame_table *table, int64_t pts, size_t *ret);
