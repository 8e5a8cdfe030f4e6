// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/h264_nal.h"

#include <string.h>

#include "test.h"

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
#define X264_UUID                                                                                  \
    0xdc, 0x45, 0xe9, 0xbd, 0xe6, 0xd9, 0x48, 0xb7, 0x96, 0x2c, 0xd8, 0x20, 0xd9, 0x23, 0xee, 0xef

static int count_units(const uint8_t *packet, size_t n, int length_bytes, int type)
{
    struct h264_nal nal;
    int count = 0;
    for (size_t at = 0; h264_next(packet, n, length_bytes, &at, &nal);)
        count += nal.type == type;
    return count;
}

static void units_are_found_in_both_framings(void **state)
{
    (void)state;
    static const uint8_t codes[] = {0,    0, 0, 1, 0x09, 0xf0, 0, 0,    1,
                                    0x65, 1, 2, 0, 0,    0,    1, 0x41, 3};
    static const uint8_t lengths[] = {0,    0, 0, 2, 0x09, 0xf0, 0, 0,    0, 3,
                                      0x65, 1, 2, 0, 0,    0,    2, 0x41, 3};
    for (int type = 0; type < 32; type++) {
        int expected = type == 9 || type == 5 || type == 1;
        assert_int_equal(count_units(codes, sizeof(codes), 0, type), expected);
        assert_int_equal(count_units(lengths, sizeof(lengths), 4, type), expected);
    }
    assert_true(h264_is_idr(codes, sizeof(codes), 0));
    assert_false(h264_is_idr(BYTES(0, 0, 0, 2, 0x41, 3), 4));
}

static void damaged_packets_end_early(void **state)
{
    (void)state;
    struct h264_nal nal;
    size_t at = 0;
    assert_false(h264_next(BYTES(0, 0, 0, 9, 0x65), 4, &at, &nal)); // longer than the packet
    assert_false(h264_next(BYTES(0, 0), 4, &at, &nal));
    assert_false(h264_next(BYTES(1, 2, 3), 0, &at, &nal));
    assert_false(h264_next(BYTES(0), 0, &at, &nal));
}

static void a_unit_is_put_in_front_of_the_first_slice(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 100);
    assert_true(h264_insert(BYTES(0, 0, 0, 1, 0x09, 0, 0, 0, 2, 0x65, 7), 4, BYTES(0x06, 5), &out));
    static const uint8_t expected[] = {0, 0, 0, 1, 0x09, 0, 0, 0, 2, 0x06, 5, 0, 0, 0, 2, 0x65, 7};
    assert_int_equal(out.size, sizeof(expected));
    assert_memory_equal(out.data, expected, sizeof(expected));
    buffer_clear(&out);
    assert_true(
        h264_insert(BYTES(0, 0, 0, 1, 0x09, 0xf0, 0, 0, 1, 0x65, 7), 0, BYTES(0x06, 5), &out));
    static const uint8_t codes[] = {0, 0, 0, 1, 0x09, 0xf0, 0, 0, 0, 1, 0x06, 5, 0, 0, 1, 0x65, 7};
    assert_int_equal(out.size, sizeof(codes));
    assert_memory_equal(out.data, codes, sizeof(codes));
}

static void a_unit_that_does_not_fit_leaves_the_packet_alone(void **state)
{
    (void)state;
    static const uint8_t large[300] = {0x06};
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 1000);
    assert_false(h264_insert(BYTES(2, 0x65, 7), 1, large, sizeof(large), &out));
    assert_false(h264_insert(BYTES(2, 0x09, 7), 1, BYTES(0x06, 5), &out)); // no slice
    assert_int_equal(out.size, 0);
}

static void the_version_of_x264_is_known_by_its_mark(void **state)
{
    (void)state;
    struct h264_nal nal;
    assert_true(h264_find_x264_sei(BYTES(20, 0x06, 5, 17, X264_UUID, 'x', 2, 0x65, 1), 1, &nal));
    assert_int_equal(nal.size, 20);
    assert_int_equal(nal.offset, 0);
    assert_false(h264_find_x264_sei(BYTES(3, 0x06, 5, 1, 2, 0x65, 1), 1, &nal));
}

static void units_change_their_framing(void **state)
{
    (void)state;
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 100);
    assert_true(h264_reframe(BYTES(0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x65, 9), 0, 4, &out));
    static const uint8_t expected[] = {0, 0, 0, 3, 0x67, 1, 2, 0, 0, 0, 2, 0x65, 9};
    assert_int_equal(out.size, sizeof(expected));
    assert_memory_equal(out.data, expected, sizeof(expected));
}

// Number 0 in both: the first bit of the number is 1. 0x40 = 010… is number 1.
#define AVCC(sps_id, pps_id)                                                                       \
    1, 100, 0, 31, 0xff, 0xe1, 0, 5, 0x67, 100, 0, 31, sps_id, 1, 0, 2, 0x68, pps_id, 0xfd, 0xf8

static void a_free_number_is_found(void **state)
{
    (void)state;
    int id = -1;
    assert_true(h264_free_id(BYTES(AVCC(0x80, 0x80)), &id));
    assert_int_equal(id, 1);
    assert_true(h264_free_id(BYTES(AVCC(0x80, 0x40)), &id));
    assert_int_equal(id, 2);
    assert_true(h264_free_id(BYTES(0, 0, 0, 1, 0x67, 100, 0, 31, 0x40, 0, 0, 1, 0x68, 0x40), &id));
    assert_int_equal(id, 0);
    assert_false(h264_free_id(BYTES(1, 100, 0, 31, 0xff, 0xe1, 0, 50, 0x67), &id)); // cut off
    assert_false(h264_free_id(NULL, 0, &id));
}

static void headers_are_joined_in_the_form_of_the_first(void **state)
{
    (void)state;
    static const uint8_t more[] = {0, 0, 0, 1, 0x67, 100, 0, 31, 0x40, 0, 0, 0, 1, 0x68, 0x40};
    struct buffer out BUFFER_AUTO;
    buffer_init(&out, 200);
    assert_true(h264_merge_headers(BYTES(AVCC(0x80, 0x80)), more, sizeof(more), &out));
    static const uint8_t
        expected[] = {1,  100,  0,    31, 0xff, 0xe2, 0,    5,    0x67, 100, 0,
                      31, 0x80, 0,    5,  0x67, 100,  0,    31,   0x40, 2,   0,
                      2,  0x68, 0x80, 0,  2,    0x68, 0x40, 0xfd, 0xf8}; // what stood behind the
                                                                         // sets still does
    assert_int_equal(out.size, sizeof(expected));
    assert_memory_equal(out.data, expected, sizeof(expected));
    assert_int_equal(h264_length_bytes((const uint8_t *)out.data, out.size), 4);

    buffer_clear(&out);
    assert_true(h264_merge_headers(more, sizeof(more), more, sizeof(more), &out));
    assert_int_equal(count_units((const uint8_t *)out.data, out.size, 0, 7), 2);
    assert_int_equal(count_units((const uint8_t *)out.data, out.size, 0, 8), 2);
    assert_int_equal(h264_length_bytes((const uint8_t *)out.data, out.size), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_found_in_both_framings),
        cmocka_unit_test(damaged_packets_end_early),
        cmocka_unit_test(a_unit_is_put_in_front_of_the_first_slice),
        cmocka_unit_test(a_unit_that_does_not_fit_leaves_the_packet_alone),
        cmocka_unit_test(the_version_of_x264_is_known_by_its_mark),
        cmocka_unit_test(units_change_their_framing),
        cmocka_unit_test(a_free_number_is_found),
        cmocka_unit_test(headers_are_joined_in_the_form_of_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
