// SPDX-License-Identifier: GPL-3.0-or-later
//
// Frames come out of the codec with time stamps and pass a converter to the wanted rate. As long
// as the stamps follow one another (within STAMP_TOLERANCE_S, since some containers round to
// milliseconds) the converter's output is one run of samples numbered on from the first. A jump
// in the stamps ends the run: the converter is emptied and a new run begins at its own number.
// Reading then only lays runs on the tape: silence before, nothing twice.
#include "media/audio_reader.h"

#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
#include <math.h>
#include <string.h>

#include "media/av_input.h"

#define STAMP_TOLERANCE_S 0.02
#define PREROLL_S 0.5 // decoded before a seek's target: codecs lean on the past (MP3's reservoir)
#define SKIP_AHEAD_S 1.0 // nearer than this, reading on is cheaper than a seek

enum { DEFAULT_RATE_HZ = 48000, DEFAULT_CHANNELS = 2, FLUSH_SAMPLES = 4096 };

struct audio_reader {
    struct av_input input;
    int rate_hz;
    int channels;
    double origin_s;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    bool has_frame;        // `frame` waits to begin a new run
    bool draining;         // no more packets
    bool ended;            // no more samples
    SwrContext *converter; // NULL between runs
    int in_rate_hz;        // what the converter was made for
    int in_format;
    int in_channels;
    int64_t run_next; // number of the next sample out of the converter
    int64_t next;     // number of the next sample to give out
    float *block;     // converted, from block_used on not yet given out
    size_t block_capacity;
    size_t block_count;
    size_t block_used;
    int64_t block_at; // number of block[block_used]
};

static AVStream *stream_of(const struct audio_reader *r)
{
    return r->input.format->streams[r->input.audio];
}

enum status audio_reader_open(struct byte_source *source,
                              const struct audio_reader_options *options, struct audio_reader **ret,
                              struct error *err)
{
    AUTO(audio_reader_free) struct audio_reader *r = mem_new(struct audio_reader);
    r->rate_hz = options->rate_hz ? options->rate_hz : DEFAULT_RATE_HZ;
    r->channels = options->channels ? options->channels : DEFAULT_CHANNELS;
    r->origin_s = options->origin_s;
    r->packet = av_own_packet_new();
    r->frame = av_own_frame_new();
    enum status status = av_input_open(&r->input, source, options->name, options->cancel, err);
    if (status != OK)
        return status;
    if (r->input.audio < 0)
        return error_set(err, ERR_MEDIA, "%s has no sound", options->name);
    status = av_input_codec(&r->input, r->input.audio, 1, &r->codec, err);
    if (status != OK)
        return status;
    av_input_only(&r->input, r->input.audio);
    status = av_input_rewind(&r->input, r->input.audio, err);
    if (status != OK)
        return status;
    *ret = r;
    r = NULL;
    return OK;
}

void audio_reader_free(struct audio_reader *r)
{
    if (!r)
        return;
    swr_free(&r->converter);
    av_own_frame(r->frame);
    av_own_packet(r->packet);
    av_own_codec(r->codec);
    av_input_close(&r->input);
    free(r->block);
    free(r);
}

int audio_reader_rate_hz(const struct audio_reader *reader)
{
    return reader->rate_hz;
}

int audio_reader_channels(const struct audio_reader *reader)
{
    return reader->channels;
}

// -- decoding

// The next frame in r->frame, or r->draining with *ret_end at the end.
static enum status decode(struct audio_reader *r, bool *ret_end, struct error *err)
{
    for (*ret_end = false;;) {
        int rc = avcodec_receive_frame(r->codec, r->frame);
        if (rc >= 0 && r->frame->nb_samples > 0 && r->frame->sample_rate > 0)
            return OK;
        if (rc == AVERROR(ENOMEM))
            return av_error(err, r->input.cancel, rc, "decode the sound of %s", r->input.name);
        if (rc == AVERROR_EOF || (rc == AVERROR(EAGAIN) && r->draining)) {
            *ret_end = true;
            return OK;
        }
        if (rc >= 0 || r->draining)
            continue;
        bool at_end = false;
        enum status status = av_input_read(&r->input, r->packet, &at_end, err);
        if (status != OK)
            return status;
        r->draining = at_end;
        if (at_end || r->packet->stream_index == r->input.audio)
            avcodec_send_packet(r->codec, at_end ? NULL : r->packet); // damaged: a gap, silence
    }
}

// -- converting

static enum status start_run(struct audio_reader *r, int64_t number, struct error *err)
{
    const AVFrame *frame = r->frame;
    AVChannelLayout in = {0};
    AVChannelLayout out = {0};
    av_channel_layout_default(&out, r->channels);
    if (frame->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&in, frame->ch_layout.nb_channels);
    else
        in = frame->ch_layout; // borrows
    int rc = swr_alloc_set_opts2(&r->converter, &out, AV_SAMPLE_FMT_FLT, r->rate_hz, &in,
                                 frame->format, frame->sample_rate, 0, NULL);
    const double same[] = {1, 1}; // one channel on two is not 3 dB fainter
    if (rc >= 0 && frame->ch_layout.nb_channels == 1)
        rc = swr_set_matrix(r->converter, same, 1);
    if (rc >= 0)
        rc = swr_init(r->converter);
    if (rc < 0) {
        swr_free(&r->converter);
        return av_error(err, r->input.cancel, rc, "convert the sound of %s", r->input.name);
    }
    r->in_rate_hz = frame->sample_rate;
    r->in_format = frame->format;
    r->in_channels = frame->ch_layout.nb_channels;
    r->run_next = number;
    return OK;
}

// Puts `n` input samples (0: what is left inside) through the converter into the block.
static enum status convert(struct audio_reader *r, const uint8_t **data, int n, struct error *err)
{
    int room = n > 0 ? swr_get_out_samples(r->converter, n) : FLUSH_SAMPLES;
    if (room > 0 && (size_t)room > r->block_capacity) {
        r->block_capacity = (size_t)room;
        r->block = mem_resize(r->block, (size_t)room * (size_t)r->channels, sizeof *r->block);
    }
    uint8_t *out = (uint8_t *)r->block;
    int got = room < 0 ? room : swr_convert(r->converter, &out, room, data, n);
    if (got < 0)
        return av_error(err, r->input.cancel, got, "convert the sound of %s", r->input.name);
    r->block_at = r->run_next;
    r->block_used = 0;
    r->block_count = (size_t)got;
    r->run_next += got;
    return OK;
}

// Takes what the converter still holds of a run that is over; with nothing left the run is gone.
static enum status finish_run(struct audio_reader *r, struct error *err)
{
    enum status status = convert(r, NULL, 0, err);
    if (status == OK && r->block_count == 0)
        swr_free(&r->converter);
    return status;
}

// The number of the first sample of r->frame.
static int64_t frame_number(const struct audio_reader *r)
{
    int64_t pts = r->frame->pts != AV_NOPTS_VALUE ? r->frame->pts : r->frame->best_effort_timestamp;
    if (pts == AV_NOPTS_VALUE)
        return r->run_next;
    double at_s = (double)pts * av_q2d(stream_of(r)->time_base) - r->origin_s;
    return llrint(at_s * r->rate_hz);
}

static bool continues_run(const struct audio_reader *r)
{
    // The converter holds some samples back, so the run stands at run_next plus that delay.
    int64_t expected = r->run_next + swr_get_delay(r->converter, r->rate_hz);
    double off_s = fabs((double)(frame_number(r) - expected)) / r->rate_hz;
    return off_s <= STAMP_TOLERANCE_S && r->frame->sample_rate == r->in_rate_hz &&
           r->frame->format == r->in_format && r->frame->ch_layout.nb_channels == r->in_channels;
}

// Makes the next block (perhaps an empty one), or says that the sound has ended.
static enum status fetch(struct audio_reader *r, struct error *err)
{
    bool at_end = false;
    enum status status = r->has_frame ? OK : decode(r, &at_end, err);
    if (status != OK)
        return status;
    if (at_end) {
        r->ended = !r->converter;
        return r->converter ? finish_run(r, err) : OK;
    }
    r->has_frame = true;
    if (r->converter && !continues_run(r))
        return finish_run(r, err);
    if (!r->converter)
        status = start_run(r, frame_number(r), err);
    if (status == OK)
        status = convert(r, (const uint8_t **)(void *)r->frame->extended_data, r->frame->nb_samples,
                         err);
    r->has_frame = false;
    return status;
}

// -- the tape

static void forget(struct audio_reader *r)
{
    avcodec_flush_buffers(r->codec);
    swr_free(&r->converter);
    r->has_frame = r->draining = r->ended = false;
    r->block_count = r->block_used = 0;
}

// Ways to get before a moment, from the cheapest to the surest: by the sound's own index, by the
// picture's, from the beginning.
enum way_back { BY_SOUND, BY_PICTURE, FROM_START, WAY_COUNT };

static enum status go_back(struct audio_reader *r, enum way_back way, double at_s,
                           struct error *err)
{
    int stream = way == BY_PICTURE && r->input.video >= 0 ? r->input.video : r->input.audio;
    double moment_s = at_s - PREROLL_S;
    forget(r);
    if (way == FROM_START || moment_s <= 0)
        return av_input_rewind(&r->input, r->input.audio, err);
    double unit_s = av_q2d(r->input.format->streams[stream]->time_base);
    return av_input_seek(&r->input, stream, llrint((moment_s + r->origin_s) / unit_s), err);
}

enum status audio_reader_seek(struct audio_reader *r, double start_s, struct error *err)
{
    int64_t target = llrint(start_s * r->rate_hz);
    int64_t ahead = target - r->next;
    if (ahead >= 0 && ahead <= (int64_t)(SKIP_AHEAD_S * r->rate_hz)) {
        r->next = target;
        return OK;
    }
    for (enum way_back way = BY_SOUND; way < WAY_COUNT; way++) {
        enum status status = go_back(r, way, start_s, err);
        while (status == OK && r->block_count == 0 && !r->ended)
            status = fetch(r, err);
        if (status != OK)
            return status;
        if (!r->ended && r->block_at <= target)
            break;
    }
    r->next = target;
    return OK;
}

// Lays up to n samples on dst and says how many: silence up to the block, or the block's own.
static size_t lay(struct audio_reader *r, float *dst, size_t n)
{
    size_t left = r->block_count - r->block_used;
    size_t channels = (size_t)r->channels;
    if (left > 0 && r->block_at < r->next) { // before the tape's place: drop
        uint64_t late = (uint64_t)(r->next - r->block_at);
        size_t drop = late < left ? (size_t)late : left;
        r->block_used += drop;
        r->block_at += (int64_t)drop;
        return 0;
    }
    if (left > 0 && r->block_at == r->next) {
        size_t take = n < left ? n : left;
        memcpy(dst, r->block + r->block_used * channels, take * channels * sizeof *dst);
        r->block_used += take;
        r->block_at += (int64_t)take;
        return take;
    }
    uint64_t gap = left > 0 ? (uint64_t)(r->block_at - r->next) : n;
    size_t quiet = gap < n ? (size_t)gap : n;
    memset(dst, 0, quiet * channels * sizeof *dst);
    return quiet;
}

enum status audio_reader_read(struct audio_reader *r, float *dst, size_t n, struct error *err)
{
    while (n > 0) {
        enum status status = cancel_check(r->input.cancel, err);
        if (status == OK && r->block_used == r->block_count && !r->ended) {
            status = fetch(r, err);
            if (status == OK && r->block_used == r->block_count && !r->ended)
                continue;
        }
        if (status != OK)
            return status;
        size_t laid = lay(r, dst, n);
        r->next += (int64_t)laid;
        dst += laid * (size_t)r->channels;
        n -= laid;
    }
    return OK;
}
