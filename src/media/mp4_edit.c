// SPDX-License-Identifier: GPL-3.0-or-later
// mp4_edit.c — see mp4_edit.h. Box layouts: ISO/IEC 14496-12 §4.2, 8.2.2, 8.3.2, 8.6.6.
#include "media/mp4_edit.h"

#include <string.h>

// The inside of a box.
struct box {
    uint8_t *bytes;
    size_t size;
};

static uint64_t get(const uint8_t *bytes, int n)
{
    uint64_t value = 0;
    for (int i = 0; i < n; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void put(uint8_t *bytes, int n, uint64_t value)
{
    for (int i = n - 1; i >= 0; i--, value >>= 8)
        bytes[i] = (uint8_t)value;
}

// The next box named `name` in `in` from *position on, which moves behind it.
static bool find(struct box in, const char *name, size_t *position, struct box *ret)
{
    while (in.size - *position >= 8) {
        uint8_t *at = in.bytes + *position;
        size_t head = 8;
        uint64_t size = get(at, 4);
        if (size == 1 && in.size - *position >= 16) {
            head = 16;
            size = get(at + 8, 8);
        }
        if (size < head || size > in.size - *position)
            return false;
        *position += (size_t)size;
        if (memcmp(at + 4, name, 4) == 0) {
            *ret = (struct box){at + head, (size_t)size - head};
            return true;
        }
    }
    return false;
}

static bool find_first(struct box in, const char *name, struct box *ret)
{
    size_t position = 0;
    return find(in, name, &position, ret);
}

// Fields of mvhd, tkhd and elst are 4 bytes wide in version 0, 8 in version 1.
static int width_of(struct box full)
{
    return full.size > 0 && full.bytes[0] == 1 ? 8 : 4;
}

// Shortens an edit list to `duration` movie ticks; *ret is what it then lasts.
static bool shorten(struct box elst, uint64_t duration, uint64_t *ret)
{
    if (elst.size < 8)
        return false;
    int width = width_of(elst);
    size_t entry = (size_t)width * 2 + 4;
    uint64_t count = get(elst.bytes + 4, 4);
    if (count == 0 || count > (elst.size - 8) / entry)
        return false;
    *ret = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint8_t *at = elst.bytes + 8 + i * entry;
        uint64_t left = duration - *ret;
        uint64_t length = get(at, width);
        if (length > left)
            length = left;
        put(at, width, length);
        *ret += length;
    }
    return true;
}

static bool shorten_track(struct box trak, uint64_t duration, uint64_t *longest)
{
    struct box tkhd;
    struct box edts;
    struct box elst;
    uint64_t length = 0;
    if (!find_first(trak, "tkhd", &tkhd) || !find_first(trak, "edts", &edts) ||
        !find_first(edts, "elst", &elst) || !shorten(elst, duration, &length))
        return false;
    int width = width_of(tkhd);
    size_t at = 4 + (size_t)width * 2 + 8; // behind version, two times, track id, reserved
    if (tkhd.size < at + (size_t)width)
        return false;
    put(tkhd.bytes + at, width, length);
    if (length > *longest)
        *longest = length;
    return true;
}

bool mp4_edit_end(uint8_t *head, size_t n, int64_t duration, int64_t timescale)
{
    struct box moov;
    struct box mvhd;
    struct box trak;
    if (!find_first((struct box){head, n}, "moov", &moov) || !find_first(moov, "mvhd", &mvhd))
        return false;
    int width = width_of(mvhd);
    size_t at = 4 + (size_t)width * 2; // behind version and two times: timescale, duration
    if (mvhd.size < at + 4 + (size_t)width || timescale <= 0 || duration < 0)
        return false;
    uint64_t movie_timescale = get(mvhd.bytes + at, 4);
    uint64_t ticks = (uint64_t)((double)duration / (double)timescale * (double)movie_timescale +
                                0.5);
    uint64_t longest = 0;
    for (size_t position = 0; find(moov, "trak", &position, &trak);) {
        if (!shorten_track(trak, ticks, &longest))
            return false;
    }
    put(mvhd.bytes + at + 4, width, longest);
    return true;
}
