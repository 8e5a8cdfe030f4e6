// SPDX-License-Identifier: GPL-3.0-or-later
// remux.c — see remux.h.
//
// The muxer turns a first packet before time 0 into an edit list that begins at 0, so the start
// only has to become 0. The end it does not know: mp4_edit.c shortens the edit lists in the
// finished index, which is held back for that.
#include "media/remux.h"

#include <math.h>
#include <string.h>

#include "media/av_cut.h"
#include "media/av_output.h"
#include "media/av_reencoder.h"
#include "media/decoder.h"
#include "media/h264_nal.h"
#include "media/held_sink.h"
#include "media/mp4_edit.h"

enum {
    QUEUE_MAX = 64,            // packets held back: the deepest reordering is 16 pictures
    HEADERS_MAX_BYTES = 65536, // of SPS and PPS together
    PACKET_MAX_BYTES = 256 * 1024 * 1024,
    MIN_TIMESCALE = 10000, // the MP4 muxer doubles a stream's ticks until there are so many
    PREROLL_MS = 250,      // of sound in front of an exact start: some codecs lean on the past
};

struct remux {
    struct remux_options o;
    struct reader *reader;
    struct av_input *input;    // the reader's
    AVStream *picture, *sound; // of the input; sound is NULL when there is none or none is wanted
    struct av_cut cut;
    struct remux_plan plan;
    int length_bytes;   // of the NAL units, when the picture is H.264
    struct buffer x264; // the SEI unit that the first copied packet has to carry; empty for none
    AVCodecContext *encoder; // of the head; NULL without one

    // -- while it runs
    struct av_output output;
    struct held_sink held;
    int64_t packets_max[2], packets[2]; // promised to the index and written; picture, sound
    AVPacket *queue[QUEUE_MAX];         // pictures that wait for a later packet
    int queued;
    bool begun;        // the first picture was copied
    bool done[2];      // picture, sound: all that is wanted was copied
    int64_t frames;    // shown
    int64_t shown_end; // when the last of them ends
};

// ---- what fits ----

static AVStream *stream_of(const struct reader *reader, int number)
{
    return number < 0 ? NULL : reader->input.format->streams[number];
}

static bool mp4_holds(const AVStream *stream)
{
    const AVOutputFormat *mp4 = av_guess_format("mp4", NULL, NULL);
    return mp4 && avformat_query_codec(mp4, stream->codecpar->codec_id, FF_COMPLIANCE_NORMAL) == 1;
}

bool remux_fits(const struct reader *reader, bool audio)
{
    const AVStream *sound = stream_of(reader, reader->input.audio);
    return mp4_holds(stream_of(reader, reader->input.video)) &&
           (!audio || !sound || mp4_holds(sound));
}

bool remux_can_cut(const struct reader *reader, bool audio)
{
    const AVStream *picture = stream_of(reader, reader->input.video);
    const AVCodecParameters *codec = picture->codecpar;
    int id;
    if (!remux_fits(reader, audio) || !av_reencoder_fits(picture))
        return false;
    int length_bytes = h264_length_bytes(codec->extradata, (size_t)codec->extradata_size);
    return (length_bytes == 0 || length_bytes == 4) &&
           h264_free_id(codec->extradata, (size_t)codec->extradata_size, &id);
}

static enum status check_codec(const struct remux *r, const AVStream *stream, const char *what,
                               struct error *err)
{
    if (!stream || mp4_holds(stream))
        return OK;
    return error_set(err, ERR_MEDIA,
                     "%s: its %s (%s) cannot be copied into an MP4; encode it anew "
                     "(copy_codec: false)",
                     r->input->name, what, avcodec_get_name(stream->codecpar->codec_id));
}

// AVI keeps decode times only: when a reordered picture is shown nobody can tell from them.
static enum status check_times(const struct remux *r, struct error *err)
{
    if (r->picture->codecpar->video_delay == 0 || !strstr(r->reader->info.container, "avi"))
        return OK;
    return error_set(err, ERR_MEDIA,
                     "%s is an AVI with reordered pictures (B-frames), which does not say when "
                     "they are shown; make an MP4 or Matroska file of it first",
                     r->input->name);
}

// ---- opening ----

// Keeps the SEI of the source's first packet when the copy begins behind it and needs it.
static enum status keep_x264(struct remux *r, struct error *err)
{
    const AVCodecParameters *codec = r->picture->codecpar;
    if (codec->codec_id != AV_CODEC_ID_H264 ||
        codec->profile != FF_PROFILE_H264_HIGH_444_PREDICTIVE || r->cut.from_first)
        return OK;
    AUTO(av_own_packet) AVPacket *packet = av_own_packet_new();
    bool at_end = false;
    av_input_only(r->input, r->input->video);
    enum status status = av_input_rewind(r->input, r->input->video, err);
    if (status == OK)
        status = av_input_read(r->input, packet, &at_end, err);
    struct h264_nal nal;
    if (status == OK && !at_end && packet->pts != r->cut.copy_pts &&
        h264_find_x264_sei(packet->data, (size_t)packet->size, r->length_bytes, &nal))
        buffer_append(&r->x264, nal.bytes, nal.size);
    return status;
}

static enum status open_encoder(struct remux *r, struct error *err)
{
    const AVCodecParameters *codec = r->picture->codecpar;
    struct av_reencoder_options options = {
        .like = r->picture,
        .best = r->o.best,
        .threads = r->o.threads,
        .name = r->input->name,
    };
    if (!h264_free_id(codec->extradata, (size_t)codec->extradata_size, &options.parameter_id))
        return error_set(err, ERR_INTERNAL, "%s: no number is left for new parameter sets",
                         r->input->name);
    return av_reencoder_open(&options, &r->encoder, err);
}

// The frames [first, *ret_end) of the reader's table are the head that is encoded.
static size_t head_frames(const struct remux *r, size_t *ret_end)
{
    const struct av_frame_table *table = &r->reader->table;
    int64_t end = r->cut.has_copy ? r->cut.copy_pts : r->cut.end;
    size_t first = 0;
    while (first < table->count && table->pts[first] < r->cut.start)
        first++;
    for (*ret_end = first; *ret_end < table->count && table->pts[*ret_end] < end;)
        (*ret_end)++;
    return first;
}

static enum status make_plan(struct remux *r, struct error *err)
{
    double unit_s = av_q2d(r->picture->time_base);
    bool has_head = r->o.exact && (!r->cut.has_copy || r->cut.copy_pts > r->cut.start);
    r->plan = (struct remux_plan){
        .start_s = (double)(r->cut.start - r->cut.origin) * unit_s,
        .keyframe_offset_s = has_head ? 0 : (double)(r->cut.start - r->cut.key_pts) * unit_s,
        .has_copy = r->cut.has_copy,
    };
    if (!has_head)
        return OK;
    size_t end = 0;
    size_t first = head_frames(r, &end);
    r->plan.frames_encoded = end - first;
    return open_encoder(r, err);
}

static enum status open_all(struct remux *r, struct error *err)
{
    const struct av_cut_wish wish = {
        .has_start = r->o.has_start,
        .start_s = r->o.start_s,
        .has_end = r->o.has_end,
        .end_s = r->o.end_s,
        .exact = r->o.exact,
    };
    enum status status = check_codec(r, r->picture, "picture", err);
    if (status == OK)
        status = check_codec(r, r->sound, "sound", err);
    if (status == OK)
        status = check_times(r, err);
    if (status == OK && r->o.exact)
        status = av_reader_table(r->reader, err);
    if (status == OK)
        status = av_cut_find(r->reader, &wish, &r->cut, err);
    if (status == OK)
        status = keep_x264(r, err);
    return status == OK ? make_plan(r, err) : status;
}

enum status remux_open(struct reader *reader, const struct remux_options *options,
                       struct remux **ret, struct error *err)
{
    AUTO(remux_free) struct remux *r = mem_new(struct remux);
    r->o = *options;
    r->reader = reader;
    r->input = &reader->input;
    r->picture = stream_of(reader, reader->input.video);
    r->sound = options->audio ? stream_of(reader, reader->input.audio) : NULL;
    const AVCodecParameters *codec = r->picture->codecpar;
    r->length_bytes = h264_length_bytes(codec->extradata, (size_t)codec->extradata_size);
    buffer_init(&r->x264, HEADERS_MAX_BYTES);
    enum status status = open_all(r, err);
    if (status != OK)
        return status;
    *ret = r;
    r = NULL;
    return OK;
}

void remux_free(struct remux *r)
{
    if (!r)
        return;
    for (int i = 0; i < r->queued; i++)
        av_own_packet(r->queue[i]);
    av_own_codec(r->encoder);
    av_output_close(&r->output);
    held_sink_done(&r->held);
    buffer_done(&r->x264);
    free(r);
}

const struct remux_plan *remux_plan(const struct remux *r)
{
    return &r->plan;
}

// ---- beginning the file ----

// How many packets of a stream the copy can have.
static int64_t count_packets(const struct remux *r, AVStream *stream)
{
    double unit_s = av_q2d(r->picture->time_base);
    double from_s = (double)r->cut.key_pts * unit_s;
    double to_s = (double)r->cut.end * unit_s;
    if (r->cut.from_first)
        from_s = -INFINITY;
    if (r->cut.end == INT64_MAX)
        to_s = INFINITY;
    return av_input_packets_at_most(r->input, stream->index, from_s, to_s);
}

// Adds the head's parameter sets to those of the stream.
static enum status join_headers(struct remux *r, AVCodecParameters *codec, struct error *err)
{
    struct buffer headers BUFFER_AUTO;
    buffer_init(&headers, HEADERS_MAX_BYTES);
    if (!h264_merge_headers(codec->extradata, (size_t)codec->extradata_size, r->encoder->extradata,
                            (size_t)r->encoder->extradata_size, &headers) ||
        headers.overflow)
        return error_set(err, ERR_MEDIA, "%s: its H.264 headers cannot be joined with new ones",
                         r->input->name);
    av_freep(&codec->extradata);
    codec->extradata = av_mallocz(headers.size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!codec->extradata)
        return error_set(err, ERR_MEMORY, "no memory for the film's headers");
    memcpy(codec->extradata, headers.data, headers.size);
    codec->extradata_size = (int)headers.size;
    return OK;
}

static enum status add_stream(struct remux *r, AVStream *from, struct error *err)
{
    AVStream *to = avformat_new_stream(r->output.mux, NULL);
    if (!to || avcodec_parameters_copy(to->codecpar, from->codecpar) < 0)
        return error_set(err, ERR_MEMORY, "no memory for the film's streams");
    to->codecpar->codec_tag = 0; // the container's own name for the codec
    to->time_base = from->time_base;
    to->avg_frame_rate = from->avg_frame_rate;
    to->sample_aspect_ratio = from->sample_aspect_ratio;
    to->disposition = from->disposition;
    for (int i = 0; i < from->nb_side_data; i++) { // rotation and the like
        const AVPacketSideData *side = &from->side_data[i];
        uint8_t *copy = av_stream_new_side_data(to, side->type, side->size);
        if (!copy)
            return error_set(err, ERR_MEMORY, "no memory for the film's streams");
        memcpy(copy, side->data, side->size);
    }
    if (from == r->picture && r->encoder)
        return join_headers(r, to->codecpar, err);
    return OK;
}

// The muxer's ticks for the picture: edit lists in the same ones can name every frame exactly.
static int movie_timescale(const AVStream *picture)
{
    int scale = picture->time_base.den;
    while (scale < MIN_TIMESCALE)
        scale *= 2;
    return scale;
}

static enum status begin(struct remux *r, struct byte_sink *sink, struct error *err)
{
    r->packets_max[0] = count_packets(r, r->picture) + (int64_t)r->plan.frames_encoded;
    r->packets_max[1] = r->sound ? count_packets(r, r->sound) : 0;
    int64_t index_bytes = av_output_index_bytes(r->packets_max[0], r->packets_max[1]);
    int64_t head_bytes = av_output_head_bytes(index_bytes);
    enum status status = held_sink_init(&r->held, sink, (size_t)head_bytes, err);
    if (status == OK)
        status = av_output_open(&r->output, &r->held.sink, r->input->cancel, err);
    if (status == OK)
        status = add_stream(r, r->picture, err);
    if (status == OK && r->sound)
        status = add_stream(r, r->sound, err);
    if (status != OK)
        return status;
    return av_output_begin(&r->output, index_bytes, movie_timescale(r->picture), err);
}

// ---- writing ----

// Hands a packet with times of `from` to the muxer; the film's zero is the start of the cut.
static enum status write_packet(struct remux *r, const AVStream *from, AVPacket *packet,
                                struct error *err)
{
    bool is_sound = from == r->sound;
    const AVStream *to = r->output.mux->streams[is_sound];
    int64_t zero = av_rescale_q(r->cut.start, r->picture->time_base, to->time_base);
    if (++r->packets[is_sound] > r->packets_max[is_sound])
        return error_set(err, ERR_MEDIA,
                         "%s has more packets than its headers say; encode it anew "
                         "(copy_codec: false)",
                         r->input->name);
    av_packet_rescale_ts(packet, from->time_base, to->time_base);
    packet->pts -= zero;
    packet->dts -= zero;
    packet->pos = -1;
    packet->stream_index = is_sound;
    return av_output_packet(&r->output, packet, err);
}

static void count_shown(struct remux *r, const AVPacket *packet)
{
    if (packet->pts < r->cut.start || packet->pts >= r->cut.end)
        return;
    int64_t length = packet->duration;
    if (length <= 0)
        length = av_rescale_q(1, av_inv_q(r->picture->avg_frame_rate), r->picture->time_base);
    r->frames++;
    if (packet->pts + length > r->shown_end)
        r->shown_end = packet->pts + length;
}

// The first picture that is copied: brings the encoder's version along where that is needed.
static enum status carry_x264(struct remux *r, AVPacket *packet, struct error *err)
{
    struct buffer bytes BUFFER_AUTO;
    struct h264_nal nal;
    buffer_init(&bytes, PACKET_MAX_BYTES);
    if (r->x264.size == 0 ||
        h264_find_x264_sei(packet->data, (size_t)packet->size, r->length_bytes, &nal) ||
        !h264_insert(packet->data, (size_t)packet->size, r->length_bytes,
                     (const uint8_t *)r->x264.data, r->x264.size, &bytes) ||
        bytes.overflow)
        return OK;
    return av_own_packet_fill(packet, bytes.data, bytes.size, err);
}

// ---- the head ----

static enum status write_encoded(struct remux *r, AVPacket *packet, struct error *err)
{
    struct buffer bytes BUFFER_AUTO;
    buffer_init(&bytes, PACKET_MAX_BYTES);
    if (!h264_reframe(packet->data, (size_t)packet->size, 0, r->length_bytes, &bytes) ||
        bytes.overflow)
        return error_set(err, ERR_INTERNAL, "the encoder gave a packet of unknown form");
    enum status status = av_own_packet_fill(packet, bytes.data, bytes.size, err);
    if (status != OK)
        return status;
    packet->dts = packet->pts - r->cut.copy_delay; // decoded before the first copied one
    count_shown(r, packet);
    return write_packet(r, r->picture, packet, err);
}

// Encodes one frame; NULL ends the head.
static enum status encode(struct remux *r, AVFrame *frame, struct error *err)
{
    AUTO(av_own_packet) AVPacket *packet = av_own_packet_new();
    int rc = avcodec_send_frame(r->encoder, frame);
    for (enum status status = OK; rc >= 0;) {
        rc = avcodec_receive_packet(r->encoder, packet);
        if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
            return OK;
        if (rc < 0)
            break;
        status = write_encoded(r, packet, err);
        if (status != OK)
            return status;
        if (r->o.on_encoded)
            r->o.on_encoded(r->o.on_encoded_context, r->packets[0]);
    }
    return av_error(err, r->input->cancel, rc, "encode the film");
}

static enum status encode_frame(struct remux *r, struct decoder *decoder, size_t index,
                                struct error *err)
{
    const struct av_frame_table *table = &r->reader->table;
    AUTO(picture_unref) struct picture *picture = NULL;
    enum status status = decoder_next(decoder, index, &picture, err);
    if (status != OK)
        return status;
    AUTO(av_own_frame) AVFrame *frame = av_own_frame_new();
    if (av_frame_ref(frame, picture->frame) < 0)
        return error_set(err, ERR_MEMORY, "no memory for a frame");
    if (frame->format != r->encoder->pix_fmt || frame->width != r->encoder->width ||
        frame->height != r->encoder->height)
        return error_set(err, ERR_MEDIA, "%s changes its picture format at %.2f s", r->input->name,
                         picture->time_s);
    frame->pts = table->pts[index];
    frame->pict_type = AV_PICTURE_TYPE_NONE; // the decoder's choice must not become ours
    int64_t next = index + 1 < table->count ? table->pts[index + 1] : table->end_pts;
    frame->pkt_duration = next - frame->pts;
    return encode(r, frame, err);
}

static enum status encode_head(struct remux *r, struct error *err)
{
    AUTO(decoder_free) struct decoder *decoder = NULL;
    size_t end = 0;
    size_t index = head_frames(r, &end);
    enum status status = decoder_open(r->reader, r->o.threads, &decoder, err);
    for (; status == OK && index < end; index++)
        status = encode_frame(r, decoder, index, err);
    return status == OK ? encode(r, NULL, err) : status;
}

// ---- copying ----

// Writes the waiting pictures.
static enum status flush_queue(struct remux *r, struct error *err)
{
    enum status status = OK;
    for (int i = 0; status == OK && i < r->queued; i++) {
        AVPacket *packet = r->queue[i];
        if (!r->begun)
            status = carry_x264(r, packet, err);
        r->begun = true;
        count_shown(r, packet);
        if (status == OK)
            status = write_packet(r, r->picture, packet, err);
        av_own_packet(packet);
        r->queue[i] = NULL;
    }
    for (int i = 0; i < r->queued; i++)
        av_own_packet(r->queue[i]);
    r->queued = 0;
    return status;
}

// Decode times that the container left out count back from the newest.
static void date_queue(struct remux *r)
{
    int last = r->queued - 1;
    int64_t dts = r->queue[last]->dts;
    int64_t step = av_rescale_q(1, av_inv_q(r->picture->avg_frame_rate), r->picture->time_base);
    for (int i = last - 1; i >= 0 && r->queue[i]->dts == AV_NOPTS_VALUE; i--)
        r->queue[i]->dts = dts -= step > 0 ? step : 1;
}

// Is the picture one that the copy has to have?
static bool is_wanted(struct remux *r, const AVPacket *packet)
{
    bool is_key = packet->flags & AV_PKT_FLAG_KEY;
    bool begins = !r->begun && r->queued == 0;
    if (r->cut.from_first)
        return true;
    if (begins)
        return is_key && packet->pts == r->cut.copy_pts;
    return packet->pts >= r->cut.copy_pts; // else it leans on what comes before the keyframe
}

static enum status copy_picture(struct remux *r, AVPacket *packet, struct error *err)
{
    if (packet->pts == AV_NOPTS_VALUE)
        packet->pts = packet->dts;
    if (packet->pts == AV_NOPTS_VALUE || !is_wanted(r, packet))
        return OK;
    if (packet->dts != AV_NOPTS_VALUE && packet->dts >= r->cut.end) {
        r->done[0] = true;
        return OK;
    }
    if (r->queued == QUEUE_MAX)
        return error_set(err, ERR_MEDIA, "%s has pictures without decode times", r->input->name);
    AVPacket *own = r->queue[r->queued++] = av_own_packet_new();
    av_packet_move_ref(own, packet);
    if (own->dts == AV_NOPTS_VALUE)
        return OK;
    date_queue(r);
    // A picture behind the end is copied only when a later one, before the end, leans on it.
    return own->pts < r->cut.end ? flush_queue(r, err) : OK;
}

static enum status copy_sound(struct remux *r, AVPacket *packet, struct error *err)
{
    AVRational unit = r->sound->time_base;
    int64_t from = r->encoder ? r->cut.start - av_rescale_q(PREROLL_MS, (AVRational){1, 1000},
                                                            r->picture->time_base)
                              : r->cut.key_pts;
    if (packet->pts == AV_NOPTS_VALUE)
        packet->pts = packet->dts;
    if (packet->pts == AV_NOPTS_VALUE)
        return OK;
    if (packet->dts == AV_NOPTS_VALUE)
        packet->dts = packet->pts;
    if (!r->cut.from_first &&
        av_compare_ts(packet->pts + packet->duration, unit, from, r->picture->time_base) <= 0)
        return OK;
    if (r->cut.end != INT64_MAX &&
        av_compare_ts(packet->pts, unit, r->cut.end, r->picture->time_base) >= 0) {
        r->done[1] = true;
        return OK;
    }
    return write_packet(r, r->sound, packet, err);
}

static enum status copy(struct remux *r, struct error *err)
{
    AUTO(av_own_packet) AVPacket *packet = av_own_packet_new();
    for (unsigned i = 0; i < r->input->format->nb_streams; i++) {
        AVStream *s = r->input->format->streams[i];
        s->discard = s == r->picture || s == r->sound ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
    enum status status = av_cut_seek(r->reader, &r->cut, err);
    r->done[0] = !r->cut.has_copy;
    r->done[1] = !r->sound;
    while (status == OK && !(r->done[0] && r->done[1])) {
        bool at_end = false;
        status = av_input_read(r->input, packet, &at_end, err);
        if (at_end)
            break;
        if (status != OK)
            return status;
        int stream = packet->stream_index;
        if (stream == r->picture->index && !r->done[0])
            status = copy_picture(r, packet, err);
        else if (r->sound && stream == r->sound->index && !r->done[1])
            status = copy_sound(r, packet, err);
    }
    return status;
}

// ---- the end ----

// At the end of the file pictures may wait for a decode time, or lie behind the end of the range.
static enum status finish_queue(struct remux *r, struct error *err)
{
    int wanted = 0;
    for (int i = 0; i < r->queued; i++) {
        if (r->queue[i]->dts == AV_NOPTS_VALUE)
            r->queue[i]->dts = r->queue[i]->pts;
        if (r->queue[i]->pts < r->cut.end)
            wanted = i + 1;
    }
    while (r->queued > wanted)
        av_own_packet(r->queue[--r->queued]);
    return flush_queue(r, err);
}

static enum status finish(struct remux *r, struct remux_result *ret, struct error *err)
{
    enum status status = finish_queue(r, err);
    if (status == OK && r->frames == 0)
        status = error_set(err, ERR_MEDIA, "%s has no frame in that range", r->input->name);
    if (status == OK)
        status = av_output_end(&r->output, err);
    if (status != OK)
        return status;
    int64_t length = r->shown_end - r->cut.start;
    AVRational unit = r->picture->time_base;
    if (r->cut.end != INT64_MAX &&
        !mp4_edit_end(r->held.head, r->held.size, length * unit.num, unit.den))
        return error_set(err, ERR_INTERNAL, "the film's index cannot be corrected");
    *ret = (struct remux_result){
        .bytes = (uint64_t)r->output.size,
        .frames = r->frames,
        .duration_s = (double)length * av_q2d(unit),
    };
    return held_sink_release(&r->held, err);
}

enum status remux_run(struct remux *r, struct byte_sink *sink, struct remux_result *ret,
                      struct error *err)
{
    r->shown_end = r->cut.start;
    enum status status = begin(r, sink, err);
    if (status == OK && r->encoder)
        status = encode_head(r, err);
    if (status == OK)
        status = copy(r, err);
    return status == OK ? finish(r, ret, err) : status;
}
