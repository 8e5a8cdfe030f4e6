// SPDX-License-Identifier: GPL-3.0-or-later
// av_output.h — PRIVATE to src/media: an MP4 that is written to a byte sink, its index in front.
//
// Used by the film (encoded here) and by the remux (copied packets). The MP4 muxer's own
// "faststart" rewrites the whole file and refuses custom output, so the room for the index is
// reserved instead (`moov_size`): the muxer leaves a hole behind the file type, writes the media
// behind it and fills the hole at the end. Every write beyond head_bytes goes strictly forward;
// one that would not is refused, since such a file could not be played.
// Errors:  the sink's own error comes out unchanged, whatever the muxer makes of it; ERR_CANCELLED
//          at the next write. After any error only av_output_close() makes sense.
// Threads: one owner.
#pragma once

#include "base/byte_io.h"
#include "media/av.h"

struct av_output {
    AVFormatContext *mux; // add streams and metadata between open and begin
    const struct cancel *cancel;
    int64_t size;       // bytes so far
    int64_t head_bytes; // within these the end writes a second time

    // -- of the callbacks from inside the muxer
    struct byte_sink *sink;
    int64_t position;
    struct error sink_error; // status OK while nothing went wrong
};

// Room for an index of that many packets, the most that its tables can need (ISO/IEC 14496-12,
// stbl), and for all else in moov: about 36 bytes a picture, 24 a packet of sound, 64 kB. Pure.
int64_t av_output_index_bytes(int64_t video_packets, int64_t audio_packets);
// The bytes at the start of the file within which its index lies, with the boxes around it. Pure.
int64_t av_output_head_bytes(int64_t index_bytes);

// `sink` and `cancel` (may be NULL) are borrowed. On failure the output is to be closed all the
// same.
MUST_USE enum status av_output_open(struct av_output *output, struct byte_sink *sink,
                                    const struct cancel *cancel, struct error *err);
// Without a flush: an abandoned file writes no more. A zeroed output is allowed.
void av_output_close(struct av_output *output);

// Writes the head. `movie_timescale`: the ticks a second of the edit lists; 0: the muxer's own.
MUST_USE enum status av_output_begin(struct av_output *output, int64_t index_bytes,
                                     int movie_timescale, struct error *err);
// Takes the packet over, in the time base of its stream; interleaves by decode time.
MUST_USE enum status av_output_packet(struct av_output *output, AVPacket *packet,
                                      struct error *err);
// Writes what was held back, and the index.
MUST_USE enum status av_output_end(struct av_output *output, struct error *err);

// What a failed libav call means: the sink's error where there was one, else the library's.
__attribute__((cold)) enum status av_output_failed(struct av_output *output, int rc,
                                                   struct error *err, const char *doing);
