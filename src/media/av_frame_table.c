// SPDX-License-Identifier: GPL-3.0-or-later
//
// The index of an MP4 knows decode times only. Where those are evenly spaced and as many as
// the container counts frames, the presentation times are the same grid, shifted; the first
// packets give the shift and the last keyframe's packets confirm the end. Anything that does
// not fit falls back to reading all packets, which is always right.
#include "media/av_frame_table.h"

#include <string.h>

enum { STEADY_HEAD_PACKETS = 64 };

struct scan {
    const AVStream *stream;
    struct av_frame_table *table;
    size_t capacity;
    bool has_key;
    int64_t key_pts;  // of the first keyframe
    int64_t end_pts;  // largest pts + duration
    int64_t last_pts; // largest pts
    bool has_end;
    bool hidden; // a packet was left out: the index cannot be trusted
};

static int64_t packet_pts(const AVPacket *packet)
{
    return packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
}

// Is it a frame that a decoder shows? RFC 6386 §9.1: bit 4 of a VP8 frame tag is show_frame.
static bool is_shown(const AVStream *stream, const AVPacket *packet)
{
    if (packet->size == 0 || (packet->flags & AV_PKT_FLAG_DISCARD) ||
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
    if (!is_shown(scan->stream, packet) || !scan->has_key) {
        scan->hidden = true;
        return OK;
    }
    if (pts < scan->key_pts) { // leans on what came before the beginning: no decoder shows it
        scan->hidden = true;
        return OK;
    }
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

static enum status scan_packets(struct av_input *input, struct scan *scan, size_t max_packets,
                                struct error *err)
{
    AUTO(av_own_packet) AVPacket *packet = av_own_packet_new();
    for (size_t i = 0; i < max_packets; i++) {
        bool at_end = false;
        enum status status = av_input_read(input, packet, &at_end, err);
        if (status != OK || at_end)
            return status;
        if (packet->stream_index == input->video)
            status = take(scan, packet, err);
        if (status != OK)
            return error_wrap(err, "%s", input->name);
    }
    return OK;
}

// The distance between decode times, or 0 when they are uneven or do not cover all frames.
static int64_t even_spacing(AVStream *stream)
{
    int n = avformat_index_get_entries_count(stream);
    if (n < 2 || stream->nb_frames != n || n > FRAME_TABLE_MAX)
        return 0;
    int64_t step = 0;
    for (int i = 1; i < n; i++) {
        const AVIndexEntry *entry = avformat_index_get_entry(stream, i);
        int64_t at = entry->timestamp;
        bool discarded = entry->flags & AVINDEX_DISCARD_FRAME;
        int64_t gap = at - avformat_index_get_entry(stream, i - 1)->timestamp;
        if (gap <= 0 || discarded || (step && gap != step))
            return 0;
        step = gap;
    }
    return step;
}

static bool on_grid(const struct av_frame_table *table, int64_t first, int64_t step)
{
    for (size_t i = 0; i < table->count; i++) {
        if ((table->pts[i] - first) % step != 0)
            return false;
    }
    return table->count > 0;
}

// Fills the table from the index alone. *ret_done stays false when that cannot be proved.
static enum status from_index(struct av_input *input, struct av_frame_table *table, bool *ret_done,
                              struct error *err)
{
    AVStream *stream = input->format->streams[input->video];
    int64_t step = strstr(input->format->iformat->name, "mp4") ? even_spacing(stream) : 0;
    if (!step)
        return OK;
    size_t n = (size_t)stream->nb_frames;
    struct av_frame_table head = {0};
    struct av_frame_table tail = {0};
    struct scan first = {.stream = stream, .table = &head};
    struct scan last = {.stream = stream, .table = &tail};
    int64_t end = avformat_index_get_entry(stream, (int)n - 1)->timestamp;
    enum status status = scan_packets(input, &first, STEADY_HEAD_PACKETS, err);
    if (status == OK && head.count > 0)
        status = av_input_seek(input, input->video, end, err);
    if (status == OK && head.count > 0)
        status = scan_packets(input, &last, n, err);
    if (status == OK && head.count > 0 && tail.count > 0 && !first.hidden) {
        settle(&first);
        int64_t start = head.pts[0];
        bool fits = on_grid(&head, start, step) && on_grid(&tail, start, step) &&
                    last.last_pts == start + (int64_t)(n - 1) * step;
        table->pts = fits ? mem_try_array(n, sizeof *table->pts) : NULL;
        for (size_t i = 0; table->pts && i < n; i++)
            table->pts[i] = start + (int64_t)i * step;
        table->count = table->pts ? n : 0;
        table->end_pts = start + (int64_t)n * step;
        *ret_done = table->pts != NULL;
    }
    av_frame_table_done(&head);
    av_frame_table_done(&tail);
    return status;
}

enum status av_frame_table_build(struct av_input *input, struct av_frame_table *ret,
                                 struct error *err)
{
    bool done = false;
    *ret = (struct av_frame_table){0};
    av_input_only(input, input->video);
    enum status status = from_index(input, ret, &done, err);
    if (status == OK)
        status = av_input_rewind(input, input->video, err);
    if (status != OK || done)
        return status;
    struct scan scan = {.stream = input->format->streams[input->video], .table = ret};
    status = scan_packets(input, &scan, SIZE_MAX, err);
    if (status == OK && ret->count == 0)
        status = error_set(err, ERR_MEDIA, "%s has no frame that can be decoded", input->name);
    if (status == OK) {
        settle(&scan);
        status = av_input_rewind(input, input->video, err);
    }
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
