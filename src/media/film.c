// SPDX-License-Identifier: GPL-3.0-or-later
// film.c — see film.h.
//
// One encoder a stream, one muxer (av_output.h) whose index stands in front in reserved room.
// Room that is too small makes the film unplayable, hence the worst-case arithmetic in
// film_head_bytes() and the refusal of anything beyond the promise.
#include "media/film.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "media/av_output.h"
#include "media/picture.h"
#include "media/scaler.h"

enum {
    KEY_FRAME_INTERVAL_S = 2,
    AAC_BITS_PER_S = 192000,
    AAC_PACKET_SAMPLES = 1024,
    TITLE_MAX_BYTES = 1024,
    CHAPTER_INDEX_BYTES = 512, // its title in the list, its sample in the text track
};

static const struct quality_info {
    const char *preset;
    const char *crf;
} quality_table[] = {
    [FILM_FAST] = {"fast", "23"},
    [FILM_BEST] = {"slow", "18"},
};
_Static_assert(sizeof quality_table / sizeof *quality_table == FILM_QUALITY_COUNT,
               "every quality has a row");

struct track {
    AVCodecContext *codec;
    AVStream *stream; // owned by the muxer
};

struct film {
    struct film_options options;
    const struct cancel *cancel;
    struct av_output output;
    struct track video, audio;
    AVFrame *video_frame; // a shell: refers to the caller's picture while it is handed over
    AVFrame *audio_frame; // AAC_PACKET_SAMPLES planar samples, `audio_fill` of them filled
    int audio_fill;
    AVPacket *packet;
    int64_t pictures; // given to the encoder
    int64_t samples;  // given by the caller
    int64_t samples_max;

    int64_t frames_encoded; // video packets that have left the encoder
};

// -- the room for the index -----------------------------------------------------------------

static int64_t samples_promised(const struct film_options *o)
{
    if (!o->has_audio)
        return 0;
    double seconds = (double)o->expected_frames * o->fps_den / o->fps_num;
    return (int64_t)ceil(seconds * o->sample_rate) + o->sample_rate; // and a second of slack
}

static int64_t index_bytes(const struct film_options *o)
{
    int64_t audio_packets = samples_promised(o) / AAC_PACKET_SAMPLES + 2;
    return av_output_index_bytes(o->expected_frames, o->has_audio ? audio_packets : 0) +
           (int64_t)o->chapter_count * CHAPTER_INDEX_BYTES;
}

int64_t film_head_bytes(const struct film_options *options)
{
    return av_output_head_bytes(index_bytes(options));
}

// -- opening ---------------------------------------------------------------------------------

static enum status check_options(const struct film_options *o, struct error *err)
{
    if (o->width < 16 || o->height < 16 || o->width > FILM_MAX_SIDE || o->height > FILM_MAX_SIDE ||
        o->width % 2 || o->height % 2)
        return error_set(err, ERR_INVALID,
                         "a film of %d×%d pixels: each side must be even and 16 to %d", o->width,
                         o->height, FILM_MAX_SIDE);
    if (o->fps_num < 1 || o->fps_den < 1 || o->fps_num / o->fps_den > FILM_MAX_FPS)
        return error_set(err, ERR_INVALID,
                         "a film of %d/%d pictures a second: must be above 0 and at most %d",
                         o->fps_num, o->fps_den, FILM_MAX_FPS);
    if (o->expected_frames < 1 || o->expected_frames > INT32_MAX)
        return error_set(err, ERR_INVALID, "a film of %lld pictures: must be 1 to %d",
                         (long long)o->expected_frames, INT32_MAX);
    if (o->has_audio && (o->sample_rate < 8000 || o->sample_rate > 96000))
        return error_set(err, ERR_INVALID, "a sample rate of %d Hz: must be 8000 to 96000",
                         o->sample_rate);
    if (o->has_audio && (o->channels < 1 || o->channels > 2))
        return error_set(err, ERR_INVALID, "%d audio channels: must be 1 or 2", o->channels);
    if (o->title && strlen(o->title) > TITLE_MAX_BYTES)
        return error_set(err, ERR_INVALID, "the film's title is longer than %d bytes",
                         TITLE_MAX_BYTES);
    if (o->chapter_count > FILM_MAX_CHAPTERS)
        return error_set(err, ERR_INVALID, "a film of %zu chapters: must be at most %d",
                         o->chapter_count, FILM_MAX_CHAPTERS);
    for (size_t i = 0; i < o->chapter_count; i++) {
        if (strlen(o->chapters[i].title) > FILM_MAX_CHAPTER_TITLE_BYTES)
            return error_set(err, ERR_INVALID, "the title of chapter %zu is longer than %d bytes",
                             i + 1, FILM_MAX_CHAPTER_TITLE_BYTES);
    }
    return OK;
}

// The muxer frees what was added, also after a failure.
static enum status add_chapters(AVFormatContext *mux, const struct film_options *o,
                                struct error *err)
{
    mux->chapters = av_calloc(o->chapter_count, sizeof(AVChapter *));
    for (size_t i = 0; i < o->chapter_count; i++) {
        AVChapter *chapter = mux->chapters ? av_mallocz(sizeof(*chapter)) : NULL;
        if (!chapter)
            return error_set(err, ERR_MEMORY, "no memory for the film's chapters");
        mux->chapters[mux->nb_chapters++] = chapter;
        chapter->id = (int64_t)i;
        chapter->time_base = AV_TIME_BASE_Q;
        chapter->start = llround(o->chapters[i].start_s * AV_TIME_BASE);
        chapter->end = llround(o->chapters[i].end_s * AV_TIME_BASE);
        if (av_dict_set(&chapter->metadata, "title", o->chapters[i].title, 0) < 0)
            return error_set(err, ERR_MEMORY, "no memory for the film's chapters");
    }
    return OK;
}

static enum status open_output(struct film *f, struct byte_sink *sink, struct error *err)
{
    enum status status = av_output_open(&f->output, sink, f->cancel, err);
    if (status != OK)
        return status;
    AVDictionary **metadata = &f->output.mux->metadata;
    if (f->options.title && av_dict_set(metadata, "title", f->options.title, 0) < 0)
        return error_set(err, ERR_MEMORY, "no memory for the film's title");
    return f->options.chapter_count > 0 ? add_chapters(f->output.mux, &f->options, err) : OK;
}

static enum status add_track(struct film *f, struct track *t, const char *encoder,
                             struct error *err)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(encoder);
    if (!codec)
        return error_set(err, ERR_UNAVAILABLE, "the ffmpeg libraries here have no encoder %s",
                         encoder);
    t->codec = avcodec_alloc_context3(codec);
    t->stream = avformat_new_stream(f->output.mux, NULL);
    if (!t->codec || !t->stream)
        return error_set(err, ERR_MEMORY, "no memory for the encoder %s", encoder);
    t->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    return OK;
}

static enum status start_track(struct film *f, struct track *t, AVDictionary **options,
                               struct error *err)
{
    int rc = avcodec_open2(t->codec, NULL, options);
    if (rc >= 0)
        rc = avcodec_parameters_from_context(t->stream->codecpar, t->codec);
    if (rc < 0)
        return av_output_failed(&f->output, rc, err, "start the encoder");
    t->stream->time_base = t->codec->time_base;
    return OK;
}

static enum status open_video(struct film *f, struct error *err)
{
    const struct film_options *o = &f->options;
    enum status status = add_track(f, &f->video, "libx264", err);
    if (status != OK)
        return status;
    AVCodecContext *c = f->video.codec;
    c->width = o->width;
    c->height = o->height;
    c->sample_aspect_ratio = (AVRational){1, 1};
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->color_primaries = AVCOL_PRI_BT709;
    c->color_trc = AVCOL_TRC_BT709;
    c->colorspace = AVCOL_SPC_BT709;
    c->color_range = AVCOL_RANGE_MPEG;
    c->chroma_sample_location = AVCHROMA_LOC_LEFT;
    c->framerate = (AVRational){o->fps_num, o->fps_den};
    c->time_base = (AVRational){o->fps_den, o->fps_num};
    c->gop_size = (KEY_FRAME_INTERVAL_S * o->fps_num + o->fps_den / 2) / o->fps_den;
    if (c->gop_size < 1)
        c->gop_size = 1;
    c->thread_count = o->threads;

    AVDictionary *options = NULL;
    av_dict_set(&options, "preset", quality_table[o->quality].preset, 0);
    av_dict_set(&options, "crf", quality_table[o->quality].crf, 0);
    av_dict_set(&options, "profile", "high", 0);
    status = start_track(f, &f->video, &options, err);
    av_dict_free(&options);
    f->video.stream->avg_frame_rate = c->framerate;
    f->video.stream->sample_aspect_ratio = c->sample_aspect_ratio;
    return status;
}

static enum status open_audio(struct film *f, struct error *err)
{
    const struct film_options *o = &f->options;
    enum status status = add_track(f, &f->audio, "aac", err);
    if (status != OK)
        return status;
    AVCodecContext *c = f->audio.codec;
    c->sample_fmt = AV_SAMPLE_FMT_FLTP;
    c->sample_rate = o->sample_rate;
    c->bit_rate = AAC_BITS_PER_S;
    c->time_base = (AVRational){1, o->sample_rate};
    av_channel_layout_default(&c->ch_layout, o->channels);
    status = start_track(f, &f->audio, NULL, err);
    if (status != OK)
        return status;

    AVFrame *frame = f->audio_frame = av_frame_alloc();
    if (!frame)
        return error_set(err, ERR_MEMORY, "no memory for the audio encoder");
    frame->format = c->sample_fmt;
    frame->sample_rate = c->sample_rate;
    frame->nb_samples = AAC_PACKET_SAMPLES;
    int rc = av_channel_layout_copy(&frame->ch_layout, &c->ch_layout);
    if (rc >= 0)
        rc = av_frame_get_buffer(frame, 0);
    return rc < 0 ? av_output_failed(&f->output, rc, err, "prepare the audio encoder") : OK;
}

static enum status open_all(struct film *f, struct byte_sink *sink, struct error *err)
{
    enum status status = open_output(f, sink, err);
    if (status == OK)
        status = open_video(f, err);
    if (status == OK && f->options.has_audio)
        status = open_audio(f, err);
    f->packet = av_packet_alloc();
    f->video_frame = av_frame_alloc();
    if (status == OK && (!f->packet || !f->video_frame))
        status = error_set(err, ERR_MEMORY, "no memory for the film writer");
    return status == OK ? av_output_begin(&f->output, index_bytes(&f->options), 0, err) : status;
}

enum status film_open(struct byte_sink *sink, const struct film_options *options,
                      const struct cancel *cancel, struct film **ret_film, struct error *err)
{
    enum status status = check_options(options, err);
    if (status != OK)
        return status;
    struct film *f = mem_new(struct film);
    f->options = *options;
    f->cancel = cancel;
    f->samples_max = samples_promised(options);
    if (sink->expect_head)
        sink->expect_head(sink, film_head_bytes(options));
    status = open_all(f, sink, err);
    f->options.title = NULL; // the caller's, as the chapters; used up
    f->options.chapters = NULL;
    if (status != OK) {
        film_free(f);
        return status;
    }
    *ret_film = f;
    return OK;
}

void film_free(struct film *f)
{
    if (!f)
        return;
    avcodec_free_context(&f->video.codec);
    avcodec_free_context(&f->audio.codec);
    av_frame_free(&f->video_frame);
    av_frame_free(&f->audio_frame);
    av_packet_free(&f->packet);
    av_output_close(&f->output);
    free(f);
}

// -- encoding --------------------------------------------------------------------------------

static void count_encoded(struct film *f)
{
    f->frames_encoded++;
    if (f->options.on_encoded)
        f->options.on_encoded(f->options.on_encoded_context, f->frames_encoded);
}

// Moves the packets that the encoder has ready to the muxer.
static enum status move_packets(struct film *f, struct track *t, struct error *err)
{
    for (;;) {
        enum status status = cancel_check(f->cancel, err);
        if (status != OK)
            return status;
        int rc = avcodec_receive_packet(t->codec, f->packet);
        if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
            return OK;
        if (rc < 0)
            return av_output_failed(&f->output, rc, err, "encode the film");
        if (t == &f->video)
            f->packet->duration = 1;
        f->packet->stream_index = t->stream->index;
        av_packet_rescale_ts(f->packet, t->codec->time_base, t->stream->time_base);
        status = av_output_packet(&f->output, f->packet, err);
        if (status != OK)
            return status;
        if (t == &f->video)
            count_encoded(f);
    }
}

// Encodes one frame; NULL ends the stream.
static enum status encode(struct film *f, struct track *t, const AVFrame *frame, struct error *err)
{
    int rc = avcodec_send_frame(t->codec, frame);
    if (rc < 0)
        return av_output_failed(&f->output, rc, err, "encode the film");
    return move_packets(f, t, err);
}

enum status film_video(struct film *f, const struct picture *picture, struct error *err)
{
    enum status status = cancel_check(f->cancel, err);
    if (status != OK)
        return status;
    const AVFrame *source = picture->frame;
    if (f->pictures >= f->options.expected_frames)
        return error_set(err, ERR_INTERNAL, "the film got more than the %lld pictures it expected",
                         (long long)f->options.expected_frames);
    if (source->format != AV_PIX_FMT_YUV420P || source->width != f->options.width ||
        source->height != f->options.height)
        return error_set(err, ERR_INTERNAL, "the film got a picture of another format: %d×%d",
                         source->width, source->height);
    AVFrame *frame = f->video_frame;
    int rc = av_frame_ref(frame, source);
    if (rc < 0)
        return av_output_failed(&f->output, rc, err, "encode the film");
    frame->pts = f->pictures;
    frame->pict_type = AV_PICTURE_TYPE_NONE; // the decoder's choice must not become ours
    status = encode(f, &f->video, frame, err);
    av_frame_unref(frame);
    f->pictures++;
    return status;
}

static enum status encode_audio_frame(struct film *f, struct error *err)
{
    f->audio_frame->nb_samples = f->audio_fill;
    f->audio_frame->pts = f->samples - f->audio_fill;
    f->audio_fill = 0;
    return encode(f, &f->audio, f->audio_frame, err);
}

enum status film_audio(struct film *f, const float *samples, int64_t n_samples, struct error *err)
{
    assert(f->options.has_audio);
    int channels = f->options.channels;
    if (n_samples > f->samples_max - f->samples)
        return error_set(err, ERR_INTERNAL,
                         "the film got more than the %lld audio samples it expected",
                         (long long)f->samples_max);
    for (int64_t i = 0; i < n_samples; i++) {
        if (f->audio_fill == 0) {
            int rc = av_frame_make_writable(f->audio_frame);
            if (rc < 0)
                return av_output_failed(&f->output, rc, err, "encode the sound");
        }
        for (int c = 0; c < channels; c++)
            ((float *)f->audio_frame->data[c])[f->audio_fill] = samples[i * channels + c];
        f->audio_fill++;
        f->samples++;
        if (f->audio_fill == AAC_PACKET_SAMPLES) {
            enum status status = encode_audio_frame(f, err);
            if (status != OK)
                return status;
        }
    }
    return OK;
}

// -- the end ---------------------------------------------------------------------------------

static enum status drain(struct film *f, struct error *err)
{
    enum status status = OK;
    if (f->audio_fill > 0)
        status = encode_audio_frame(f, err);
    if (status == OK && f->options.has_audio)
        status = encode(f, &f->audio, NULL, err);
    if (status == OK)
        status = encode(f, &f->video, NULL, err);
    return status;
}

enum status film_finish(struct film *f, struct film_result *ret_result, struct error *err)
{
    if (f->pictures == 0)
        return error_set(err, ERR_INTERNAL, "the film has no pictures");
    enum status status = drain(f, err);
    if (status != OK)
        return status;
    if (f->frames_encoded != f->pictures)
        return error_set(err, ERR_INTERNAL, "the encoder gave %lld packets for %lld pictures",
                         (long long)f->frames_encoded, (long long)f->pictures);
    status = av_output_end(&f->output, err);
    if (status != OK)
        return status;
    *ret_result = (struct film_result){
        .bytes = f->output.size,
        .frames = f->pictures,
        .duration_s = (double)f->pictures * f->options.fps_den / f->options.fps_num,
    };
    return OK;
}

// -- self test -------------------------------------------------------------------------------

static enum status discard(struct byte_sink *self, int64_t offset, const void *src, size_t n,
                           struct error *err)
{
    (void)self, (void)offset, (void)src, (void)n, (void)err;
    return OK;
}

static enum status test_picture(struct picture **ret_picture, struct error *err)
{
    AUTO(scaler_free) struct scaler *scaler = NULL;
    struct image image = {0};
    enum status status = scaler_new(64, 64, &scaler, err);
    if (status == OK)
        status = image_resize(&image, 64, 64, err);
    if (status == OK) {
        memset(image.data, 0, 3 * image.stride * (size_t)image.height * sizeof *image.data);
        status = scaler_picture(scaler, &image, ret_picture, err);
    }
    image_done(&image);
    return status;
}

enum status film_self_test(struct error *err)
{
    static const float silence[2 * AAC_PACKET_SAMPLES];
    static const struct film_options options = {
        .width = 64,
        .height = 64,
        .fps_num = 25,
        .fps_den = 1,
        .expected_frames = 1,
        .has_audio = true,
        .sample_rate = 48000,
        .channels = 2,
        .threads = 1,
    };
    struct byte_sink sink = {.write_at = discard};
    struct film_result result;
    AUTO(picture_unref) struct picture *picture = NULL;
    AUTO(film_free) struct film *film = NULL;
    enum status status = test_picture(&picture, err);
    if (status == OK)
        status = film_open(&sink, &options, NULL, &film, err);
    if (status == OK)
        status = film_video(film, picture, err);
    if (status == OK)
        status = film_audio(film, silence, AAC_PACKET_SAMPLES, err);
    if (status == OK)
        status = film_finish(film, &result, err);
    return status;
}
