// SPDX-License-Identifier: GPL-3.0-or-later
#include "vision/boxes.h"

#include <math.h>

#include "base/memory.h"
#include "test.h"
#include "vision/nanodet_model.h"

enum { COLUMNS = 3, ROWS = 2, CELLS = COLUMNS * ROWS };

static void near(double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("%.12g where %.12g was expected", got, expected);
}

// Puts distance `bin` (of 0…10) with certainty on side `side` of a cell.
static void set_distance(float *data, int side, int bin, int cell)
{
    for (int k = 0; k < NANODET_BINS; k++)
        data[(NANODET_CLASSES + side * NANODET_BINS + k) * CELLS + cell] = k == bin ? 50 : 0;
}

static void a_cell_becomes_the_box_around_its_centre(void **state)
{
    (void)state;
    float *data AUTO(mem_free) = mem_zeroed((size_t)NANODET_CHANNELS * CELLS, sizeof *data);
    for (int i = 0; i < NANODET_CLASSES * CELLS; i++)
        data[i] = i < CELLS ? -9 : 9; // every other class is everywhere, a person nowhere
    data[4] = 2;                      // column 1, row 1
    for (int side = 0; side < 4; side++)
        set_distance(data, side, side + 1, 4);
    const struct cells cells = {data, COLUMNS, ROWS, 16};
    struct box boxes[CELLS + 1];
    assert_int_equal(boxes_decode(&cells, 0.5, boxes, 1), 2);
    near(boxes[1].confidence, 1 / (1 + exp(-2)), 1e-9);
    near(boxes[1].left, 24 - 16, 1e-6);
    near(boxes[1].top, 24 - 32, 1e-6);
    near(boxes[1].right, 24 + 48, 1e-6);
    near(boxes[1].bottom, 24 + 64, 1e-6);
}

static void a_distance_is_the_mean_of_its_distribution(void **state)
{
    (void)state;
    float *data AUTO(mem_free) = mem_zeroed((size_t)NANODET_CHANNELS * CELLS, sizeof *data);
    const struct cells cells = {data, COLUMNS, ROWS, 8}; // all equal: 5 strides each way
    struct box boxes[CELLS];
    assert_int_equal(boxes_decode(&cells, 0.5, boxes, 0), CELLS); // score ½ is at the threshold
    near(boxes[0].left, 4 - 40, 1e-6);
    near(boxes[5].bottom, 12 + 40, 1e-6);
    assert_int_equal(boxes_decode(&cells, 0.51, boxes, 0), 0);
}

static void numbers_that_are_none_make_no_box(void **state)
{
    (void)state;
    float *data AUTO(mem_free) = mem_zeroed((size_t)NANODET_CHANNELS * CELLS, sizeof *data);
    for (int i = 0; i < CELLS; i++)
        data[i] = NAN;
    const struct cells cells = {data, COLUMNS, ROWS, 8};
    struct box boxes[CELLS];
    assert_int_equal(boxes_decode(&cells, 0, boxes, 0), 0);
}

static void overlap_is_intersection_over_union(void **state)
{
    (void)state;
    const struct box a = {0, 0, 10, 10, 1}, b = {5, 0, 15, 10, 1}, c = {10, 0, 20, 10, 1};
    const struct box none = {3, 3, 3, 3, 1};
    near(boxes_overlap(&a, &b), 50.0 / 150, 1e-12);
    near(boxes_overlap(&a, &a), 1, 1e-12);
    near(boxes_overlap(&a, &c), 0, 1e-12);
    near(boxes_overlap(&none, &none), 0, 1e-12);
}

static void of_boxes_that_overlap_the_most_confident_stays(void **state)
{
    (void)state;
    struct box boxes[] = {
        {0, 0, 10, 10, 0.6},   {1, 0, 11, 10, 0.9},  // 9 of 11 shared: one person
        {30, 0, 40, 10, 0.7},  {35, 0, 45, 10, 0.8}, // a third shared: two persons
        {60, 0, 70, 10, 0.65},
    };
    assert_int_equal(boxes_suppress(boxes, 5, 0.5), 4);
    const double confidences[] = {0.9, 0.8, 0.7, 0.65};
    for (int i = 0; i < 4; i++)
        near(boxes[i].confidence, confidences[i], 1e-12);
    assert_int_equal(boxes_suppress(boxes, 0, 0.5), 0);
}

static void equal_confidences_have_an_order(void **state)
{
    (void)state;
    struct box boxes[] = {{20, 5, 30, 9, 0.5}, {20, 0, 30, 4, 0.5}, {0, 0, 10, 10, 0.5}};
    assert_int_equal(boxes_suppress(boxes, 3, 0.5), 3);
    assert_true(boxes[0].left == 0 && boxes[1].top == 0 && boxes[2].top == 5);
}

// The place's own corners are the source's corners, exactly, whatever was rounded.
static void the_way_back_from_the_square_is_exact_for_odd_sizes(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1920, 1080}, {1080, 1920}, {767, 431}, {431, 767}, {416, 416},
                                   {1, 1},       {3, 8191},    {8191, 3},  {417, 415}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int w = sizes[i][0], h = sizes[i][1];
        struct letterbox l = letterbox_fit(w, h, 416, 416);
        assert_true(l.width == 416 || l.height == 416);
        assert_true(l.width >= 1 && l.height >= 1 && l.width <= 416 && l.height <= 416);
        assert_true(l.x >= 0 && l.y >= 0 && l.x + l.width <= 416 && l.y + l.height <= 416);
        const struct box all = {l.x, l.y, l.x + l.width, l.y + l.height, 1};
        struct box back = letterbox_to_source(&l, all);
        assert_true(back.left == 0 && back.top == 0);
        near(back.right, w, w * 1e-12);
        near(back.bottom, h, h * 1e-12);
        const struct box middle = {l.x + l.width / 2.0, l.y + l.height / 2.0, 999, 999, 1};
        back = letterbox_to_source(&l, middle);
        near(back.left, w / 2.0, w * 1e-12);
        near(back.top, h / 2.0, h * 1e-12);
        assert_true(back.right == w && back.bottom == h); // kept within
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_becomes_the_box_around_its_centre),
        cmocka_unit_test(a_distance_is_the_mean_of_its_distribution),
        cmocka_unit_test(numbers_that_are_none_make_no_box),
        cmocka_unit_test(overlap_is_intersection_over_union),
        cmocka_unit_test(of_boxes_that_overlap_the_most_confident_stays),
        cmocka_unit_test(equal_confidences_have_an_order),
        cmocka_unit_test(the_way_back_from_the_square_is_exact_for_odd_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
