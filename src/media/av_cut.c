// SPDX-License-Identifier: GPL-3.0-or-later
//
// Seeking is checked by its result, as in decoder.c: containers only guess. When the first keyframe
// that comes out lies behind the start, the next try begins further back, in the end at the
// beginning. Where a seek moves all streams together the first try is already a second early, so
// that sound that stands in front of its picture in the file is met too.
#include "media/av_cut.h"

#include <math.h>
#include <string.h>

#include "media/h264_nal.h"

enum { ORIGIN_PACKETS = 64 }; // so far the first frame shown may lie behind the first packet

struct finder {
    struct reader *reader;
    const AVStream *stream;
    bool exact;
    int length_bytes;
    int64_t wanted; // the start that was asked for
    struct av_cut cut;
    bool has_key, has_start;
};

static int64_t to_pts(const struct finder *f, int64_t origin, double seconds)
{
    return origin + llround(seconds / av_q2d(f->stream->time_base));
}

// Is it a frame that players show?
static bool is_shown(const AVPacket *packet)
{
    return !(packet->flags & AV_PKT_FLAG_DISCARD) && packet->size > 0 &&
           packet->pts != AV_NOPTS_VALUE;
}

// When the first frame is shown, which is the zero of all seconds: from the first packets, since
// what the headers say of it is not what the packets say in every container.
static enum status find_origin(struct finder *f, int64_t *ret, struct error *err)
{
    struct av_input *input = &f->reader->input;
    AUTO(av_own_packet) AVPacket *packet = av_own_packet_new();
    bool has_key = false;
    bool has_origin = false;
    bool at_end = false;
    int64_t key_pts = 0;
    *ret = f->stream->start_time != AV_NOPTS_VALUE ? f->stream->start_time : 0;
    enum status status = av_input_rewind(input, input->video, err);
    for (int i = 0; status == OK && i < ORIGIN_PACKETS; i++) {
        status = av_input_read(input, packet, &at_end, err);
        if (status != OK || at_end)
            break;
        if (packet->stream_index != input->video)
            continue;
        if (!has_key && (packet->flags & AV_PKT_FLAG_KEY)) {
            has_key = true;
            key_pts = packet->pts;
        }
        if (has_origin && packet->dts != AV_NOPTS_VALUE && packet->dts >= *ret)
            break;
        if (!has_key || !is_shown(packet) || packet->pts < key_pts)
            continue;
        *ret = has_origin && *ret < packet->pts ? *ret : packet->pts;
        has_origin = true;
    }
    return status;
}

// A keyframe: leads to the start, or is one that copying can begin with.
static void take_key(struct finder *f, const AVPacket *packet, int64_t pts)
{
    struct av_cut *cut = &f->cut;
    int64_t delay = packet->dts != AV_NOPTS_VALUE && packet->dts < pts ? pts - packet->dts : 0;
    if (pts <= f->wanted) {
        f->has_key = true;
        f->has_start = false;
        cut->key_pts = cut->copy_pts = pts;
        cut->copy_delay = delay;
        cut->has_copy = !f->exact;
    } else if (f->exact && !cut->has_copy && pts < cut->end &&
               h264_is_idr(packet->data, (size_t)packet->size, f->length_bytes)) {
        cut->has_copy = true;
        cut->copy_pts = pts;
        cut->copy_delay = delay;
    }
}

// One packet of the picture; true when nothing more needs to be read.
static bool take(struct finder *f, const AVPacket *packet)
{
    struct av_cut *cut = &f->cut;
    int64_t pts = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    // Unknown in the first packets behind a seek: then earlier pictures may follow yet.
    int64_t dts = packet->dts != AV_NOPTS_VALUE ? packet->dts : INT64_MIN;
    bool is_key = packet->flags & AV_PKT_FLAG_KEY;
    if (pts == AV_NOPTS_VALUE)
        return false;
    if (is_key)
        take_key(f, packet, pts);
    if (!f->has_key)
        return is_key; // the seek came out too late
    if (is_shown(packet) && pts >= cut->key_pts && pts <= f->wanted &&
        (!f->has_start || pts > cut->start)) {
        f->has_start = true;
        cut->start = pts;
    }
    if (dts <= f->wanted)
        return false;
    return !f->exact || cut->has_copy || cut->start == cut->key_pts || dts >= cut->end;
}

static enum status scan(struct finder *f, bool *ret_at_end, struct error *err)
{
    AUTO(av_own_packet) AVPacket *packet = av_own_packet_new();
    f->has_key = f->has_start = false;
    f->cut.has_copy = false;
    for (;;) {
        enum status status = av_input_read(&f->reader->input, packet, ret_at_end, err);
        if (status != OK || *ret_at_end)
            return status;
        if (packet->stream_index == f->stream->index && take(f, packet))
            return OK;
    }
}

enum status av_cut_seek(struct reader *reader, const struct av_cut *cut, struct error *err)
{
    struct av_input *input = &reader->input;
    if (cut->seek_pts == INT64_MIN)
        return av_input_rewind(input, input->video, err);
    return av_input_seek(input, input->video, cut->seek_pts, err);
}

static enum status find_key(struct finder *f, int64_t origin, struct error *err)
{
    struct reader *reader = f->reader;
    int64_t second = to_pts(f, 0, 1);
    bool alone = strstr(reader->info.container, "mp4"); // a seek moves each stream by itself
    for (int64_t back = alone ? 0 : second;; back = back ? back * 4 : second) {
        bool at_end = false;
        f->cut.seek_pts = f->wanted - back > origin ? f->wanted - back : INT64_MIN;
        enum status status = av_cut_seek(reader, &f->cut, err);
        if (status == OK)
            status = scan(f, &at_end, err);
        if (status != OK || f->has_key)
            return status;
        if (f->cut.seek_pts == INT64_MIN)
            return error_set(err, ERR_MEDIA, "%s has no keyframe before %.6g s", reader->input.name,
                             (double)(f->wanted - origin) * av_q2d(f->stream->time_base));
    }
}

enum status av_cut_find(struct reader *reader, const struct av_cut_wish *wish, struct av_cut *ret,
                        struct error *err)
{
    const struct av_input *input = &reader->input;
    const AVStream *stream = input->format->streams[input->video];
    const AVCodecParameters *codec = stream->codecpar;
    struct finder f = {.reader = reader, .stream = stream, .exact = wish->exact};
    f.length_bytes = h264_length_bytes(codec->extradata, (size_t)codec->extradata_size);
    int64_t origin = reader->has_table ? reader->table.pts[0] : 0;
    av_input_only(&reader->input, input->video);
    enum status status = reader->has_table ? OK : find_origin(&f, &origin, err);
    if (status != OK)
        return status;
    f.cut.origin = origin;
    f.wanted = wish->has_start ? to_pts(&f, origin, wish->start_s) : origin;
    f.cut.end = wish->has_end ? to_pts(&f, origin, wish->end_s) : INT64_MAX;
    f.cut.from_first = !wish->has_start;
    if (f.cut.from_first) {
        f.cut.start = f.cut.key_pts = f.cut.copy_pts = origin;
        f.cut.seek_pts = INT64_MIN;
        f.cut.has_copy = true;
        *ret = f.cut;
        return OK;
    }
    status = find_key(&f, origin, err);
    if (status != OK)
        return status;
    if (!f.has_start) // all before it is hidden by the container
        f.cut.start = f.wanted;
    if (f.cut.start == f.cut.key_pts) { // nothing to encode: the keyframe itself is the start
        f.cut.has_copy = true;
        f.cut.copy_pts = f.cut.key_pts;
    }
    *ret = f.cut;
    return OK;
}
