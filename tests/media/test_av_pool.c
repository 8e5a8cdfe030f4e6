// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/av_pool.h"

#include "test.h"

static void frames_are_what_the_film_encodes(void **state)
{
    (void)state;
    AUTO(av_pool_free) struct av_pool *pool = NULL;
    AVFrame *f = NULL;
    assert_int_equal(av_pool_new(64, 48, &pool, NULL), OK);
    assert_int_equal(av_pool_frame(pool, &f, NULL), OK);
    assert_int_equal(f->format, AV_PIX_FMT_YUV420P);
    assert_int_equal(f->width, 64);
    assert_int_equal(f->height, 48);
    assert_int_equal(f->colorspace, AVCOL_SPC_BT709);
    assert_int_equal(f->color_range, AVCOL_RANGE_MPEG);
    assert_int_equal(f->chroma_location, AVCHROMA_LOC_LEFT);
    assert_true(f->linesize[0] >= 64 && f->linesize[1] >= 32);
    av_own_frame(f);
}

static void memory_is_used_again_and_outlives_the_pool(void **state)
{
    (void)state;
    struct av_pool *pool = NULL;
    AVFrame *first = NULL, *second = NULL;
    assert_int_equal(av_pool_new(64, 48, &pool, NULL), OK);
    assert_int_equal(av_pool_frame(pool, &first, NULL), OK);
    const uint8_t *data = first->data[0];
    av_own_frame(first);
    assert_int_equal(av_pool_frame(pool, &second, NULL), OK);
    assert_ptr_equal(second->data[0], data);
    av_pool_free(pool);
    memset(second->data[0], 1, 64);
    av_own_frame(second);
}

static void odd_or_absurd_sizes_are_refused(void **state)
{
    (void)state;
    struct av_pool *pool = NULL;
    struct error err;
    static const int sizes[][2] = {{63, 48}, {64, 47}, {0, 48}, {64, -2}, {1 << 20, 48}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(av_pool_new(sizes[i][0], sizes[i][1], &pool, &err), ERR_INVALID);
        assert_null(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_what_the_film_encodes),
        cmocka_unit_test(memory_is_used_again_and_outlives_the_pool),
        cmocka_unit_test(odd_or_absurd_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
