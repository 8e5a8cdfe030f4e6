// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/resample.h"

#include "clips.h"
#include "test.h"

enum { SIDE = 32 };

static void resample(bool along_axes, const struct affine *at, float out[8 * 8])
{
    struct resampler r = {0};
    uint8_t bytes[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++)
        bytes[i] = (uint8_t)(10 + 3 * (i % SIDE) + 4 * (i / SIDE));
    struct plane plane = {
        .data = bytes, .stride = SIDE, .step = 1, .bytes = 1, .width = SIDE, .height = SIDE};
    struct float_plane dst = {out, 8, 8, 8};
    assert_int_equal(along_axes ? resample_grid(&r, &plane, at, &dst, NULL)
                                : resample_affine(&r, &plane, at, &dst, NULL),
                     OK);
    resampler_done(&r);
}

static void both_ways_keep_ramps_straight(void **state)
{
    (void)state;
    for (int k = 0; k < 10; k++) {
        float out[8 * 8];
        struct affine at = {9.1 + k * 0.13, 1 + k * 0.02, 0, 12.7 - k * 0.09, 0, 0.7};
        for (int way = 0; way < 2; way++) {
            resample(way == 0, &at, out);
            for (int i = 0; i < 64; i++)
                assert_near((double)out[i],
                            10 + 3 * (at.x0 + i % 8 * at.xi) + 4 * (at.y0 + i / 8 * at.yj), 1e-3);
        }
    }
}

static void a_backward_step_mirrors(void **state)
{
    (void)state;
    float out[8 * 8];
    struct affine at = {20, -1, 0, 10, 0, 1};
    resample(true, &at, out);
    assert_near((double)out[0], 10 + 60 + 40, 1e-3);
    assert_near((double)out[7], 10 + 39 + 40, 1e-3);
}

static void words_and_floats_read_as_bytes_do(void **state)
{
    (void)state;
    struct resampler r = {0};
    uint8_t words[2 * 16];
    float floats[16];
    for (int i = 0; i < 16; i++) {
        words[2 * i] = (uint8_t)(i << 6);
        words[2 * i + 1] = (uint8_t)(i >> 2);
        floats[i] = (float)i;
    }
    struct plane shifted = {
        .data = words, .stride = 32, .step = 2, .bytes = 2, .shift = 6, .width = 16, .height = 1};
    struct plane real = {
        .data = (const uint8_t *)floats, .stride = 64, .bytes = 4, .width = 16, .height = 1};
    struct affine at = {3.5, 1, 0, 0, 0, 1};
    float out[2][8];
    struct float_plane to_first = {out[0], 8, 8, 1};
    struct float_plane to_second = {out[1], 8, 8, 1};
    assert_int_equal(resample_grid(&r, &shifted, &at, &to_first, NULL), OK);
    assert_int_equal(resample_grid(&r, &real, &at, &to_second, NULL), OK);
    for (int i = 0; i < 8; i++) {
        assert_near((double)out[0][i], 3.5 + i, 1e-4);
        assert_near((double)out[1][i], 3.5 + i, 1e-4);
    }
    resampler_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_keep_ramps_straight),
        cmocka_unit_test(a_backward_step_mirrors),
        cmocka_unit_test(words_and_floats_read_as_bytes_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
