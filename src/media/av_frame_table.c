// SPDX-License-Identifier: GPL-3.0-or-later
//
// All packets are asked for their times, which is always right. An MP4 knows those from its index:
// then nothing is read of the data themselves, which may be gigabytes in a store far away.
#include "media/av_frame_table.h"

#include <string.h>

struct scan {
    const AVStream *stream;
    struct av_frame_table *table;
    size_t capacity;
    bool has_key;
    int64_t key_pts;  // of the first keyframe
    int64_t end_pts;  // largest pts + duration
    int64_t last_pts; // largest pts
    bool indexed;     // the packets are those of the container's index
    bool has_end;
};

static int64_t packet_pts(const AVPacket *packet)
{
    return packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
}

// Is it a frame that a decoder shows? RFC 6386 §9.1: bit 4 of a VP8 frame tag is show_frame. What
// an index counts is one, even an empty one: that it is damaged shows when it is decoded.
static bool is_shown(const AVStream *stream, const AVPacket *packet, bool indexed)
{
    if ((packet->size == 0 && !indexed) || (packet->flags & AV_PKT_FLAG_DISCARD) ||
        packet_pts(packet) == AV_NOPTS_VALUE)
        return false;
    return stream->codecpar->codec_id != AV_CODEC_ID_VP8 || (packet->data[0] & 0x10);
}

static enum status append(struct av_frame_table *table, size_t *capacity, int64_t pts,
                          struct error *err)
{
    if (table->count == FRAME_TABLE_MAX)
        return error_set(err, ERR_LIMIT, "more than %d frames", FRAME_TABLE_MAX);
    if (table->count == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 1024;
        table->pts = mem_resize(table->pts, *capacity, sizeof *table->pts);
    }
    table->pts[table->count++] = pts;
    return OK;
}

static enum status take(struct scan *scan, const AVPacket *packet, struct error *err)
{
    bool begins = !scan->has_key && (packet->flags & AV_PKT_FLAG_KEY);
    int64_t pts = packet_pts(packet);
    if (begins) { // also when an edit list hides it: what follows leans on it
        scan->has_key = true;
        scan->key_pts = pts;
    }
    if (!is_shown(scan->stream, packet, scan->indexed) || !scan->has_key)
        return OK;
    if (pts < scan->key_pts) // leans on what came before the beginning: no decoder shows it
        return OK;
    if (!scan->has_end || pts > scan->last_pts) {
        scan->has_end = true;
        scan->last_pts = pts;
        scan->end_pts = packet->duration > 0 && pts <= INT64_MAX - packet->duration
                            ? pts + packet->duration
                            : pts;
    }
    return append(scan->table, &scan->capacity, pts, err);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// Ascending, each once, and with an end behind the last.
static void settle(struct scan *scan)
{
    struct av_frame_table *table = scan->table;
    size_t kept = 1;
    qsort(table->pts, table->count, sizeof *table->pts, by_value);
    for (size_t i = 1; i < table->count; i++) {
        if (table->pts[i] != table->pts[kept - 1])
            table->pts[kept++] = table->pts[i];
    }
    table->count = kept;
    int64_t last = table->pts[kept - 1];
    table->end_pts = scan->end_pts;
    if (table->end_pts <= last)
        table->end_pts = last + (kept > 1 ? (last - table->pts[0]) / (int64_t)(kept - 1) : 1);
}

static enum status scan_packets(struct av_input *input, struct scan *scan, struct error *err)
{
    AUTO(av_own_packet) AVPacket *packet = av_own_packet_new();
    while (true) {
        bool at_end = false;
        enum status status = av_input_read(input, packet, &at_end, err);
        if (status != OK || at_end)
            return status;
        if (packet->stream_index == input->video)
            status = take(scan, packet, err);
        if (status != OK)
            return error_wrap(err, "%s", input->name);
    }
}

static enum status scan_all(struct av_input *input, struct av_frame_table *ret, struct error *err)
{
    struct scan scan = {
        .stream = input->format->streams[input->video], .table = ret, .indexed = input->hollow};
    enum status status = scan_packets(input, &scan, err);
    if (status == OK && ret->count == 0)
        return error_set(err, ERR_MEDIA, "%s has no frame that can be decoded", input->name);
    if (status == OK)
        settle(&scan);
    return status;
}

enum status av_frame_table_build(struct av_input *input, struct av_frame_table *ret,
                                 struct error *err)
{
    *ret = (struct av_frame_table){0};
    av_input_only(input, input->video);
    // Whether a VP8 frame is shown stands in the frame.
    bool look = input->format->streams[input->video]->codecpar->codec_id == AV_CODEC_ID_VP8;
    enum status status = av_input_rewind(input, input->video, err);
    bool hollow = status == OK && !look && av_input_hollow(input, input->video, true);
    if (status == OK && !hollow && input->source->sweep)
        input->source->sweep(input->source);
    if (status == OK)
        status = scan_all(input, ret, err);
    if (hollow)
        (void)av_input_hollow(input, input->video, false);
    if (status == OK)
        status = av_input_rewind(input, input->video, err);
    if (status != OK)
        av_frame_table_done(ret);
    return status;
}

void av_frame_table_done(struct av_frame_table *table)
{
    free(table->pts);
    *table = (struct av_frame_table){0};
}

bool av_frame_table_find(const struct av_frame_table *table, int64_t pts, size_t *ret)
{
    size_t low = 0; // first frame after pts
    size_t high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->pts[middle] <= pts)
            low = middle + 1;
        else
            high = middle;
    }
    int64_t before = low > 0 ? table->pts[low - 1] : table->pts[0];
    int64_t after = low < table->count ? table->pts[low] : table->end_pts;
    if (low == 0) { // before the first: as far as the first gap reaches
        int64_t gap = (table->count > 1 ? table->pts[1] : table->end_pts) - before;
        *ret = 0;
        return before - pts <= gap / 2;
    }
    bool near_after = low < table->count && after - pts < pts - before;
    *ret = near_after ? low : low - 1;
    return near_after || pts - before <= (after - before) / 2;
}
