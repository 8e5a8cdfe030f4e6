// SPDX-License-Identifier: GPL-3.0-or-later
// av_cut.h — PRIVATE to src/media: where a range of a video can be cut out without decoding.
//
// Finds the frame that is on screen at the wanted start, the keyframe that leads to it and,
// for an exact cut, the next IDR picture, from which on packets can stand for themselves. Reads the
// packets around the start only, whatever the length of the video.
// Units: time stamps in the time base of the video stream.
#pragma once

#include "media/av_reader.h"

struct av_cut_wish {
    bool has_start; // else from the very first packet
    double start_s; // seconds from the first frame shown
    bool has_end;   // else to the last packet
    double end_s;
    bool exact; // pictures between the start and the next IDR will be encoded anew (H.264 only)
};

struct av_cut {
    int64_t origin;     // of the first frame shown of the source
    int64_t start;      // of the frame on screen at the wanted start: zero of the new film
    int64_t end;        // frames from here on are not shown; INT64_MAX: no end
    bool from_first;    // copy from the first packet
    int64_t key_pts;    // of the keyframe that leads to start; start itself when from_first
    bool has_copy;      // false: no packet can be copied, all is encoded anew
    int64_t copy_pts;   // copying begins at this keyframe; key_pts unless exact
    int64_t copy_delay; // how long before it is shown that keyframe is decoded
    int64_t seek_pts;   // a seek to here comes out before it; INT64_MIN: the beginning
};

// Moves the reading position. ERR_INVALID: the start is not before the end of the video.
MUST_USE enum status av_cut_find(struct reader *reader, const struct av_cut_wish *wish,
                                 struct av_cut *ret, struct error *err);
// Goes to where `cut` has to be read from.
MUST_USE enum status av_cut_seek(struct reader *reader, const struct av_cut *cut,
                                 struct error *err);
