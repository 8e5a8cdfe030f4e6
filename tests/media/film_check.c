// SPDX-License-Identifier: GPL-3.0-or-later
#include "film_check.h"

#include <math.h>

#include "media/av.h"
#include "test.h"

// Room for n elements where `had` are, in powers of two: what grows bit by bit is seldom moved.
static void *room_for(size_t n, void *block, size_t had, size_t size)
{
    size_t capacity = 1;
    while (capacity < n)
        capacity *= 2;
    return had > capacity / 2 ? block : mem_resize(block, capacity, size);
}

// -- the sink --

static enum status record_write(struct byte_sink *self, int64_t offset, const void *src, size_t n,
                                struct error *err)
{
    struct record_sink *s = (struct record_sink *)self;
    int64_t end = offset + (int64_t)n;
    s->writes++;
    if (s->fail_at && end >= s->fail_at)
        return error_set(err, ERR_NO_SPACE, "write the film: no space left on the test's disk");
    if (offset < s->size) {
        s->lowest_back = s->lowest_back < 0 ? offset : s->lowest_back;
        s->highest_back = end > s->highest_back ? end : s->highest_back;
    }
    if (end > s->size) {
        s->bytes = room_for((size_t)end, s->bytes, (size_t)s->size, 1);
        memset(s->bytes + s->size, 0, (size_t)(end - s->size));
        s->size = end;
    }
    memcpy(s->bytes + offset, src, n);
    return OK;
}

void record_sink_init(struct record_sink *sink)
{
    *sink = (struct record_sink){.sink = {.write_at = record_write}, .lowest_back = -1};
}

void record_sink_done(struct record_sink *sink)
{
    free(sink->bytes);
    sink->bytes = NULL;
}

struct picture *solid_picture(int width, int height, uint8_t y, uint8_t cb, uint8_t cr)
{
    AVFrame *frame = av_own_frame_new();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    assert_true(av_frame_get_buffer(frame, 0) >= 0);
    const uint8_t value[3] = {y, cb, cr};
    for (int c = 0; c < 3; c++)
        memset(frame->data[c], value[c],
               (size_t)frame->linesize[c] * (size_t)(c ? height / 2 : height));
    return picture_new(frame);
}

// -- the look --

struct looker {
    const struct record_sink *sink;
    int64_t position;
    AVFormatContext *demux;
    AVCodecContext *codec[2]; // by stream
    AVFrame *frame;
    AVPacket *packet;
    struct film_look *look;
};

static int look_read(void *opaque, uint8_t *buffer, int n)
{
    struct looker *l = opaque;
    int64_t left = l->sink->size - l->position;
    if (left <= 0)
        return AVERROR_EOF;
    n = n < left ? n : (int)left;
    memcpy(buffer, l->sink->bytes + l->position, (size_t)n);
    l->position += n;
    return n;
}

static int64_t look_seek(void *opaque, int64_t offset, int whence)
{
    struct looker *l = opaque;
    if (whence == AVSEEK_SIZE)
        return l->sink->size;
    l->position = whence == SEEK_CUR ? l->position + offset : offset;
    return l->position;
}

static double plane_mean(const AVFrame *f, int plane)
{
    int width = plane ? f->width / 2 : f->width, height = plane ? f->height / 2 : f->height;
    double sum = 0;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            sum += f->data[plane][y * f->linesize[plane] + x];
    return sum / (width * height);
}

static void look_video(struct looker *l, const AVStream *stream)
{
    struct film_look *k = l->look;
    size_t n = (size_t)k->video_frames++;
    k->pts_s = room_for(n + 1, k->pts_s, n, sizeof *k->pts_s);
    k->pts_s[n] = (double)l->frame->pts * av_q2d(stream->time_base);
    for (int c = 0; c < 3; c++) {
        k->mean[c] = room_for(n + 1, k->mean[c], n, sizeof *k->mean[c]);
        k->mean[c][n] = plane_mean(l->frame, c);
    }
    const AVFrame *f = l->frame;
    k->bt709_limited_left = f->color_primaries == AVCOL_PRI_BT709 &&
                            f->color_trc == AVCOL_TRC_BT709 && f->colorspace == AVCOL_SPC_BT709 &&
                            f->color_range == AVCOL_RANGE_MPEG &&
                            f->chroma_location == AVCHROMA_LOC_LEFT;
    k->key_frames += f->key_frame;
    k->high_profile = l->codec[stream->index]->profile == FF_PROFILE_H264_HIGH;
}

static void look_audio(struct looker *l)
{
    struct film_look *k = l->look;
    int64_t at = l->frame->pts; // 1 / rate; the priming lies before 0
    int64_t end = at + l->frame->nb_samples;
    if (end <= 0)
        return;
    k->sound = room_for((size_t)end, k->sound, (size_t)k->samples, sizeof *k->sound);
    for (int64_t i = k->samples; i < end; i++)
        k->sound[i] = i < at ? 0 : ((const float *)l->frame->data[0])[i - at];
    k->samples = end;
}

static void look_decode(struct looker *l, int stream, const AVPacket *packet)
{
    assert_true(avcodec_send_packet(l->codec[stream], packet) >= 0);
    while (avcodec_receive_frame(l->codec[stream], l->frame) >= 0) {
        if (l->codec[stream]->codec_type == AVMEDIA_TYPE_VIDEO)
            look_video(l, l->demux->streams[stream]);
        else
            look_audio(l);
    }
}

static void look_open(struct looker *l)
{
    uint8_t *buffer = av_malloc(65536);
    l->demux = avformat_alloc_context();
    l->demux->pb = avio_alloc_context(buffer, 65536, 0, l, look_read, NULL, look_seek);
    assert_true(avformat_open_input(&l->demux, "", NULL, NULL) >= 0);
    struct film_look *k = l->look;
    const AVDictionaryEntry *title = av_dict_get(l->demux->metadata, "title", NULL, 0);
    if (title)
        strncpy(k->title, title->value, sizeof k->title - 1);
    k->chapters = (int)l->demux->nb_chapters;
    for (int i = 0; i < k->chapters && i < 4; i++) {
        const AVChapter *chapter = l->demux->chapters[i];
        title = av_dict_get(chapter->metadata, "title", NULL, 0);
        k->chapter_start_s[i] = (double)chapter->start * av_q2d(chapter->time_base);
        k->chapter_end_s[i] = (double)chapter->end * av_q2d(chapter->time_base);
        if (title)
            strncpy(k->chapter_title[i], title->value, sizeof k->chapter_title[i] - 1);
    }
    unsigned streams = l->demux->nb_streams;
    if (k->chapters > 0) { // their titles are a text track behind the others
        streams--;
        assert_int_equal(l->demux->streams[streams]->codecpar->codec_id, AV_CODEC_ID_BIN_DATA);
        l->demux->streams[streams]->discard = AVDISCARD_ALL;
    }
    assert_in_range(streams, 1, 2);
    for (unsigned i = 0; i < streams; i++) {
        const AVStream *s = l->demux->streams[i];
        const AVCodecParameters *p = s->codecpar;
        double duration = (double)s->duration * av_q2d(s->time_base);
        l->codec[i] = avcodec_alloc_context3(avcodec_find_decoder(p->codec_id));
        avcodec_parameters_to_context(l->codec[i], p);
        l->codec[i]->pkt_timebase = s->time_base;
        assert_true(avcodec_open2(l->codec[i], NULL, NULL) >= 0);
        if (p->codec_type == AVMEDIA_TYPE_VIDEO) {
            assert_int_equal(p->codec_id, AV_CODEC_ID_H264);
            k->container_colour = p->color_primaries == AVCOL_PRI_BT709 &&
                                  p->color_trc == AVCOL_TRC_BT709 &&
                                  p->color_space == AVCOL_SPC_BT709;
            k->video_duration_s = duration;
            k->fps_num = s->avg_frame_rate.num;
            k->fps_den = s->avg_frame_rate.den;
        } else {
            assert_int_equal(p->codec_id, AV_CODEC_ID_AAC);
            k->has_audio = true;
            k->audio_duration_s = duration;
            k->channels = p->ch_layout.nb_channels;
            k->rate_hz = p->sample_rate;
        }
    }
}

// The size of moov when it stands in front of mdat at the top level, else 0.
static int64_t moov_in_front(const struct record_sink *sink)
{
    int64_t at = 0;
    while (at + 8 <= sink->size) {
        const uint8_t *b = sink->bytes + at;
        int64_t size = (int64_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
        if (!memcmp(b + 4, "moov", 4))
            return size;
        if (!memcmp(b + 4, "mdat", 4) || size < 8)
            return 0;
        at += size;
    }
    return 0;
}

void film_look(const struct record_sink *sink, struct film_look *ret)
{
    *ret = (struct film_look){0};
    struct looker l = {.sink = sink, .look = ret};
    l.frame = av_own_frame_new();
    l.packet = av_own_packet_new();
    look_open(&l);
    ret->moov_bytes = moov_in_front(sink);
    ret->moov_in_front = ret->moov_bytes > 0;
    while (av_read_frame(l.demux, l.packet) >= 0) {
        int stream = l.packet->stream_index;
        ret->video_packets += l.codec[stream]->codec_type == AVMEDIA_TYPE_VIDEO;
        look_decode(&l, stream, l.packet);
        av_packet_unref(l.packet);
    }
    for (unsigned i = 0; i < 2 && l.codec[i]; i++) {
        look_decode(&l, (int)i, NULL);
        avcodec_free_context(&l.codec[i]);
    }
    av_frame_free(&l.frame);
    av_packet_free(&l.packet);
    AVIOContext *io = l.demux->pb;
    avformat_close_input(&l.demux);
    av_freep(&io->buffer);
    avio_context_free(&io);
}

void film_look_done(struct film_look *look)
{
    free(look->pts_s);
    free(look->sound);
    for (int c = 0; c < 3; c++)
        free(look->mean[c]);
}

// -- making films

int64_t film_sample_at(const struct film_options *o, int64_t picture)
{
    return picture * o->fps_den * o->sample_rate / o->fps_num;
}

enum status film_feed(struct film *film, const struct film_options *o, int64_t frames,
                      struct error *err)
{
    AUTO(picture_unref) struct picture *black = solid_picture(o->width, o->height, 16, 128, 128);
    AUTO(picture_unref) struct picture *white = solid_picture(o->width, o->height, 235, 128, 128);
    float sound[2 * 48000];
    for (int64_t k = 0; k < frames; k++) {
        bool flash = k % 30 == 10;
        enum status status = film_video(film, flash ? white : black, err);
        if (status != OK)
            return status;
        if (!o->has_audio)
            continue;
        int64_t begin = film_sample_at(o, k), end = film_sample_at(o, k + 1);
        for (int64_t i = begin; i < end; i++)
            for (int c = 0; c < o->channels; c++)
                sound[(i - begin) * o->channels + c] = flash ? (i % 32 < 16 ? 0.8F : -0.8F) : 0.0F;
        status = film_audio(film, sound, end - begin, err);
        if (status != OK)
            return status;
    }
    return OK;
}

// Each packet is told once, in order.
static void count_encoded(void *context, int64_t frames)
{
    int64_t *count = context;
    assert_int_equal(frames, *count + 1);
    *count = frames;
}

struct film_result film_made(struct record_sink *sink, const struct film_options *options,
                             int64_t frames)
{
    AUTO(film_free) struct film *film = NULL;
    struct film_result result = {0};
    struct error err = {0};
    int64_t encoded = 0;
    struct film_options counting = *options;
    counting.on_encoded = count_encoded;
    counting.on_encoded_context = &encoded;
    record_sink_init(sink);
    assert_int_equal(film_open(&sink->sink, &counting, NULL, &film, &err), OK);
    assert_int_equal(encoded, 0);
    if (film_feed(film, options, frames, &err) != OK || film_finish(film, &result, &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(encoded, frames);
    assert_int_equal(result.frames, frames);
    assert_int_equal(result.bytes, sink->size);
    assert_true(fabs(result.duration_s - (double)frames * options->fps_den / options->fps_num) <
                1e-9);
    return result;
}
