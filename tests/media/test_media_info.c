// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/media_info.h"

#include "clips.h"
#include "media/av_input.h"
#include "test.h"

static void a_file_is_described_by_its_headers(void **state)
{
    (void)state;
    struct clip clip;
    struct error err = {0};
    struct av_input input;
    struct media_info info;
    clip_load(&clip,
              clips_make("ntsc.mp4", "-f lavfi -i testsrc2=size=64x48:rate=30000/1001 -f lavfi "
                                     "-i sine=sample_rate=44100 -pix_fmt yuv420p -t 1"));
    assert_int_equal(av_input_open(&input, &clip.source, "clip", NULL, &err), OK);
    assert_int_equal(av_input_describe(&input, &info, &err), OK);
    assert_int_equal(info.fps.num, 30000);
    assert_int_equal(info.fps.den, 1001);
    assert_near(info.duration_s, 1.001, 0.04);
    assert_true(info.has_frame_count && info.frame_count == 30);
    assert_true(info.has_audio);
    assert_int_equal(info.audio_rate_hz, 44100);
    assert_int_equal(info.audio_channels, 1);
    assert_string_equal(info.audio_codec, "aac");
    assert_string_equal(info.matrix, "unknown");
    assert_true(info.bit_rate > 0);
    // a stream that claims to be wider than any picture we take
    input.format->streams[input.video]->codecpar->width = 20000;
    assert_int_equal(av_input_describe(&input, &info, &err), ERR_LIMIT);
    input.format->streams[input.video]->codecpar->width = 0;
    assert_int_equal(av_input_describe(&input, &info, &err), ERR_MEDIA);
    av_input_close(&input);
    clip_done(&clip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_file_is_described_by_its_headers)};
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
