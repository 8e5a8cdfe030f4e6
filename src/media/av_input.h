// SPDX-License-Identifier: GPL-3.0-or-later
// av_input.h — PRIVATE to src/media: a container opened over a byte source.
//
// Used by the reader (picture) and the audio reader (sound), each with its own. Errors of
// the byte source come through unchanged, whatever a demuxer makes of them: they are kept
// aside when they happen and looked at first. Only the container formats in av_input.c are
// tried, and none of them can open another file.
// Threads: one owner at a time.
#pragma once

#include "base/byte_io.h"
#include "media/av.h"
#include "media/media_info.h"

struct av_input {
    char *name; // for messages
    struct byte_source *source;
    struct cancel *cancel;
    AVFormatContext *format;
    AVIOContext *io;
    int64_t position; // -- of the AVIO callbacks
    enum status failure_status;
    struct error failure; // meaningful unless failure_status is OK
    bool hollow;          // the container's data are not read: see av_input_hollow()
    int video;            // stream numbers; -1 when there is none
    int audio;
};

// Opens `source` (borrowed) and reads its headers. On failure *input is closed. ERR_MEDIA says in
// one sentence why it cannot be read: empty, no video file, cut off.
MUST_USE enum status av_input_open(struct av_input *input, struct byte_source *source,
                                   const char *name, struct cancel *cancel, struct error *err);
// Zeroed and closed ones are allowed.
void av_input_close(struct av_input *input);

// Only packets of this stream come from av_input_read() from now on.
void av_input_only(struct av_input *input, int stream);
// While on, packets come with their times and sizes as the index has them, but what is in them is
// anything: nothing is read of the source. False where the container has no full index, so that
// stays off. Turning it off must be followed by a seek or rewind.
bool av_input_hollow(struct av_input *input, int stream, bool on);
// The next packet; *ret_end is true and the packet empty at the end. ERR_CANCELLED, ERR_IO, …
MUST_USE enum status av_input_read(struct av_input *input, AVPacket *packet, bool *ret_end,
                                   struct error *err);
// Goes to a keyframe at or before `timestamp` (the stream's time base), as well as the container
// knows; to the beginning when the container cannot tell. ERR_MEDIA when that fails too.
MUST_USE enum status av_input_seek(struct av_input *input, int stream, int64_t timestamp,
                                   struct error *err);
MUST_USE enum status av_input_rewind(struct av_input *input, int stream, struct error *err);

// How many packets a stream can have between two of the container's times (±INFINITY: no bound):
// counted where the container has a full index, else more than enough by the stream's rate.
int64_t av_input_packets_at_most(const struct av_input *input, int stream, double from_s,
                                 double to_s);

// Opens a decoder for a stream with `threads` threads (0: as many as there are cores).
MUST_USE enum status av_input_codec(struct av_input *input, int stream, int threads,
                                    AVCodecContext **ret, struct error *err);

// Fills *ret from the headers; input->video must be ≥ 0. ERR_MEDIA for a size that cannot be.
MUST_USE enum status av_input_describe(const struct av_input *input, struct media_info *ret,
                                       struct error *err);
