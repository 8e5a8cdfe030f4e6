// SPDX-License-Identifier: GPL-3.0-or-later
// h264_nal.h — H.264 packets as a row of NAL units: what a cut at a keyframe has to know. Pure.
//
// Framing: `length_bytes` says how the units of a packet are told apart: 1, 2 or 4 bytes of length
// in front of each (ISO/IEC 14496-15, as MP4 and Matroska have it) or 0 for start codes (Annex B of
// the standard, as MPEG-TS and AVI have it). Numbers of types are those of ITU-T H.264, table 7-1.
// Input:   any bytes; nothing is read behind `n`, a damaged packet ends early.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

// One unit inside a packet; points into it.
struct h264_nal {
    const uint8_t *bytes; // from its header byte
    size_t size;
    size_t offset; // in the packet, of its length or start code
    int type;      // 5: slice of an IDR picture, 6: SEI, 7: SPS, 8: PPS; meaningless when size is 0
};

// The framing that belongs to a stream's headers (an avcC record, or SPS and PPS with start codes).
int h264_length_bytes(const uint8_t *headers, size_t n);

// The unit at *position, which moves behind it. False at the end.
bool h264_next(const uint8_t *packet, size_t n, int length_bytes, size_t *position,
               struct h264_nal *ret);

// Does the packet hold an IDR picture, behind which nothing refers back?
bool h264_is_idr(const uint8_t *packet, size_t n, int length_bytes);

// The SEI unit in which x264 says its version and settings. Decoders need the version to read
// 4:4:4 streams of old ones, and find it in the first packet of a stream only.
bool h264_find_x264_sei(const uint8_t *packet, size_t n, int length_bytes, struct h264_nal *ret);

// Appends the packet with one more unit in front of its first slice, in the same framing. False,
// and nothing appended, when there is no slice or the unit is too long for the framing.
bool h264_insert(const uint8_t *packet, size_t n, int length_bytes, const uint8_t *unit,
                 size_t unit_size, struct buffer *out);

// Appends the same units in another framing. False when a unit is too long for it.
bool h264_reframe(const uint8_t *packet, size_t n, int from_length_bytes, int to_length_bytes,
                  struct buffer *out);

// The lowest number that no SPS and no PPS of these headers has. False when they cannot be read or
// every number up to 31 is taken.
bool h264_free_id(const uint8_t *headers, size_t n, int *ret);

// Appends `headers` with the SPS and PPS of `more` (start codes) behind their own; in the form of
// `headers`. False when either cannot be read or there are too many.
bool h264_merge_headers(const uint8_t *headers, size_t n, const uint8_t *more, size_t more_size,
                        struct buffer *out);
