// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/av.h"

#include "test.h"

static void codes_of_libav_become_statuses_and_words(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(av_error(&err, NULL, AVERROR(ENOSPC), "write %s", "x"), ERR_NO_SPACE);
    assert_string_equal(err.text, "write x: No space left on device");
    assert_int_equal(av_error(&err, NULL, AVERROR(ENOMEM), "x"), ERR_MEMORY);
    assert_int_equal(av_error(&err, NULL, AVERROR(EIO), "x"), ERR_IO);
    assert_int_equal(av_error(&err, NULL, AVERROR_INVALIDDATA, "x"), ERR_MEDIA);
    assert_int_equal(av_error(&err, NULL, AVERROR_EXIT, "x"), ERR_CANCELLED);
}

static void a_fired_cancel_explains_every_code(void **state)
{
    (void)state;
    AUTO(cancel_free) struct cancel *cancel = cancel_new();
    assert_int_equal(av_error(NULL, cancel, AVERROR(EIO), "x"), ERR_IO);
    cancel_fire(cancel);
    assert_int_equal(av_error(NULL, cancel, AVERROR(EIO), "x"), ERR_CANCELLED);
}

static void a_picture_lives_until_its_last_reference(void **state)
{
    (void)state;
    AVFrame *frame = av_own_frame_new();
    frame->width = 4;
    struct picture *picture = picture_new(frame);
    assert_ptr_equal(picture_ref(picture), picture);
    picture_unref(picture);
    assert_int_equal(picture_width(picture), 4);
    picture_unref(picture);
    picture_unref(NULL);
}

static void a_packet_gets_other_bytes_and_keeps_its_times(void **state)
{
    (void)state;
    AUTO(av_own_packet) AVPacket *packet = av_own_packet_new();
    AUTO(av_own_packet) AVPacket *other = av_own_packet_new();
    assert_int_equal(av_new_packet(packet, 3), 0);
    memcpy(packet->data, "abc", 3);
    packet->pts = 7;
    assert_int_equal(av_packet_ref(other, packet), 0);
    assert_int_equal(av_own_packet_fill(packet, "longer than it was", 18, NULL), OK);
    assert_int_equal(packet->size, 18);
    assert_memory_equal(packet->data, "longer than it was", 18);
    assert_int_equal(packet->pts, 7);
    assert_memory_equal(other->data, "abc", 3); // another reference to the old bytes
    assert_int_equal(av_own_packet_fill(packet, "", SIZE_MAX, NULL), ERR_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_of_libav_become_statuses_and_words),
        cmocka_unit_test(a_fired_cancel_explains_every_code),
        cmocka_unit_test(a_picture_lives_until_its_last_reference),
        cmocka_unit_test(a_packet_gets_other_bytes_and_keeps_its_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
