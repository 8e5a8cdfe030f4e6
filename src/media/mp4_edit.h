// SPDX-License-Identifier: GPL-3.0-or-later
// mp4_edit.h — where the film in a finished MP4 head ends, said by its edit lists. Pure.
//
// A copy of packets has to keep pictures that are shown behind its end, since earlier ones lean on
// them. The muxer would play them; an edit list that ends before them does not (ISO/IEC 14496-12
// §8.6.6).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Shortens the presentation of every track, in place, to at most `duration` ticks of
// `timescale` a second: the last entry of each edit list, and the durations of tracks and movie.
// `head` are the first n bytes of the file with the whole index. False when it has no index, or a
// track without an edit list.
bool mp4_edit_end(uint8_t *head, size_t n, int64_t duration, int64_t timescale);
