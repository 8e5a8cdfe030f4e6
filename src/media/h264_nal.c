// SPDX-License-Identifier: GPL-3.0-or-later
// h264_nal.c — see h264_nal.h.
#include "media/h264_nal.h"

#include <string.h>

enum {
    TYPE_SLICE = 1,
    TYPE_IDR = 5,
    TYPE_SEI = 6,
    TYPE_SPS = 7,
    TYPE_PPS = 8,
    SEI_USER_DATA = 5, // payloadType of "user data unregistered", ITU-T H.264 §D.1.7
    AVCC_FIXED = 5,    // bytes of an avcC record before the counts, ISO/IEC 14496-15 §5.3.3.1
    MAX_SPS = 31,
    MAX_PPS = 255,
    MAX_ID = 31,
};

static const uint8_t start_code[] = {0, 0, 0, 1};
static const uint8_t x264_uuid[] = {0xdc, 0x45, 0xe9, 0xbd, 0xe6, 0xd9, 0x48, 0xb7,
                                    0x96, 0x2c, 0xd8, 0x20, 0xd9, 0x23, 0xee, 0xef};

static bool is_avcc(const uint8_t *headers, size_t n)
{
    return n > AVCC_FIXED + 1 && headers[0] == 1;
}

int h264_length_bytes(const uint8_t *headers, size_t n)
{
    return is_avcc(headers, n) ? (headers[4] & 3) + 1 : 0;
}

// ---- walking ----

// Offset of the next 00 00 01 at or behind `from`, n when there is none.
static size_t find_start(const uint8_t *bytes, size_t n, size_t from)
{
    for (size_t i = from; i + 3 <= n; i++) {
        if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1)
            return i;
    }
    return n;
}

static bool next_by_start_code(const uint8_t *packet, size_t n, size_t *position,
                               struct h264_nal *ret)
{
    size_t start = find_start(packet, n, *position);
    if (start == n)
        return false;
    size_t begin = start + 3;
    size_t end = find_start(packet, n, begin);
    *position = end;
    while (end > begin && packet[end - 1] == 0) // trailing zeros belong to the next start code
        end--;
    bool is_long = start > 0 && packet[start - 1] == 0;
    *ret = (struct h264_nal){
        .bytes = packet + begin, .size = end - begin, .offset = start - is_long};
    return true;
}

static bool next_by_length(const uint8_t *packet, size_t n, int length_bytes, size_t *position,
                           struct h264_nal *ret)
{
    size_t at = *position;
    size_t size = 0;
    if (n - at < (size_t)length_bytes)
        return false;
    for (int i = 0; i < length_bytes; i++)
        size = size << 8 | packet[at + (size_t)i];
    size_t begin = at + (size_t)length_bytes;
    if (size > n - begin)
        return false;
    *ret = (struct h264_nal){.bytes = packet + begin, .size = size, .offset = at};
    *position = begin + size;
    return true;
}

bool h264_next(const uint8_t *packet, size_t n, int length_bytes, size_t *position,
               struct h264_nal *ret)
{
    if (*position >= n)
        return false;
    bool found = length_bytes ? next_by_length(packet, n, length_bytes, position, ret)
                              : next_by_start_code(packet, n, position, ret);
    if (found && ret->size > 0)
        ret->type = ret->bytes[0] & 31;
    return found;
}

bool h264_is_idr(const uint8_t *packet, size_t n, int length_bytes)
{
    struct h264_nal nal;
    for (size_t at = 0; h264_next(packet, n, length_bytes, &at, &nal);) {
        if (nal.type == TYPE_IDR)
            return true;
    }
    return false;
}

bool h264_find_x264_sei(const uint8_t *packet, size_t n, int length_bytes, struct h264_nal *ret)
{
    for (size_t at = 0; h264_next(packet, n, length_bytes, &at, ret);) {
        if (ret->type == TYPE_SEI && ret->size > 2 && ret->bytes[1] == SEI_USER_DATA &&
            memmem(ret->bytes, ret->size < 64 ? ret->size : 64, x264_uuid, sizeof(x264_uuid)))
            return true;
    }
    return false;
}

// ---- changing ----

static bool fits(size_t unit_size, int length_bytes)
{
    return length_bytes == 0 || unit_size >> (8 * length_bytes) == 0;
}

static bool append_unit(const uint8_t *unit, size_t size, int length_bytes, struct buffer *out)
{
    uint8_t length[4];
    if (!fits(size, length_bytes))
        return false;
    for (int i = 0; i < length_bytes; i++)
        length[i] = (uint8_t)(size >> (8 * (length_bytes - 1 - i)));
    if (length_bytes)
        buffer_append(out, length, (size_t)length_bytes);
    else
        buffer_append(out, start_code, sizeof(start_code));
    buffer_append(out, unit, size);
    return true;
}

bool h264_insert(const uint8_t *packet, size_t n, int length_bytes, const uint8_t *unit,
                 size_t unit_size, struct buffer *out)
{
    struct h264_nal nal;
    for (size_t at = 0; h264_next(packet, n, length_bytes, &at, &nal);) {
        if (nal.type < TYPE_SLICE || nal.type > TYPE_IDR)
            continue;
        if (!fits(unit_size, length_bytes))
            return false;
        buffer_append(out, packet, nal.offset);
        (void)append_unit(unit, unit_size, length_bytes, out);
        buffer_append(out, packet + nal.offset, n - nal.offset);
        return true;
    }
    return false;
}

bool h264_reframe(const uint8_t *packet, size_t n, int from_length_bytes, int to_length_bytes,
                  struct buffer *out)
{
    struct h264_nal nal;
    for (size_t at = 0; h264_next(packet, n, from_length_bytes, &at, &nal);) {
        if (!append_unit(nal.bytes, nal.size, to_length_bytes, out))
            return false;
    }
    return true;
}

// ---- headers ----

// The parameter sets of a stream, whatever form its headers have.
struct header_units {
    struct h264_nal sps[MAX_SPS], pps[MAX_PPS];
    size_t sps_count, pps_count;
    size_t end; // where the sets of an avcC record end: behind them more may stand
};

static bool keep(struct header_units *units, const struct h264_nal *nal)
{
    bool is_sps = nal->type == TYPE_SPS;
    if (!is_sps && nal->type != TYPE_PPS)
        return true;
    if (is_sps ? units->sps_count == MAX_SPS : units->pps_count == MAX_PPS)
        return false;
    if (is_sps)
        units->sps[units->sps_count++] = *nal;
    else
        units->pps[units->pps_count++] = *nal;
    return true;
}

static bool read_avcc(const uint8_t *headers, size_t n, struct header_units *ret)
{
    size_t at = AVCC_FIXED;
    for (int list = 0; list < 2; list++) { // the SPS, then the PPS
        if (at >= n)
            return false;
        int count = list ? headers[at] : headers[at] & 31;
        at++;
        for (int i = 0; i < count; i++) {
            struct h264_nal nal;
            if (!h264_next(headers, n, 2, &at, &nal) || nal.size == 0 || !keep(ret, &nal))
                return false;
        }
    }
    ret->end = at;
    return ret->sps_count > 0;
}

static bool read_headers(const uint8_t *headers, size_t n, struct header_units *ret)
{
    *ret = (struct header_units){0};
    if (is_avcc(headers, n))
        return read_avcc(headers, n, ret);
    struct h264_nal nal;
    for (size_t at = 0; h264_next(headers, n, 0, &at, &nal);) {
        if (!keep(ret, &nal))
            return false;
    }
    return ret->sps_count > 0;
}

// An unsigned Exp-Golomb number, ITU-T H.264 §9.1, in the first bits. False beyond 16 bits.
static bool read_golomb(const uint8_t *bytes, size_t n, int *ret)
{
    size_t bits = n * 8;
    size_t zeros = 0;
    while (zeros < bits && !(bytes[zeros / 8] >> (7 - zeros % 8) & 1))
        zeros++;
    if (zeros > 16 || 2 * zeros + 1 > bits)
        return false;
    int value = 0;
    for (size_t i = zeros; i <= 2 * zeros; i++)
        value = value << 1 | (bytes[i / 8] >> (7 - i % 8) & 1);
    *ret = value - 1;
    return true;
}

static bool mark_ids(const struct h264_nal *units, size_t count, size_t skip, uint32_t *used)
{
    for (size_t i = 0; i < count; i++) {
        int id = 0;
        if (units[i].size <= skip || !read_golomb(units[i].bytes + skip, units[i].size - skip, &id))
            return false;
        if (id <= MAX_ID)
            *used |= UINT32_C(1) << id;
    }
    return true;
}

bool h264_free_id(const uint8_t *headers, size_t n, int *ret)
{
    struct header_units units;
    uint32_t used = 0;
    // The number stands behind header byte, profile, constraints and level; in a PPS behind the
    // header.
    if (!read_headers(headers, n, &units) || !mark_ids(units.sps, units.sps_count, 4, &used) ||
        !mark_ids(units.pps, units.pps_count, 1, &used))
        return false;
    for (int id = 0; id <= MAX_ID; id++) {
        if (used >> id & 1)
            continue;
        *ret = id;
        return true;
    }
    return false;
}

static bool append_units(const struct h264_nal *units, size_t count, int length_bytes,
                         struct buffer *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!append_unit(units[i].bytes, units[i].size, length_bytes, out))
            return false;
    }
    return true;
}

bool h264_merge_headers(const uint8_t *headers, size_t n, const uint8_t *more, size_t more_size,
                        struct buffer *out)
{
    struct header_units a;
    struct header_units b;
    if (!read_headers(headers, n, &a) || !read_headers(more, more_size, &b))
        return false;
    size_t sps = a.sps_count + b.sps_count;
    size_t pps = a.pps_count + b.pps_count;
    if (sps > MAX_SPS || pps > MAX_PPS)
        return false;
    bool avcc = is_avcc(headers, n);
    const uint8_t counts[] = {(uint8_t)(0xe0 | sps), (uint8_t)pps};
    if (avcc) {
        buffer_append(out, headers, AVCC_FIXED);
        buffer_append(out, &counts[0], 1);
    }
    bool all_fit = append_units(a.sps, a.sps_count, avcc ? 2 : 0, out) &&
                   append_units(b.sps, b.sps_count, avcc ? 2 : 0, out);
    if (avcc)
        buffer_append(out, &counts[1], 1);
    all_fit = all_fit && append_units(a.pps, a.pps_count, avcc ? 2 : 0, out) &&
              append_units(b.pps, b.pps_count, avcc ? 2 : 0, out);
    if (avcc)
        buffer_append(out, headers + a.end, n - a.end);
    return all_fit;
}
