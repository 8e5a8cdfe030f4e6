// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/av_colour.h"

#include "clips.h"
#include "test.h"

static void limited_and_full_range_reach_black_and_white(void **state)
{
    (void)state;
    AUTO(av_own_frame) AVFrame *frame = av_own_frame_new();
    frame->format = AV_PIX_FMT_YUV420P10LE;
    struct av_colour k = av_colour_of(frame, 10, false);
    assert_near((double)(64 * k.luma_gain + k.luma_offset), 0, 1e-6);
    assert_near((double)(940 * k.luma_gain + k.luma_offset), 1, 1e-6);
    frame->color_range = AVCOL_RANGE_JPEG;
    k = av_colour_of(frame, 10, false);
    assert_near((double)(1023 * k.luma_gain + k.luma_offset), 1, 1e-6);
    assert_near((double)k.chroma_zero, 512, 0);
}

static void an_unknown_matrix_follows_the_height(void **state)
{
    (void)state;
    AUTO(av_own_frame) AVFrame *frame = av_own_frame_new();
    frame->colorspace = AVCOL_SPC_UNSPECIFIED;
    frame->height = 576;
    assert_near((double)av_colour_of(frame, 8, false).red_v * 224, 1.402, 1e-5);
    frame->height = 720;
    assert_near((double)av_colour_of(frame, 8, false).red_v * 224, 1.5748, 1e-5);
    frame->colorspace = AVCOL_SPC_BT2020_NCL;
    assert_near((double)av_colour_of(frame, 8, false).red_v * 224, 1.4746, 1e-5);
}

static void chroma_sits_left_unless_the_stream_says_otherwise(void **state)
{
    (void)state;
    AUTO(av_own_frame) AVFrame *frame = av_own_frame_new();
    assert_near(av_colour_chroma_x(frame, 1), 0, 0);
    assert_near(av_colour_chroma_y(frame, 1), 0.5, 0);
    frame->chroma_location = AVCHROMA_LOC_CENTER;
    assert_near(av_colour_chroma_x(frame, 1), 0.5, 0);
    frame->chroma_location = AVCHROMA_LOC_TOPLEFT;
    assert_near(av_colour_chroma_y(frame, 1), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limited_and_full_range_reach_black_and_white),
        cmocka_unit_test(an_unknown_matrix_follows_the_height),
        cmocka_unit_test(chroma_sits_left_unless_the_stream_says_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
