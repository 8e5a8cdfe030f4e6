// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/media_info.h"

#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
#include <math.h>

#include "base/image.h"
#include "media/av_input.h"

// How far a viewer turns the picture clockwise, to the nearest right angle; mirrors are ignored.
static int rotation_of(const AVStream *stream)
{
    size_t size = 0;
    const uint8_t *matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (!matrix || size < 9 * sizeof(int32_t))
        return 0;
    double counter_clockwise = av_display_rotation_get((const int32_t *)(const void *)matrix);
    if (isnan(counter_clockwise))
        return 0;
    int quarters = (int)lrint(-counter_clockwise / 90) % 4;
    return (quarters + 4) % 4 * 90;
}

static struct rational to_rational(AVRational r, struct rational otherwise)
{
    return r.num > 0 && r.den > 0 ? (struct rational){r.num, r.den} : otherwise;
}

static struct rational pixel_aspect_of(const struct av_input *input, AVStream *stream)
{
    AVRational r = av_guess_sample_aspect_ratio(input->format, stream, NULL);
    struct rational square = {1, 1};
    double value = r.den > 0 ? av_q2d(r) : 1;
    return value > 1.0 / 8 && value < 8 ? to_rational(r, square) : square;
}

static void describe_size(const struct av_input *input, AVStream *stream, struct media_info *ret)
{
    ret->coded_width = stream->codecpar->width;
    ret->coded_height = stream->codecpar->height;
    ret->rotation = rotation_of(stream);
    ret->pixel_aspect = pixel_aspect_of(input, stream);
    int wide = (int)lrint(ret->coded_width * rational_value(ret->pixel_aspect));
    bool lies = ret->rotation % 180 != 0;
    ret->width = lies ? ret->coded_height : wide;
    ret->height = lies ? wide : ret->coded_height;
}

static const char *or_unknown(const char *name)
{
    return name ? name : "unknown";
}

static void describe_time(const struct av_input *input, const AVStream *stream,
                          struct media_info *ret)
{
    AVRational fps = stream->avg_frame_rate.num > 0 ? stream->avg_frame_rate : stream->r_frame_rate;
    ret->fps = to_rational(fps, (struct rational){25, 1});
    if (stream->start_time != AV_NOPTS_VALUE)
        ret->origin_s = (double)stream->start_time * av_q2d(stream->time_base);
    if (stream->duration > 0)
        ret->duration_s = (double)stream->duration * av_q2d(stream->time_base);
    else if (input->format->duration > 0)
        ret->duration_s = (double)input->format->duration / AV_TIME_BASE;
    ret->has_frame_count = stream->nb_frames > 0;
    ret->frame_count = ret->has_frame_count ? (uint64_t)stream->nb_frames : 0;
}

static void describe_audio(const struct av_input *input, struct media_info *ret)
{
    if (input->audio < 0)
        return;
    const AVCodecParameters *codec = input->format->streams[input->audio]->codecpar;
    ret->has_audio = true;
    ret->audio_codec = avcodec_get_name(codec->codec_id);
    ret->audio_rate_hz = codec->sample_rate;
    ret->audio_channels = codec->ch_layout.nb_channels;
}

enum status av_input_describe(const struct av_input *input, struct media_info *ret,
                              struct error *err)
{
    AVStream *stream = input->format->streams[input->video];
    const AVCodecParameters *codec = stream->codecpar;
    *ret = (struct media_info){
        .container = input->format->iformat->name,
        .bit_rate = input->format->bit_rate,
        .codec = avcodec_get_name(codec->codec_id),
        .pixel_format = or_unknown(av_get_pix_fmt_name(codec->format)),
        .matrix = or_unknown(av_color_space_name(codec->color_space)),
        .range = or_unknown(av_color_range_name(codec->color_range)),
        .transfer = or_unknown(av_color_transfer_name(codec->color_trc)),
    };
    describe_size(input, stream, ret);
    if (codec->width <= 0 || codec->height <= 0)
        return error_set(err, ERR_MEDIA, "%s has a video stream (%s) without a picture size",
                         input->name, ret->codec);
    if (ret->width > IMAGE_MAX_SIDE || ret->height > IMAGE_MAX_SIDE || ret->width < 1)
        return error_set(err, ERR_LIMIT, "%s has pictures of %d × %d pixels; at most %d a side",
                         input->name, ret->width, ret->height, IMAGE_MAX_SIDE);
    describe_time(input, stream, ret);
    describe_audio(input, ret);
    return OK;
}
