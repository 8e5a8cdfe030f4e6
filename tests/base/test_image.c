// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/image.h"

#include "test.h"

static void rows_are_aligned_and_do_not_overlap(void **state)
{
    (void)state;
    struct image image = {0};
    struct error err;
    assert_int_equal(image_resize(&image, 205, 7, &err), OK);
    assert_int_equal(image.stride, 208);
    for (int c = 0; c < 3; c++) {
        for (int y = 0; y < image.height; y++) {
            float *row = image_row(&image, c, y);
            assert_int_equal((uintptr_t)row % 64, 0);
            for (size_t x = 0; x < image.stride; x++)
                row[x] = (float)(c * 100 + y);
        }
    }
    for (int c = 0; c < 3; c++) {
        for (int y = 0; y < image.height; y++)
            assert_true(image_row(&image, c, y)[0] == (float)(c * 100 + y));
    }
    image_done(&image);
    assert_null(image.data);
}

static void smaller_sizes_reuse_the_memory(void **state)
{
    (void)state;
    struct image image = {0};
    struct error err;
    assert_int_equal(image_resize(&image, 64, 64, &err), OK);
    const float *data = image.data;
    assert_int_equal(image_resize(&image, 10, 12, &err), OK);
    assert_ptr_equal(image.data, data);
    assert_int_equal(image.width, 10);
    assert_int_equal(image.height, 12);
    assert_int_equal(image_resize(&image, 64, 64, &err), OK);
    assert_ptr_equal(image.data, data);
    image_done(&image);
}

static void impossible_sizes_are_refused_and_change_nothing(void **state)
{
    (void)state;
    static const int sizes[][2] = {{0, 5}, {5, 0}, {-1, 5}, {5, IMAGE_MAX_SIDE + 1}, {1 << 30, 5}};
    struct image image = {0};
    struct error err;
    assert_int_equal(image_resize(&image, 8, 8, &err), OK);
    struct image before = image;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_int_equal(image_resize(&image, sizes[i][0], sizes[i][1], &err), ERR_LIMIT);
        assert_memory_equal(&image, &before, sizeof(image));
    }
    assert_non_null(strstr(err.text, "1073741824×5"));
    image_done(&image);
}

static void an_image_that_never_was_can_be_released(void **state)
{
    (void)state;
    struct image image = {0};
    image_done(&image);
    image_done(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_aligned_and_do_not_overlap),
        cmocka_unit_test(smaller_sizes_reuse_the_memory),
        cmocka_unit_test(impossible_sizes_are_refused_and_change_nothing),
        cmocka_unit_test(an_image_that_never_was_can_be_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
