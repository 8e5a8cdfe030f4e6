// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_packets.c — any bytes as a packet or the headers of an H.264 stream, in every framing, and
// as the index of an MP4: units stay inside the packet, and what is made anew can be read.
#include "fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "media/h264_nal.h"
#include "media/mp4_edit.h"

enum { MAX_OUT = 1 << 20 };
static const int framings[] = {0, 1, 2, 4};

static int count_units(const uint8_t *packet, size_t n, int length_bytes)
{
    struct h264_nal unit;
    size_t position = 0;
    int count = 0;
    for (size_t last = 0; h264_next(packet, n, length_bytes, &position, &unit); last = position) {
        assert(position > last && position <= n);
        assert(unit.size == 0 || (unit.bytes >= packet && unit.bytes + unit.size <= packet + n));
        count++;
    }
    return count;
}

static void read_packet(const uint8_t *packet, size_t n, int length_bytes)
{
    static const uint8_t unit[] = {0x06, 0x05, 0x01, 0x00, 0x80};
    struct h264_nal sei;
    struct buffer more BUFFER_AUTO;
    struct buffer framed BUFFER_AUTO;
    buffer_init(&more, MAX_OUT);
    buffer_init(&framed, MAX_OUT);
    int count = count_units(packet, n, length_bytes);
    (void)h264_is_idr(packet, n, length_bytes);
    if (h264_find_x264_sei(packet, n, length_bytes, &sei))
        assert(sei.type == 6 && sei.bytes >= packet && sei.bytes + sei.size <= packet + n);
    if (h264_insert(packet, n, length_bytes, unit, sizeof(unit), &more))
        assert(more.size > n && count > 0);
    if (h264_reframe(packet, n, length_bytes, 4, &framed) && framed.size > 0)
        assert(count_units((const uint8_t *)framed.data, framed.size, 4) <= count);
}

static void read_headers(const uint8_t *headers, size_t n)
{
    struct buffer merged BUFFER_AUTO;
    int id;
    buffer_init(&merged, MAX_OUT);
    (void)h264_length_bytes(headers, n);
    if (h264_free_id(headers, n, &id))
        assert(id >= 0 && id <= 31);
    (void)h264_merge_headers(headers, n / 2, headers + n / 2, n - n / 2, &merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t nothing[1];
    const uint8_t *packet = size > 0 ? data : nothing;
    for (size_t i = 0; i < sizeof(framings) / sizeof(framings[0]); i++)
        read_packet(packet, size, framings[i]);
    read_headers(packet, size);
    uint8_t *head = malloc(size + 1);
    assert(head);
    memcpy(head, packet, size);
    (void)mp4_edit_end(head, size, 1000, 90000);
    free(head);
    return 0;
}
