// SPDX-License-Identifier: GPL-3.0-or-later
#include "export/box_drawing.h"

#include <math.h>

#include "test.h"

enum { WIDTH = 120, HEIGHT = 90 };

static void fill_grey(struct image *image)
{
    assert_int_equal(image_resize(image, WIDTH, HEIGHT, NULL), OK);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++)
                image_row(image, c, y)[x] = 0.5F;
}

static bool is_grey(const struct image *image, int x, int y)
{
    return fabsf(image_row(image, 0, y)[x] - 0.5F) < 1e-6F &&
           fabsf(image_row(image, 1, y)[x] - 0.5F) < 1e-6F;
}

static bool is_green(const struct image *image, int x, int y)
{
    return image_row(image, 1, y)[x] > 0.7F && image_row(image, 0, y)[x] < 0.1F;
}

static void a_frame_runs_along_the_box_and_a_label_stands_above(void **state)
{
    (void)state;
    struct image image = {0};
    struct error err = {0};
    fill_grey(&image);
    const struct box box = {40, 40, 100, 80, 0.87};
    if (boxes_draw(&image, &box, 1, &err) != OK)
        fail_msg("%s", err.text);
    for (int x = 40; x < 100; x++)
        assert_true(is_green(&image, x, 40) && is_green(&image, x, 79));
    for (int y = 40; y < 80; y++)
        assert_true(is_green(&image, 40, y) && is_green(&image, 99, y));
    assert_true(is_grey(&image, 70, 60)); // inside
    assert_true(is_grey(&image, 20, 60) && is_grey(&image, 105, 60) && is_grey(&image, 70, 85));
    int inked = 0, bright = 0;
    for (int y = 20; y < 40; y++)
        for (int x = 40; x < 80; x++) {
            inked += !is_grey(&image, x, y);
            bright += image_row(&image, 0, y)[x] > 0.8F;
        }
    assert_true(inked > 200 && bright > 20); // a dark plate with light words
    image_done(&image);
}

static void boxes_at_and_beyond_the_edges_do_no_harm(void **state)
{
    (void)state;
    struct image image = {0};
    const struct box boxes[] = {{0, 0, WIDTH, HEIGHT, 1},
                                {-30, -20, 10, 10, 0.5},
                                {110, 80, 200, 150, 0.5},
                                {50, 50, 50, 50, 0.5}};
    fill_grey(&image);
    assert_int_equal(boxes_draw(&image, boxes, 4, NULL), OK);
    assert_true(is_green(&image, WIDTH - 1, HEIGHT / 2));
    assert_int_equal(boxes_draw(&image, NULL, 0, NULL), OK);
    image_done(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_runs_along_the_box_and_a_label_stands_above),
        cmocka_unit_test(boxes_at_and_beyond_the_edges_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
