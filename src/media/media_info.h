// SPDX-License-Identifier: GPL-3.0-or-later
// media_info.h — what is known of a video before any of its frames is decoded. Plain value.
//
// Units: sizes in pixels, times in seconds. Display pixels are what a viewer sees: after the
// container's rotation, with square pixels. Texts are names as ffmpeg says them; they are
// static and live for ever.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "job/rational.h"

struct media_info {
    const char *container; // "mov,mp4,m4a,3gp,3g2,mj2"
    int64_t bit_rate;      // bits per second of the whole file; 0 unknown

    int width, height;             // in display pixels
    int coded_width, coded_height; // as stored, before rotation
    int rotation;                  // degrees clockwise that a viewer turns it: 0, 90, 180, 270
    struct rational pixel_aspect;  // width : height of a stored pixel
    const char *codec;             // "h264"
    const char *pixel_format;      // "yuv420p"
    const char *matrix;            // "bt709", "unknown"
    const char *range;             // "tv" (16–235), "pc" (0–255), "unknown"
    const char *transfer;          // "bt709", "arib-std-b67"

    struct rational fps; // average
    double origin_s;     // the container's time of the first video frame: our zero, see reader.h
    double duration_s;   // of the video; exact once the reader has its frame table
    bool has_frame_count;
    uint64_t frame_count; // as the container says; exact once the reader has its frame table

    bool has_audio;
    const char *audio_codec; // these three meaningless unless has_audio
    int audio_rate_hz;
    int audio_channels;
};
