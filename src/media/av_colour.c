// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/av_colour.h"

#include <math.h>

enum { HD_LINES = 720 };

struct luma_weights {
    double red;
    double blue;
};

// Kr and Kb of Y' = Kr·R' + Kg·G' + Kb·B' with Kr + Kg + Kb = 1 (Rec. ITU-T H.273 table 4).
static struct luma_weights weights_of(const AVFrame *frame)
{
    switch (frame->colorspace) {
    case AVCOL_SPC_BT709:
        return (struct luma_weights){0.2126, 0.0722};
    case AVCOL_SPC_FCC:
        return (struct luma_weights){0.30, 0.11};
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
        return (struct luma_weights){0.299, 0.114};
    case AVCOL_SPC_SMPTE240M:
        return (struct luma_weights){0.212, 0.087};
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return (struct luma_weights){0.2627, 0.0593};
    default:
        return frame->height >= HD_LINES ? (struct luma_weights){0.2126, 0.0722}
                                         : (struct luma_weights){0.299, 0.114};
    }
}

static bool is_full_range(const AVFrame *frame, bool is_rgb)
{
    switch (frame->format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
        return true;
    default:
        return frame->color_range == AVCOL_RANGE_JPEG ||
               (is_rgb && frame->color_range != AVCOL_RANGE_MPEG);
    }
}

struct av_colour av_colour_of(const AVFrame *frame, int depth, bool is_rgb)
{
    bool full = is_full_range(frame, is_rgb);
    double unit = ldexp(1, depth - 8); // raw steps in one step of 8 bits
    double top = ldexp(1, depth) - 1;
    double luma = 1 / (full ? top : 219 * unit);
    double chroma = 1 / (full ? top : 224 * unit);
    struct luma_weights k = weights_of(frame);
    double green = 1 - k.red - k.blue;
    return (struct av_colour){
        .luma_gain = (float)luma,
        .luma_offset = (float)(full ? 0 : -16 * unit * luma),
        .chroma_zero = (float)(128 * unit),
        .red_v = (float)(2 * (1 - k.red) * chroma),
        .blue_u = (float)(2 * (1 - k.blue) * chroma),
        .green_u = (float)(-2 * (1 - k.blue) * k.blue / green * chroma),
        .green_v = (float)(-2 * (1 - k.red) * k.red / green * chroma),
    };
}

static double centre(int shift)
{
    return (ldexp(1, shift) - 1) / 2;
}

double av_colour_chroma_x(const AVFrame *frame, int shift)
{
    switch (frame->chroma_location) {
    case AVCHROMA_LOC_CENTER:
    case AVCHROMA_LOC_TOP:
    case AVCHROMA_LOC_BOTTOM:
        return centre(shift);
    default: // left: H.264, HEVC and MPEG-2 when nothing is said
        return 0;
    }
}

double av_colour_chroma_y(const AVFrame *frame, int shift)
{
    switch (frame->chroma_location) {
    case AVCHROMA_LOC_TOPLEFT:
    case AVCHROMA_LOC_TOP:
        return 0;
    case AVCHROMA_LOC_BOTTOMLEFT:
    case AVCHROMA_LOC_BOTTOM:
        return ldexp(1, shift) - 1;
    default:
        return centre(shift);
    }
}

bool av_colour_is_film(const AVFrame *frame)
{
    struct luma_weights k = weights_of(frame);
    return k.red == 0.2126 && k.blue == 0.0722 && !is_full_range(frame, false);
}
