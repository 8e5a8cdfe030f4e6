// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/av_output.h"

#include "film_check.h"
#include "test.h"

static void room_for_the_index_grows_with_the_packets_of_both_kinds(void **state)
{
    (void)state;
    int64_t none = av_output_index_bytes(0, 0);
    assert_int_equal(av_output_index_bytes(1000, 0) - none, 36000);
    assert_int_equal(av_output_index_bytes(0, 1000) - none, 24000);
    assert_true(av_output_head_bytes(none) > none);
}

// A stream of one coded picture a packet, of a codec that needs no headers.
static void begin(struct av_output *output, struct record_sink *sink, int64_t index_bytes)
{
    struct error err = {0};
    record_sink_init(sink);
    assert_int_equal(av_output_open(output, &sink->sink, NULL, &err), OK);
    AVStream *stream = avformat_new_stream(output->mux, NULL);
    stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream->codecpar->codec_id = AV_CODEC_ID_MJPEG;
    stream->codecpar->width = stream->codecpar->height = 64;
    stream->time_base = (AVRational){1, 25};
    assert_int_equal(av_output_begin(output, index_bytes, 0, &err), OK);
}

static enum status write_packets(struct av_output *output, int count, struct error *err)
{
    AUTO(av_own_packet) AVPacket *packet = av_own_packet_new();
    for (int i = 0; i < count; i++) {
        assert_int_equal(av_new_packet(packet, 16 + i % 7), 0);
        memset(packet->data, i, (size_t)packet->size);
        packet->pts = packet->dts = i;
        packet->duration = 1;
        packet->flags = AV_PKT_FLAG_KEY;
        av_packet_rescale_ts(packet, (AVRational){1, 25}, output->mux->streams[0]->time_base);
        enum status status = av_output_packet(output, packet, err);
        if (status != OK)
            return status;
    }
    return av_output_end(output, err);
}

static void the_index_is_written_last_and_lies_in_front(void **state)
{
    (void)state;
    struct av_output output;
    struct record_sink sink;
    struct error err = {0};
    begin(&output, &sink, av_output_index_bytes(100, 0));
    assert_int_equal(write_packets(&output, 100, &err), OK);
    assert_true(sink.lowest_back > 0);
    assert_true(sink.highest_back <= output.head_bytes);
    assert_int_equal(sink.size, output.size);
    av_output_close(&output);
    av_output_close(&output);
    record_sink_done(&sink);
}

static void an_index_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct av_output output;
    struct record_sink sink;
    struct error err = {0};
    begin(&output, &sink, 900);
    assert_int_not_equal(write_packets(&output, 500, &err), OK);
    assert_true(sink.highest_back <= output.head_bytes);
    av_output_close(&output);
    record_sink_done(&sink);
}

static void the_sinks_own_error_comes_out(void **state)
{
    (void)state;
    struct av_output output;
    struct record_sink sink;
    struct error err = {0};
    begin(&output, &sink, av_output_index_bytes(100, 0));
    sink.fail_at = 1;
    assert_int_equal(write_packets(&output, 100, &err), ERR_NO_SPACE);
    assert_non_null(strstr(err.text, "no space left"));
    av_output_close(&output);
    record_sink_done(&sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_for_the_index_grows_with_the_packets_of_both_kinds),
        cmocka_unit_test(the_index_is_written_last_and_lies_in_front),
        cmocka_unit_test(an_index_that_does_not_fit_is_refused),
        cmocka_unit_test(the_sinks_own_error_comes_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
