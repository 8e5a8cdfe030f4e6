// SPDX-License-Identifier: GPL-3.0-or-later
// av_reader.h — PRIVATE to src/media: the inside of a reader, for the decoder.
#pragma once

#include "media/av_frame_table.h"
#include "media/av_input.h"
#include "media/reader.h"

struct reader {
    struct av_input input;
    struct media_info info;
    bool has_table;
    struct av_frame_table table;
};

// Builds the frame table if it is not there yet. Moves the reading position.
MUST_USE enum status av_reader_table(struct reader *reader, struct error *err);
// Seconds from the first frame of a time stamp of the video stream; needs the table.
double av_reader_time_s(const struct reader *reader, int64_t pts);
