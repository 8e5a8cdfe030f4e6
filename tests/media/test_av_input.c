// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/av_input.h"

#include <math.h>

#include "clips.h"
#include "test.h"

static void only_the_chosen_stream_is_read_again_after_a_rewind(void **state)
{
    (void)state;
    struct clip clip;
    struct error err = {0};
    struct av_input input;
    clip_load(&clip,
              clips_make("both.ts", "-f lavfi -i testsrc2=size=64x64:rate=25 -f lavfi -i sine "
                                    "-c:v mpeg2video -c:a aac -t 1"));
    assert_int_equal(av_input_open(&input, &clip.source, "clip", NULL, &err), OK);
    assert_true(input.video >= 0 && input.audio >= 0);
    AUTO(av_own_packet) AVPacket *packet = av_own_packet_new();
    const int streams[] = {input.video, input.audio, input.video};
    for (int k = 0; k < 3; k++) {
        int packets = 0;
        bool at_end = false;
        av_input_only(&input, streams[k]);
        assert_int_equal(av_input_rewind(&input, streams[k], &err), OK);
        while (av_input_read(&input, packet, &at_end, &err) == OK && !at_end) {
            assert_int_equal(packet->stream_index, streams[k]);
            packets++;
        }
        assert_true(at_end);
        assert_true(streams[k] == input.video ? packets == 25 : packets > 40);
    }
    av_input_close(&input);
    av_input_close(&input);
    clip_done(&clip);
}

static void the_packets_of_a_range_are_counted_or_bounded(void **state)
{
    (void)state;
    static const char *const files[] = {"count.mp4", "count.mkv"}; // with and without a full index
    for (int i = 0; i < 2; i++) {
        struct clip clip;
        struct error err = {0};
        struct av_input input;
        clip_load(&clip, clips_make(files[i], "-f lavfi -i testsrc2=size=64x64:rate=50 -f lavfi -i "
                                              "sine=sample_rate=48000 -c:v mpeg4 -c:a aac -t 10"));
        assert_int_equal(av_input_open(&input, &clip.source, "clip", NULL, &err), OK);
        int64_t all = av_input_packets_at_most(&input, input.video, -INFINITY, INFINITY);
        int64_t second = av_input_packets_at_most(&input, input.video, 5, 6);
        int64_t sound = av_input_packets_at_most(&input, input.audio, -INFINITY, INFINITY);
        assert_true(i == 0 ? all == 500 : all > 500 && all < 1500);
        assert_true(second >= 50 && second < all);
        assert_true(sound >= 469 && sound < 1500);
        av_input_close(&input);
        clip_done(&clip);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_chosen_stream_is_read_again_after_a_rewind),
        cmocka_unit_test(the_packets_of_a_range_are_counted_or_bounded)};
    return cmocka_run_group_tests(tests, clips_begin, clips_end);
}
