// SPDX-License-Identifier: GPL-3.0-or-later
// reader.h — a video opened for reading: what it is, when its frames are, their packets.
//
// Data flow: byte_source → reader (opened once, probed) → frame times → decoder (decoder.h),
// which pulls the picture's packets through the reader. Sound has its own door, audio_reader.h.
//
// Zero:      all times are seconds from the first video frame that a player shows; sound
//            keeps its offset to that. media_info.origin_s is that moment in the container's
//            clock, for audio_reader_open().
// Ownership: the byte source is borrowed and must outlive the reader; info lives with it.
// Threads:   one owner at a time.
// Errors:    ERR_MEDIA with one sentence: empty, no video file, cut off, sound only, no
//            decoder. The byte source's own errors come through unchanged. ERR_CANCELLED
//            within one read of the byte source.
#pragma once

#include <stdint.h>

#include "base/byte_io.h"
#include "base/error.h"
#include "base/memory.h"
#include "job/frame_times.h"
#include "media/media_info.h"
#include "sys/cancel.h"

struct reader;

// Opens and probes. `name` is for messages (copied); `cancel` may be NULL.
MUST_USE enum status reader_open(struct byte_source *source, const char *name,
                                 struct cancel *cancel, struct reader **ret, struct error *err);
void reader_free(struct reader *reader);
AUTO_DEFINE(struct reader, reader_free)

const struct media_info *reader_info(const struct reader *reader);

// When each frame of the whole source is on screen, exactly. The first call has to read all
// packets, but of an MP4 no more than its index; afterwards duration and frame count in the info
// are exact. The caller frees with frame_times_done().
MUST_USE enum status reader_frame_times(struct reader *reader, struct frame_times *ret,
                                        struct error *err);

// How many bytes of the source hold picture and sound from start_s to end_s, from the keyframe
// before: exact where the container has an index, else the share of the duration.
uint64_t reader_bytes_needed(const struct reader *reader, double start_s, double end_s);

// Tells the byte source where these bytes are, so that it can fetch them ahead (byte_io.h). Nothing
// where the container has no index. Sound at another place than the picture is told by itself.
void reader_expect(const struct reader *reader, double start_s, double end_s, bool sound);
