// SPDX-License-Identifier: GPL-3.0-or-later
//
// The AVIO context hands libav's 128 KiB reads on to the byte source one to one. A failure of
// the source is kept in input->failure, since demuxers turn it into "end of file" or "invalid
// data" as they please.
#include "media/av_input.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "media/sniff.h"

enum {
    IO_BUFFER_BYTES = 128 * 1024,
    MAX_STREAMS = 64,
    MAX_BOXES = 256,
    MAX_PACKET_RATE = 300,   // pictures a second: a higher rate is a mistake of the headers
    SOUND_PACKET_RATE = 200, // packets a second, where the headers do not tell
    PACKET_SLACK_S = 2,      // reordering, and decode times in front of what is shown
};

// Containers with their own data inside: nothing that names other files (playlists, HLS, concat)
// and nothing that takes any text for a film (subtitles, terminals).
static const char allowed_containers[] =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,ogg,asf,mxf,dv,h264,hevc,"
    "m4v,ivf,yuv4mpegpipe,nut,wav,mp3,aac,flac";

static int io_read(void *opaque, uint8_t *dst, int n)
{
    struct av_input *input = opaque;
    size_t got = 0;
    if (input->failure_status != OK || cancel_fired(input->cancel))
        return AVERROR_EXIT;
    if (input->hollow) {
        int64_t left = input->source->size_bytes - input->position;
        input->position += left < n ? left : n;
        return left <= 0 ? AVERROR_EOF : (int)(left < n ? left : n);
    }
    input->failure_status = input->source->read_at(input->source, input->position, dst, (size_t)n,
                                                   &got, &input->failure);
    if (input->failure_status != OK)
        return AVERROR_EXIT;
    input->position += (int64_t)got;
    return got ? (int)got : AVERROR_EOF;
}

static int64_t io_seek(void *opaque, int64_t offset, int whence)
{
    struct av_input *input = opaque;
    int64_t size = input->source->size_bytes;
    whence &= ~AVSEEK_FORCE;
    if (whence == AVSEEK_SIZE)
        return size;
    int64_t base = whence == SEEK_CUR ? input->position : whence == SEEK_END ? size : 0;
    if (offset < -base || offset > INT64_MAX - base)
        return AVERROR(EINVAL);
    input->position = base + offset;
    return input->position;
}

static int interrupted(void *opaque)
{
    return cancel_fired(opaque);
}

// The one place that decides what a libav failure on this input means.
static enum status failed(struct av_input *input, int rc, const char *doing, struct error *err)
{
    if (cancel_fired(input->cancel))
        return cancel_check(input->cancel, err);
    if (input->failure_status != OK) {
        if (err)
            *err = input->failure;
        return input->failure_status;
    }
    return av_error(err, NULL, rc, "%s %s", doing, input->name);
}

static uint64_t big_endian(const uint8_t *bytes, int n)
{
    uint64_t value = 0;
    for (int i = 0; i < n; i++)
        value = value << 8 | bytes[i];
    return value;
}

// Does a file of the MP4 family lack its index? Walks the top-level boxes (ISO/IEC 14496-12 §4.2).
static bool lacks_moov(struct av_input *input)
{
    uint8_t box[16];
    int64_t offset = 0;
    struct byte_source *source = input->source;
    for (int i = 0; i < MAX_BOXES; i++) {
        size_t got = 0;
        if (source->read_at(source, offset, box, sizeof box, &got, NULL) != OK)
            return false;
        if (got < 8)
            return i > 0;
        uint64_t size = big_endian(box, 4);
        if (i == 0 && memcmp(box + 4, "ftyp", 4) != 0)
            return false;
        if (!memcmp(box + 4, "moov", 4))
            return false;
        if (size == 1 && got == sizeof box)
            size = big_endian(box + 8, 8);
        if (size < 8 || size > (uint64_t)(INT64_MAX - offset))
            return true;
        offset += (int64_t)size;
    }
    return false;
}

static enum status refuse(struct av_input *input, int rc, struct error *err)
{
    struct byte_source *source = input->source;
    uint8_t head[256] = {0};
    size_t n = 0;
    if (cancel_fired(input->cancel) || input->failure_status != OK)
        return failed(input, rc, "read", err);
    enum status status = source->read_at(source, 0, head, sizeof head, &n, err);
    if (status != OK)
        return status;
    if (lacks_moov(input))
        return error_set(err, ERR_MEDIA, "%s is cut off: its index (moov) is missing", input->name);
    char phrase[80];
    error_set(err, ERR_MEDIA, "%s is not a video file that can be read (%s)", input->name,
              sniff_phrase(head, n, phrase, sizeof phrase));
    char words[AV_ERROR_MAX_STRING_SIZE];
    av_strerror(rc, words, sizeof words);
    error_detail(err, "libav: %s", words);
    return ERR_MEDIA;
}

static int find_video(const AVFormatContext *format)
{
    for (unsigned i = 0; i < format->nb_streams; i++) {
        const AVStream *stream = format->streams[i];
        if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
            !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC))
            return (int)i;
    }
    return -1;
}

// An index in front that names bytes behind the end: the upload or copy was not finished.
static enum status check_complete(const struct av_input *input, struct error *err)
{
    int64_t needed = 0;
    for (unsigned i = 0; i < input->format->nb_streams; i++) {
        AVStream *stream = input->format->streams[i];
        int n = avformat_index_get_entries_count(stream);
        const AVIndexEntry *last = n > 0 ? avformat_index_get_entry(stream, n - 1) : NULL;
        if (last && last->pos + last->size > needed)
            needed = last->pos + last->size;
    }
    if (needed <= input->source->size_bytes || !strstr(input->format->iformat->name, "mp4"))
        return OK;
    char need[16];
    char have[16];
    return error_set(err, ERR_MEDIA, "%s is cut off: it should have at least %s, it has %s",
                     input->name, text_bytes(need, (uint64_t)needed),
                     text_bytes(have, (uint64_t)input->source->size_bytes));
}

static enum status open_container(struct av_input *input, struct error *err)
{
    uint8_t *buffer = av_malloc(IO_BUFFER_BYTES);
    input->format = avformat_alloc_context();
    input->io = avio_alloc_context(buffer, IO_BUFFER_BYTES, 0, input, io_read, NULL, io_seek);
    if (!buffer || !input->format || !input->io) {
        if (!input->io)
            av_free(buffer);
        return error_set(err, ERR_MEMORY, "no memory to open %s", input->name);
    }
    input->format->pb = input->io;
    input->format->interrupt_callback = (AVIOInterruptCB){interrupted, input->cancel};
    input->format->flags |= AVFMT_FLAG_GENPTS;
    input->format->max_streams = MAX_STREAMS;
    input->format->format_whitelist = av_strdup(allowed_containers);
    input->format->protocol_whitelist = av_strdup("");
    int rc = avformat_open_input(&input->format, NULL, NULL, NULL); // frees format when it fails
    if (rc < 0)
        return refuse(input, rc, err);
    rc = avformat_find_stream_info(input->format, NULL);
    if (rc < 0 || input->failure_status != OK || cancel_fired(input->cancel))
        return failed(input, rc, "read the headers of", err);
    return check_complete(input, err);
}

enum status av_input_open(struct av_input *input, struct byte_source *source, const char *name,
                          struct cancel *cancel, struct error *err)
{
    av_quiet();
    *input = (struct av_input){.source = source, .cancel = cancel, .video = -1, .audio = -1};
    input->name = mem_strdup(name);
    enum status status = cancel_check(cancel, err);
    if (status == OK && source->size_bytes == 0)
        status = error_set(err, ERR_MEDIA, "%s is empty (0 bytes)", name);
    if (status == OK)
        status = open_container(input, err);
    if (status != OK) {
        av_input_close(input);
        return status;
    }
    input->video = find_video(input->format);
    int audio = av_find_best_stream(input->format, AVMEDIA_TYPE_AUDIO, -1, input->video, NULL, 0);
    input->audio = audio < 0 ? -1 : audio;
    return OK;
}

void av_input_close(struct av_input *input)
{
    avformat_close_input(&input->format);
    if (input->io)
        av_freep(&input->io->buffer);
    avio_context_free(&input->io);
    free(input->name);
    *input = (struct av_input){.video = -1, .audio = -1};
}

void av_input_only(struct av_input *input, int stream)
{
    for (unsigned i = 0; i < input->format->nb_streams; i++)
        input->format->streams[i]->discard = (int)i == stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

bool av_input_hollow(struct av_input *input, int stream, bool on)
{
    AVStream *s = input->format->streams[stream];
    int n = avformat_index_get_entries_count(s);
    bool can = strstr(input->format->iformat->name, "mp4") && n > 0 && s->nb_frames == n;
    input->hollow = on && can;
    // A parser would look into the packets.
    if (input->hollow)
        input->format->flags |= AVFMT_FLAG_NOPARSE;
    else
        input->format->flags &= ~AVFMT_FLAG_NOPARSE;
    // What is buffered is no data of the source.
    if (!on)
        input->io->buf_ptr = input->io->buf_end = input->io->buffer;
    return can;
}

enum status av_input_read(struct av_input *input, AVPacket *packet, bool *ret_end,
                          struct error *err)
{
    *ret_end = false;
    av_packet_unref(packet);
    int rc = cancel_fired(input->cancel) ? AVERROR_EXIT : av_read_frame(input->format, packet);
    if (input->failure_status == OK && rc >= 0)
        return OK;
    av_packet_unref(packet);
    // A damaged tail reads as "invalid data": for us the end, which the frame table exposes.
    if (input->failure_status == OK && (rc == AVERROR_EOF || rc == AVERROR_INVALIDDATA)) {
        *ret_end = true;
        return OK;
    }
    return failed(input, rc, "read", err);
}

enum status av_input_seek(struct av_input *input, int stream, int64_t timestamp, struct error *err)
{
    if (av_seek_frame(input->format, stream, timestamp, AVSEEK_FLAG_BACKWARD) >= 0)
        return OK;
    return av_input_rewind(input, stream, err);
}

// Does the container list every packet of the stream?
static bool lists_all(const AVStream *s)
{
    int n = avformat_index_get_entries_count(s);
    return n > 0 && s->nb_frames == n;
}

// The stream that has the very first packet, and its time: where every packet is listed, that is
// before what is shown first (an encoder's priming). Else what the headers say of `stream`.
static int first_packet(const struct av_input *input, int stream, int64_t *ret)
{
    const AVStream *s = input->format->streams[stream];
    *ret = s->start_time == AV_NOPTS_VALUE ? 0 : s->start_time;
    if (!lists_all(s))
        return stream;
    *ret = avformat_index_get_entry(input->format->streams[stream], 0)->timestamp;
    for (unsigned i = 0; i < input->format->nb_streams; i++) {
        AVStream *other = input->format->streams[i];
        if (other->discard == AVDISCARD_ALL || !lists_all(other))
            continue;
        int64_t first = avformat_index_get_entry(other, 0)->timestamp;
        if (av_compare_ts(first, other->time_base, *ret,
                          input->format->streams[stream]->time_base) >= 0)
            continue;
        stream = (int)i;
        *ret = first;
    }
    return stream;
}

enum status av_input_rewind(struct av_input *input, int stream, struct error *err)
{
    int64_t start = 0;
    stream = first_packet(input, stream, &start);
    // Streams without headers (MPEG-TS and the like) search by decode time and would land behind
    // the first frame; their first byte is a fine place to begin.
    bool by_byte = input->format->iformat->flags & AVFMT_TS_DISCONT;
    int rc = by_byte ? av_seek_frame(input->format, -1, 0, AVSEEK_FLAG_BYTE)
                     : avformat_seek_file(input->format, stream, INT64_MIN, start, start, 0);
    if (rc < 0 && !by_byte)
        rc = av_seek_frame(input->format, -1, 0, AVSEEK_FLAG_BYTE);
    return rc < 0 ? failed(input, rc, "go back to the beginning of", err) : OK;
}

// Packets a second, as far as the headers tell.
static double packet_rate(const AVStream *stream)
{
    const AVCodecParameters *codec = stream->codecpar;
    if (codec->codec_type == AVMEDIA_TYPE_VIDEO) {
        double fps = fmax(av_q2d(stream->avg_frame_rate), av_q2d(stream->r_frame_rate));
        return fps >= 30 ? fmin(fps, MAX_PACKET_RATE) : 30;
    }
    return codec->frame_size > 0 ? (double)codec->sample_rate / codec->frame_size
                                 : SOUND_PACKET_RATE;
}

int64_t av_input_packets_at_most(const struct av_input *input, int stream, double from_s,
                                 double to_s)
{
    AVStream *s = input->format->streams[stream];
    double unit_s = av_q2d(s->time_base);
    int64_t count = 0;
    if (lists_all(s)) {
        for (int i = 0; i < avformat_index_get_entries_count(s); i++) {
            double at_s = (double)avformat_index_get_entry(s, i)->timestamp * unit_s;
            count += at_s >= from_s - PACKET_SLACK_S && at_s <= to_s + PACKET_SLACK_S;
        }
        return count;
    }
    double length_s = fmin(to_s - from_s, (double)input->format->duration / AV_TIME_BASE);
    return (int64_t)(fmax(0, length_s + PACKET_SLACK_S) * packet_rate(s) * 1.25) + 256;
}

enum status av_input_codec(struct av_input *input, int stream, int threads, AVCodecContext **ret,
                           struct error *err)
{
    const AVStream *s = input->format->streams[stream];
    const char *codec_name = avcodec_get_name(s->codecpar->codec_id);
    const AVCodec *codec = avcodec_find_decoder(s->codecpar->codec_id);
    if (!codec)
        return error_set(err, ERR_MEDIA, "%s cannot be decoded: there is no decoder for %s",
                         input->name, codec_name);
    AUTO(av_own_codec) AVCodecContext *context = avcodec_alloc_context3(codec);
    if (!context)
        return error_set(err, ERR_MEMORY, "no memory to decode %s", input->name);
    int rc = avcodec_parameters_to_context(context, s->codecpar);
    context->pkt_timebase = s->time_base;
    context->thread_count = threads;
    if (rc >= 0)
        rc = avcodec_open2(context, codec, NULL);
    if (rc < 0)
        return av_error(err, input->cancel, rc, "%s cannot be decoded (%s)", input->name,
                        codec_name);
    *ret = context;
    context = NULL;
    return OK;
}
