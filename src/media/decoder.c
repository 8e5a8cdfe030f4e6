// SPDX-License-Identifier: GPL-3.0-or-later
//
// Seeking: containers index decode times, know no reordering, or only guess. So a seek is
// checked by its result: when the first frame that comes out lies behind the wanted one, the next
// try starts further back, in the end at the beginning. Packets before the first keyframe are
// dropped, because some codecs decode them to garbage. And the codec always sees the first packet
// before it sees any other, because some streams say only there what all pictures need: x264, for
// one, its version, by which the decoder knows how old 4:4:4 streams were coded.
#include "media/decoder.h"

#include "media/av_reader.h"

enum { SKIP_FORWARD_FRAMES = 32 }; // further ahead than this, a keyframe on the way is worth a seek

struct decoder {
    struct reader *reader;
    AVCodecContext *codec;
    AVPacket *packet;
    bool primed;          // the codec has seen the first packet
    bool started;         // a frame came out since the last seek
    bool needs_key;       // drop packets up to the next keyframe
    bool draining;        // no more packets
    bool from_beginning;  // the last seek went to the first packet
    int64_t seek_pts;     // where the last seek aimed
    struct picture *last; // newest frame out, or NULL
};

enum status decoder_open(struct reader *reader, int threads, struct decoder **ret,
                         struct error *err)
{
    enum status status = av_reader_table(reader, err);
    if (status != OK)
        return status;
    AUTO(decoder_free) struct decoder *decoder = mem_new(struct decoder);
    decoder->reader = reader;
    decoder->packet = av_own_packet_new();
    status = av_input_codec(&reader->input, reader->input.video, threads, &decoder->codec, err);
    if (status == OK)
        status = av_input_rewind(&reader->input, reader->input.video, err);
    if (status != OK)
        return status;
    decoder->from_beginning = true;
    decoder->needs_key = true;
    *ret = decoder;
    decoder = NULL;
    return OK;
}

void decoder_free(struct decoder *decoder)
{
    if (!decoder)
        return;
    picture_unref(decoder->last);
    av_own_packet(decoder->packet);
    av_own_codec(decoder->codec);
    free(decoder);
}

static enum status feed(struct decoder *d, struct error *err);

// Shows the codec the first packet of the picture; what it makes of it is dropped.
static enum status prime(struct decoder *d, struct error *err)
{
    struct av_input *input = &d->reader->input;
    enum status status = av_input_rewind(input, input->video, err);
    while (status == OK && !d->primed)
        status = feed(d, err);
    avcodec_flush_buffers(d->codec);
    return status;
}

// Starts again at a keyframe at or before `pts`; at the first packet when that is not behind the
// first frame.
static enum status start_at(struct decoder *d, int64_t pts, struct error *err)
{
    struct av_input *input = &d->reader->input;
    d->from_beginning = pts <= d->reader->table.pts[0];
    enum status status = d->primed || d->from_beginning ? OK : prime(d, err);
    if (status != OK)
        return status;
    avcodec_flush_buffers(d->codec);
    d->started = false;
    d->draining = false;
    d->needs_key = true;
    d->seek_pts = pts;
    return d->from_beginning ? av_input_rewind(input, input->video, err)
                             : av_input_seek(input, input->video, pts, err);
}

// Gives the codec one packet, or the word that there are no more.
static enum status feed(struct decoder *d, struct error *err)
{
    struct av_input *input = &d->reader->input;
    bool at_end = false;
    enum status status = av_input_read(input, d->packet, &at_end, err);
    if (status != OK)
        return status;
    if (!at_end && d->packet->stream_index != input->video)
        return OK;
    if (!at_end && d->needs_key && !(d->packet->flags & AV_PKT_FLAG_KEY))
        return OK;
    d->needs_key = false;
    d->primed = true;
    d->draining = at_end;
    int rc = avcodec_send_packet(d->codec, at_end ? NULL : d->packet);
    if (rc == AVERROR(ENOMEM))
        return av_error(err, input->cancel, rc, "decode %s", input->name);
    return OK; // a damaged packet: the frame will be missed by its number
}

static struct picture *make_picture(const struct reader *reader, AVFrame *frame, size_t index)
{
    const struct media_info *info = &reader->info;
    struct picture *picture = picture_new(frame);
    bool lies = info->rotation % 180 != 0;
    double aspect = rational_value(info->pixel_aspect);
    int wide = (int)(frame->width * aspect + 0.5);
    picture->rotation = info->rotation;
    picture->width = lies ? frame->height : wide;
    picture->height = lies ? wide : frame->height;
    picture->index = index;
    picture->time_s = av_reader_time_s(reader, reader->table.pts[index]);
    return picture;
}

// The next frame that has a place in the table, as d->last; *ret_end when there is none.
static enum status advance(struct decoder *d, bool *ret_end, struct error *err)
{
    const struct av_input *input = &d->reader->input;
    AUTO(av_own_frame) AVFrame *frame = av_own_frame_new();
    for (*ret_end = false;;) {
        enum status status = cancel_check(input->cancel, err);
        if (status != OK)
            return status;
        int rc = avcodec_receive_frame(d->codec, frame);
        if (rc == AVERROR_EOF || (rc == AVERROR(EAGAIN) && d->draining)) {
            *ret_end = true;
            return OK;
        }
        if (rc == AVERROR(ENOMEM))
            return av_error(err, input->cancel, rc, "decode %s", input->name);
        if (rc < 0) { // wants a packet, or says what damaged one it met
            status = d->draining ? OK : feed(d, err);
            if (status != OK)
                return status;
            continue;
        }
        size_t index = 0;
        int64_t pts = frame->pts != AV_NOPTS_VALUE ? frame->pts : frame->best_effort_timestamp;
        if (pts != AV_NOPTS_VALUE && av_frame_table_find(&d->reader->table, pts, &index)) {
            picture_unref(d->last);
            d->last = make_picture(d->reader, frame, index);
            frame = NULL;
            return OK;
        }
        av_frame_unref(frame);
    }
}

static bool should_seek(const struct decoder *d, size_t index)
{
    const struct av_frame_table *table = &d->reader->table;
    size_t at = d->last ? d->last->index : 0;
    if (d->last && index < at)
        return true;
    if (index - at <= SKIP_FORWARD_FRAMES)
        return false;
    AVStream *stream = d->reader->input.format->streams[d->reader->input.video];
    int key = av_index_search_timestamp(stream, table->pts[index], AVSEEK_FLAG_BACKWARD);
    return key >= 0 && avformat_index_get_entry(stream, key)->timestamp > table->pts[at];
}

static enum status missing(const struct decoder *d, size_t index, bool at_end, struct error *err)
{
    const struct reader *reader = d->reader;
    double time_s = av_reader_time_s(reader, reader->table.pts[index]);
    return error_set(err, ERR_MEDIA, "%s: frame %zu of %zu (at %.2f s) %s", reader->input.name,
                     index + 1, reader->table.count, time_s,
                     at_end ? "is missing: the file is cut off or damaged"
                            : "is damaged and cannot be decoded");
}

// The seek behind `d` came out after the wanted frame: try further back. ERR_MEDIA at the
// beginning.
static enum status back_off(struct decoder *d, size_t index, bool at_end, struct error *err)
{
    const struct av_frame_table *table = &d->reader->table;
    if (d->from_beginning)
        return missing(d, index, at_end, err);
    int64_t tried = table->pts[index] - d->seek_pts;
    int64_t second = (int64_t)(1 / av_q2d(d->codec->pkt_timebase));
    int64_t back = tried > 0 ? tried * 4 : second > 0 ? second : 1;
    bool reaches = back < table->pts[index] - table->pts[0];
    return start_at(d, reaches ? table->pts[index] - back : table->pts[0], err);
}

enum status decoder_next(struct decoder *d, size_t index, struct picture **ret, struct error *err)
{
    const struct av_frame_table *table = &d->reader->table;
    enum status status = OK;
    if (index >= table->count)
        return error_set(err, ERR_INVALID, "%s has %zu frames; there is no frame %zu",
                         d->reader->input.name, table->count, index + 1);
    if (should_seek(d, index))
        status = start_at(d, table->pts[index], err);
    bool is_there = d->last && d->last->index == index;
    while (status == OK && !is_there) {
        bool at_end = false;
        bool is_first = !d->started;
        status = advance(d, &at_end, err);
        if (status != OK)
            break;
        d->started = d->started || !at_end;
        is_there = !at_end && d->last->index == index;
        bool passed = at_end || d->last->index > index;
        if (passed && is_first)
            status = back_off(d, index, at_end, err);
        else if (passed)
            status = missing(d, index, at_end, err);
    }
    if (status != OK)
        return status;
    *ret = picture_ref(d->last);
    return OK;
}
