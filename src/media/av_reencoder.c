// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/av_reencoder.h"

#include <libavutil/opt.h>
#include <stdio.h>

// A head of a second or two before the untouched rest: it may cost bits, it must not be seen.
static const char *const crf[] = {"17", "14"};
static const char *const presets[] = {"fast", "slow"};

static bool encodes(const AVCodec *codec, enum AVPixelFormat format)
{
    for (const enum AVPixelFormat *p = codec->pix_fmts; p && *p != AV_PIX_FMT_NONE; p++) {
        if (*p == format)
            return true;
    }
    return false;
}

bool av_reencoder_fits(const AVStream *like)
{
    const AVCodecParameters *p = like->codecpar;
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    bool progressive = p->field_order == AV_FIELD_PROGRESSIVE || p->field_order == AV_FIELD_UNKNOWN;
    return codec && p->codec_id == AV_CODEC_ID_H264 && progressive && encodes(codec, p->format);
}

static void set_form(AVCodecContext *c, const AVStream *like)
{
    const AVCodecParameters *p = like->codecpar;
    c->width = p->width;
    c->height = p->height;
    c->pix_fmt = p->format;
    c->sample_aspect_ratio = p->sample_aspect_ratio;
    c->color_primaries = p->color_primaries;
    c->color_trc = p->color_trc;
    c->colorspace = p->color_space;
    c->color_range = p->color_range;
    c->chroma_sample_location = p->chroma_location;
    c->framerate = like->avg_frame_rate;
    c->time_base = like->time_base;
}

enum status av_reencoder_open(const struct av_reencoder_options *options, AVCodecContext **ret,
                              struct error *err)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    if (!codec)
        return error_set(err, ERR_UNAVAILABLE, "the ffmpeg libraries here have no libx264");
    AUTO(av_own_codec) AVCodecContext *c = avcodec_alloc_context3(codec);
    if (!c)
        return error_set(err, ERR_MEMORY, "no memory for the encoder libx264");
    set_form(c, options->like);
    c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    c->max_b_frames = 0;
    c->thread_count = options->threads;
    char set[32];
    (void)snprintf(set, sizeof(set), "sps-id=%d", options->parameter_id);
    AVDictionary *settings = NULL;
    av_dict_set(&settings, "preset", presets[options->best], 0);
    av_dict_set(&settings, "crf", crf[options->best], 0);
    av_dict_set(&settings, "x264-params", set, 0);
    int rc = avcodec_open2(c, codec, &settings);
    av_dict_free(&settings);
    if (rc < 0)
        return av_error(err, NULL, rc, "%s: encode its pictures in their own form", options->name);
    *ret = c;
    c = NULL;
    return OK;
}
