// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/av_reencoder.h"

#include "clips.h"
#include "media/av_input.h"
#include "media/h264_nal.h"
#include "test.h"

static void only_progressive_h264_of_known_formats_fits(void **state)
{
    (void)state;
    static const struct {
        const char *file, *args;
        bool fits;
    } cases[] = {
        {"a.mp4", "-c:v libx264 -pix_fmt yuv420p", true},
        {"b.mp4", "-c:v libx264 -pix_fmt yuv444p", true},
        {"c.mp4", "-c:v libx264 -pix_fmt yuv420p -flags +ildct+ilme -field_order tt", false},
        {"d.mp4", "-c:v mpeg4", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char args[200];
        struct clip clip;
        struct av_input input;
        struct error err = {0};
        snprintf(args, sizeof(args), "-f lavfi -i testsrc2=size=64x64:rate=25 -t 0.4 %s",
                 cases[i].args);
        clip_load(&clip, clips_make(cases[i].file, args));
        assert_int_equal(av_input_open(&input, &clip.source, "fits", NULL, &err), OK);
        if (av_reencoder_fits(input.format->streams[input.video]) != cases[i].fits)
            fail_msg("%s", cases[i].args);
        av_input_close(&input);
        clip_done(&clip);
    }
}

static void the_new_parameter_sets_have_the_number_asked_for(void **state)
{
    (void)state;
    struct clip clip;
    struct av_input input;
    struct error err = {0};
    clip_load(&clip, clips_path("b.mp4"));
    assert_int_equal(av_input_open(&input, &clip.source, "like", NULL, &err), OK);
    AVStream *like = input.format->streams[input.video];
    const struct av_reencoder_options options = {
        .like = like, .parameter_id = 0, .threads = 1, .name = "like"};
    for (int id = 0; id < 2; id++) {
        AUTO(av_own_codec) AVCodecContext *codec = NULL;
        struct av_reencoder_options o = options;
        int lowest_free = -1;
        o.parameter_id = id;
        assert_int_equal(av_reencoder_open(&o, &codec, &err), OK);
        assert_int_equal(codec->pix_fmt, AV_PIX_FMT_YUV444P);
        assert_true(codec->width == 64 && codec->height == 64);
        assert_true(h264_free_id(codec->extradata, (size_t)codec->extradata_size, &lowest_free));
        assert_int_equal(lowest_free, id == 0 ? 1 : 0);
    }
    av_input_close(&input);
    clip_done(&clip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_progressive_h264_of_known_formats_fits),
        cmocka_unit_test(the_new_parameter_sets_have_the_number_asked_for),
    };
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
